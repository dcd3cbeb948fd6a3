//! Races of sync engines.

mod status_during_force_sync;

pub use status_during_force_sync::status_during_force_sync;

//! Races to explore, one a file, and the catalogue that pairs them with models.
//!
//! A scenario is a function that a test calls:
//!
//! ```
//! use authloom::auth::World;
//! use authloom_models::refresh::SerializedWithRecheck;
//! use authloom_scenarios::refresh;
//!
//! refresh::concurrent_callers(2).prove(|world: &World| {
//!     SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
//! });
//! ```

pub mod callback;
mod catalogue;
mod cell;
mod levels;
mod museum;
pub mod refresh;
pub mod sync;

pub use catalogue::{Declared, Race, Size, catalogue};
pub use cell::{Cell, cells, cells_at};
pub use museum::{Exhibit, Shown, exhibits};

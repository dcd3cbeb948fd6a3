//! Sync engines in their races.

use authloom::auth::SyncEngine;
use authloom::property::STATUS_NEVER_WAITS_ON_NETWORK;
use authloom_models::sync_engine::{CLONE_THEN_RELEASE, LOCK_ACROSS_IO, WAKE_BACKGROUND_LOOP};

use super::Declared::{Proved, Violated};
use super::{Race, RaceOf};
use crate::sync;

/// Races of sync engines.
pub(super) static RACES: &[&dyn Race] = &[&RaceOf::<dyn SyncEngine> {
    scenario: sync::status_during_force_sync,
    callers: 2,
    callers_range: 2..=4,
    cells: &[
        (LOCK_ACROSS_IO, Violated(STATUS_NEVER_WAITS_ON_NETWORK)),
        (WAKE_BACKGROUND_LOOP, Proved),
        (CLONE_THEN_RELEASE, Proved),
    ],
}];

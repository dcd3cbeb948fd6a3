//! What a running search and those who wait for it tell each other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use super::judge::Counterexample;
use crate::property::Property;

/// What a search has found so far, by the rank of the property.
#[derive(Clone, Default)]
pub(super) struct Found(Arc<Mutex<BTreeMap<usize, (Property, Counterexample)>>>);

impl Found {
    pub(super) fn put(&self, rank: usize, property: Property, found: &Counterexample) {
        self.lock().insert(rank, (property, found.clone()));
    }

    /// Of the property asked for, or else of the first.
    pub(super) fn reported(&self, focus: Option<&str>) -> Option<(Property, Counterexample)> {
        let found = self.lock();
        found.values().min_by_key(|(property, _)| Some(property.name) != focus).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, (Property, Counterexample)>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// That nobody waits for a search any more.
#[derive(Clone, Default)]
pub(super) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    pub(super) fn say(&self) {
        self.0.store(true, Relaxed);
    }

    pub(super) fn is_said(&self) -> bool {
        self.0.load(Relaxed)
    }
}

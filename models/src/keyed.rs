//! One value for each key, made when it is first asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use authloom::sync::blocking::Mutex;

/// A map of shared values. It is locked only to look one up, never across an await.
pub(crate) struct Keyed<K, V> {
    values: Mutex<BTreeMap<K, Arc<V>>>,
}

impl<K: Ord + Clone, V: Default> Keyed<K, V> {
    pub(crate) fn new() -> Self {
        Keyed { values: Mutex::new(BTreeMap::new()) }
    }

    /// The value of `key`; the same one for everybody who asks.
    pub(crate) fn get(&self, key: &K) -> Arc<V> {
        let mut values = self.values.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Arc::clone(values.entry(key.clone()).or_default())
    }

    /// Forgets `value`, unless `key` has got another one since.
    pub(crate) fn remove(&self, key: &K, value: &Arc<V>) {
        let mut values = self.values.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if values.get(key).is_some_and(|current| Arc::ptr_eq(current, value)) {
            values.remove(key);
        }
    }
}

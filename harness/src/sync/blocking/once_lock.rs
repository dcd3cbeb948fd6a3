//! A cell that is set once and blocks whoever comes while it is being set.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{self as original};

use crate::sync::Driver;
use crate::sync::site::{Site, at};

/// `std::sync::OnceLock`.
pub struct OnceLock<T> {
    driver: Driver,
    original: original::OnceLock<T>,
    /// On threads of loom's, whether somebody makes the value.
    is_being_set: AtomicBool,
}

impl<T> OnceLock<T> {
    /// An empty cell.
    pub fn new() -> Self {
        let driver = Driver::current("OnceLock");
        OnceLock {
            driver,
            original: original::OnceLock::new(),
            is_being_set: AtomicBool::default(),
        }
    }

    /// The value, if it is set.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        self.driver.act(at(&"get"), || self.original.get())
    }

    /// The value, if it is set; nobody else can be looking.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.original.get_mut()
    }

    /// Sets it, unless it is set; blocks while somebody makes the value.
    ///
    /// # Errors
    /// With the value, when it was set.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        if !self.driver.is_thread() {
            return self.driver.act(at(&"set"), || self.original.set(value));
        }
        let mut value = Some(value);
        self.make(at(&"set"), || value.take().expect("a cell is set once"));
        value.map_or(Ok(()), Err)
    }

    /// The value; the first who asks makes it, and the others block.
    ///
    /// # Panics
    /// When `make` does; then the next makes it.
    #[track_caller]
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if !self.driver.is_thread() {
            return self.driver.act(at(&"get_or_init"), || self.original.get_or_init(make));
        }
        self.make(at(&"get_or_init"), make)
    }

    /// The value, at level `thread`; the first who asks makes it.
    fn make(&self, site: Site, make: impl FnOnce() -> T) -> &T {
        let attempt = || match (self.original.get(), self.is_being_set.load(Relaxed)) {
            (Some(value), _) => Some(Some(value)),
            (None, false) => Some(None),
            (None, true) => None,
        };
        if let Some(value) = self.driver.block(site, attempt, || None) {
            return value;
        }
        self.is_being_set.store(true, Relaxed);
        let _making = Making { cell: self, _hold: self.driver.hold(site) };
        let value = make();
        self.driver.publish();
        self.original.get_or_init(|| value)
    }

    /// The value, if it is set.
    pub fn into_inner(self) -> Option<T> {
        self.original.into_inner()
    }

    /// The value, if it is set; the cell is empty again.
    pub fn take(&mut self) -> Option<T> {
        self.original.take()
    }
}

/// That somebody makes the value of a cell, until it is dropped.
struct Making<'a, T> {
    cell: &'a OnceLock<T>,
    _hold: Option<crate::world::Hold>,
}

impl<T> Drop for Making<'_, T> {
    fn drop(&mut self) {
        self.cell.is_being_set.store(false, Relaxed);
        self.cell.driver.unblock();
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        OnceLock::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        let mut cell = OnceLock::new();
        cell.original = original::OnceLock::from(value);
        cell
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.act(at(&"fmt"), || self.original.fmt(f))
    }
}

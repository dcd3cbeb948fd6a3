//! A mutex that blocks.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{self as original};

use super::{LockResult, TryLockResult, try_with_guard, unless_it_blocks, with_guard};
use crate::sync::{Driver, Guard};
use crate::world::Line;

/// `std::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    driver: Driver,
    original: original::Mutex<T>,
}

/// `std::sync::MutexGuard`.
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
    guard: Guard<original::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    pub fn new(value: T) -> Self {
        Mutex { driver: Driver::current("Mutex"), original: original::Mutex::new(value) }
    }

    /// The value.
    ///
    /// # Errors
    /// With the value, when somebody panicked while holding it.
    pub fn into_inner(self) -> LockResult<T> {
        self.original.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Blocks until nobody holds it.
    ///
    /// # Errors
    /// With the guard, when somebody panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.lock_at(Location::caller())
    }

    /// Takes it if nobody holds it.
    ///
    /// # Errors
    /// When somebody does; with the guard, when somebody panicked while holding it.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let (line, result) = (Location::caller(), self.driver.act(|| self.original.try_lock()));
        try_with_guard(result, |original| self.guard(line, original))
    }

    /// The value; nobody else can be looking.
    ///
    /// # Errors
    /// With the value, when somebody panicked while holding it.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.original.get_mut()
    }

    /// Whether somebody panicked while holding it.
    pub fn is_poisoned(&self) -> bool {
        self.driver.act(|| self.original.is_poisoned())
    }

    /// From now on it is as if nobody had.
    pub fn clear_poison(&self) {
        self.driver.act(|| self.original.clear_poison());
    }

    #[inline]
    fn lock_at(&self, line: Line) -> LockResult<MutexGuard<'_, T>> {
        let attempt = || unless_it_blocks(self.original.try_lock());
        let result = self.driver.block(line, attempt, || self.original.lock());
        with_guard(result, |original| self.guard(line, original))
    }

    #[inline]
    fn guard<'a>(&'a self, line: Line, original: original::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard { lock: self, guard: Guard::new(&self.driver, line, original) }
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Lets go for as long as `wait` takes, which is given std's guard.
    pub(super) fn without(
        self,
        line: Line,
        wait: impl FnOnce(original::MutexGuard<'a, T>) -> LockResult<original::MutexGuard<'a, T>>,
    ) -> LockResult<Self> {
        let MutexGuard { lock, guard } = self;
        with_guard(wait(guard.into_original()), |original| lock.guard(line, original))
    }

    /// Lets go, runs `wait`, and takes it again.
    pub(super) fn let_go(self, line: Line, wait: impl FnOnce()) -> LockResult<Self> {
        let lock = self.lock;
        drop(self);
        wait();
        lock.lock_at(line)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.act(|| self.original.fmt(f))
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

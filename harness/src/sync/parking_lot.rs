//! Locks that block and are never poisoned: `parking_lot::{Mutex, RwLock}`.

use std::fmt;

use parking_lot as original;

use super::site::at;
use super::{Driver, Guard};

/// `parking_lot::Mutex`.
pub struct Mutex<T: ?Sized> {
    driver: Driver,
    original: original::Mutex<T>,
}

/// `parking_lot::MutexGuard`.
pub type MutexGuard<'a, T> = Guard<original::MutexGuard<'a, T>>;

/// `parking_lot::RwLock`.
pub struct RwLock<T: ?Sized> {
    driver: Driver,
    original: original::RwLock<T>,
}

/// `parking_lot::RwLockReadGuard`.
pub type RwLockReadGuard<'a, T> = Guard<original::RwLockReadGuard<'a, T>>;

/// `parking_lot::RwLockWriteGuard`.
pub type RwLockWriteGuard<'a, T> = Guard<original::RwLockWriteGuard<'a, T>>;

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    pub fn new(value: T) -> Self {
        Mutex { driver: Driver::current("Mutex"), original: original::Mutex::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.original.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Blocks until nobody holds it.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let site = at(&"lock");
        let attempt = || self.original.try_lock();
        let original = self.driver.block(site, attempt, || self.original.lock());
        Guard::new(&self.driver, site, original)
    }

    /// Takes it if nobody holds it.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let site = at(&"try_lock");
        let original = self.driver.act(site, || self.original.try_lock())?;
        Some(Guard::new(&self.driver, site, original))
    }

    /// Whether somebody holds it.
    #[track_caller]
    pub fn is_locked(&self) -> bool {
        self.driver.act(at(&"is_locked"), || self.original.is_locked())
    }

    /// The value; nobody else can be looking.
    pub fn get_mut(&mut self) -> &mut T {
        self.original.get_mut()
    }
}

impl<T> RwLock<T> {
    /// A lock that nobody holds.
    pub fn new(value: T) -> Self {
        RwLock { driver: Driver::current("RwLock"), original: original::RwLock::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.original.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Blocks until no writer holds it, or waits for it.
    #[inline]
    #[track_caller]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        let site = at(&"read");
        let attempt = || self.try_read_now();
        let original = self.driver.block(site, attempt, || self.original.read());
        Guard::new(&self.driver, site, original)
    }

    /// Blocks until nobody holds it.
    #[inline]
    #[track_caller]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        let site = at(&"write");
        let attempt = || self.original.try_write();
        let original = self.driver.block_ahead(site, attempt, || self.original.write());
        Guard::new(&self.driver, site, original)
    }

    /// Reads if no writer holds it, or blocks to.
    #[inline]
    #[track_caller]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        let site = at(&"try_read");
        let original = self.driver.act(site, || self.try_read_now())?;
        Some(Guard::new(&self.driver, site, original))
    }

    /// Takes it if nobody holds it.
    #[inline]
    #[track_caller]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        let site = at(&"try_write");
        let original = self.driver.act(site, || self.original.try_write())?;
        Some(Guard::new(&self.driver, site, original))
    }

    fn try_read_now(&self) -> Option<original::RwLockReadGuard<'_, T>> {
        if self.driver.is_kept_out() { None } else { self.original.try_read() }
    }

    /// The value; nobody else can be looking.
    pub fn get_mut(&mut self) -> &mut T {
        self.original.get_mut()
    }
}

/// What both have in common.
macro_rules! like_the_original {
    ($lock:ident) => {
        impl<T: Default> Default for $lock<T> {
            fn default() -> Self {
                $lock::new(T::default())
            }
        }

        impl<T> From<T> for $lock<T> {
            fn from(value: T) -> Self {
                $lock::new(value)
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $lock<T> {
            #[track_caller]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.driver.act(at(&"fmt"), || self.original.fmt(f))
            }
        }
    };
}

like_the_original!(Mutex);
like_the_original!(RwLock);

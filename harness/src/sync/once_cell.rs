//! A cell that is set once.

use std::fmt;

use tokio::sync::{self as original, SetError};

use super::Driver;

/// `tokio::sync::OnceCell`.
pub struct OnceCell<T> {
    driver: Driver,
    original: original::OnceCell<T>,
}

impl<T> OnceCell<T> {
    /// An empty cell.
    pub fn new() -> Self {
        OnceCell { driver: Driver::current(), original: original::OnceCell::new() }
    }

    /// Whether it is set.
    pub fn initialized(&self) -> bool {
        self.driver.act(|| self.original.initialized())
    }

    /// The value, if it is set.
    pub fn get(&self) -> Option<&T> {
        self.driver.act(|| self.original.get())
    }

    /// Sets it.
    ///
    /// # Errors
    /// With the value, when it is set or somebody is about to set it.
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        self.driver.act(|| self.original.set(value))
    }

    /// The value; the first who asks makes it, and the others wait.
    pub async fn get_or_init<F, Fut>(&self, make: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        let made = || async {
            let value = make().await;
            self.driver.publish();
            value
        };
        self.driver.operate(self.original.get_or_init(made)).await
    }

    /// The value; the first who asks makes it, and the others wait. If that fails, the next makes
    /// it.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get_or_try_init<E, F, Fut>(&self, make: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let made = || async {
            let result = make().await;
            self.driver.publish();
            result
        };
        self.driver.operate(self.original.get_or_try_init(made)).await
    }

    /// The value, if it is set.
    pub fn into_inner(self) -> Option<T> {
        self.original.into_inner()
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        OnceCell::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.original.fmt(f)
    }
}

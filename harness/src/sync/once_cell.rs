//! A cell that is set once.

use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tokio::sync::{self as original, SetError};

use super::Driver;
use crate::world::{Line, watched};

/// `tokio::sync::OnceCell`.
pub struct OnceCell<T> {
    driver: Driver,
    original: original::OnceCell<T>,
}

impl<T> OnceCell<T> {
    /// An empty cell.
    pub fn new() -> Self {
        OnceCell { driver: Driver::current("OnceCell"), original: original::OnceCell::new() }
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
    #[track_caller]
    pub fn get_or_init<F, Fut>(&self, make: F) -> impl Future<Output = &T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        let line = Location::caller();
        async move {
            if self.driver.is_original() {
                // Most find it set, and then need no future of the original.
                if let Some(value) = self.original.get() {
                    return value;
                }
                return self.original.get_or_init(make).await;
            }
            let makes = AtomicBool::new(false);
            let made = || self.made(line, &makes, make());
            let operation = self.original.get_or_init(made);
            self.driver.operate_or_run(line, &makes, operation).await
        }
    }

    /// The value; the first who asks makes it, and the others wait. If that fails, the next makes
    /// it.
    ///
    /// # Errors
    /// Those of `make`.
    #[track_caller]
    pub fn get_or_try_init<E, F, Fut>(&self, make: F) -> impl Future<Output = Result<&T, E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let line = Location::caller();
        async move {
            if self.driver.is_original() {
                if let Some(value) = self.original.get() {
                    return Ok(value);
                }
                return self.original.get_or_try_init(make).await;
            }
            let makes = AtomicBool::new(false);
            let made = || self.made(line, &makes, make());
            let operation = self.original.get_or_try_init(made);
            self.driver.operate_or_run(line, &makes, operation).await
        }
    }

    /// What `make` makes, while whoever asked for it holds the cell.
    async fn made<R>(&self, line: Line, makes: &AtomicBool, make: impl Future<Output = R>) -> R {
        let hold = self.driver.hold(line);
        makes.store(true, Relaxed);
        let made = {
            let mut make = pin!(make);
            poll_fn(|cx| watched(cx, |cx| make.as_mut().poll(cx))).await
        };
        makes.store(false, Relaxed);
        self.driver.publish();
        drop(hold);
        made
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
        self.driver.act(|| self.original.fmt(f))
    }
}

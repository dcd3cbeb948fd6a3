//! A cell that is set once.

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::sync::{self as original, SetError};

use super::Driver;
use super::site::{Site, at};
use crate::world::watched;

/// `tokio::sync::OnceCell`.
pub struct OnceCell<T> {
    /// That of a cell made outside an exploration; of others, never set. So whoever finds it set
    /// need not ask which of them it is.
    original: original::OnceCell<T>,
    explored: Option<Box<ExploredCell<T>>>,
}

/// That of an exploration.
struct ExploredCell<T> {
    driver: Driver,
    original: original::OnceCell<T>,
}

impl<T> OnceCell<T> {
    /// An empty cell.
    #[inline]
    pub fn new() -> Self {
        // What is made by the compiler is copied; made here, it would be written in parts and read
        // as a whole right after, which the processor waits for.
        let original = const { original::OnceCell::const_new() };
        OnceCell { original, explored: ExploredCell::here() }
    }

    /// A cell that is set if there is a value.
    pub fn new_with(value: Option<T>) -> Self {
        let set = original::OnceCell::new_with(value);
        match ExploredCell::here() {
            None => OnceCell { original: set, explored: None },
            Some(explored) => {
                let explored = Some(Box::new(ExploredCell { original: set, ..*explored }));
                OnceCell { original: original::OnceCell::new(), explored }
            }
        }
    }

    /// An operation that does not wait.
    fn act<'a, R>(
        &'a self,
        site: Site,
        operation: impl FnOnce(&'a original::OnceCell<T>) -> R,
    ) -> R {
        match &self.explored {
            None => operation(&self.original),
            Some(explored) => explored.driver.act(site, || operation(&explored.original)),
        }
    }

    /// Whether it is set.
    #[track_caller]
    pub fn initialized(&self) -> bool {
        self.act(at(&"initialized"), original::OnceCell::initialized)
    }

    /// The value, if it is set.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        let site = at(&"get");
        self.original.get().or_else(|| self.act(site, original::OnceCell::get))
    }

    /// Sets it.
    ///
    /// # Errors
    /// With the value, when it is set or somebody is about to set it.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        self.act(at(&"set"), |original| original.set(value))
    }

    /// The value; the first who asks makes it, and the others wait.
    #[track_caller]
    pub fn get_or_init<F, Fut>(&self, make: F) -> impl Future<Output = &T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        let site = at(&"get_or_init");
        async move {
            if let Some(value) = self.original.get() {
                return value;
            }
            match &self.explored {
                None => Unset::Original { future: self.original.get_or_init(make) },
                Some(cell) => Unset::Explored { future: Box::pin(cell.get_or_init(site, make)) },
            }
            .await
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
        let site = at(&"get_or_try_init");
        async move {
            if let Some(value) = self.original.get() {
                return Ok(value);
            }
            match &self.explored {
                None => Unset::Original { future: self.original.get_or_try_init(make) },
                Some(cell) => {
                    Unset::Explored { future: Box::pin(cell.get_or_try_init(site, make)) }
                }
            }
            .await
        }
    }

    /// The value, if it is set.
    pub fn into_inner(self) -> Option<T> {
        match self.explored {
            None => self.original.into_inner(),
            Some(explored) => explored.original.into_inner(),
        }
    }
}

impl<T> ExploredCell<T> {
    /// That of the exploration that the calling thread is in, if it is in one.
    #[inline]
    fn here() -> Option<Box<Self>> {
        match Driver::current("OnceCell") {
            Driver::Original => None,
            driver => Some(ExploredCell::boxed(driver)),
        }
    }

    /// Out of the way, so that [`ExploredCell::here`] is inlined.
    #[cold]
    #[inline(never)]
    fn boxed(driver: Driver) -> Box<Self> {
        Box::new(ExploredCell { driver, original: original::OnceCell::new() })
    }

    async fn get_or_init<F, Fut>(&self, site: Site, make: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        let makes = AtomicBool::new(false);
        let operation = self.original.get_or_init(|| self.made(site, &makes, make()));
        self.driver.operate_or_run(site, &makes, operation).await
    }

    async fn get_or_try_init<E, F, Fut>(&self, site: Site, make: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let makes = AtomicBool::new(false);
        let operation = self.original.get_or_try_init(|| self.made(site, &makes, make()));
        self.driver.operate_or_run(site, &makes, operation).await
    }

    /// What `make` makes, while whoever asked for it holds the cell.
    async fn made<R>(&self, site: Site, makes: &AtomicBool, make: impl Future<Output = R>) -> R {
        let hold = self.driver.hold(site);
        makes.store(true, Relaxed);
        let made = {
            let mut make = pin!(make);
            let mut poll = |cx: &mut Context<'_>| watched(cx, |cx| make.as_mut().poll(cx));
            poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| poll(cx))) {
                Ok(poll) => poll,
                Err(panic) => {
                    // Others are refused before it is given up.
                    self.driver.publish();
                    resume_unwind(panic)
                }
            })
            .await
        };
        makes.store(false, Relaxed);
        self.driver.publish();
        drop(hold);
        made
    }
}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        OnceCell::new_with(Some(value))
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        OnceCell::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.act(at(&"fmt"), |original| original.fmt(f))
    }
}

pin_project! {
    /// Asking for a value of a cell that is not set. It is one future, waited for in one place:
    /// with two, asking a cell that is set takes more than twice as long.
    #[project = UnsetProjection]
    enum Unset<O, E> {
        Original { #[pin] future: O },
        // In a box, so that it takes no room outside an exploration.
        Explored { future: Pin<Box<E>> },
    }
}

impl<O: Future, E: Future<Output = O::Output>> Future for Unset<O, E> {
    type Output = O::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        match self.project() {
            UnsetProjection::Original { future } => future.poll(cx),
            UnsetProjection::Explored { future } => future.as_mut().poll(cx),
        }
    }
}

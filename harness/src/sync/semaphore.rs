//! An async semaphore.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{self as original, AcquireError, TryAcquireError};

use super::driver::{Progress, Taking, at_once};
use super::site::{Site, at};
use super::{Driver, Guard, OwnedGuard};

/// `tokio::sync::Semaphore`.
pub struct Semaphore {
    driver: Driver,
    /// Shared with owned permits.
    original: Arc<original::Semaphore>,
}

/// `tokio::sync::SemaphorePermit`.
pub type SemaphorePermit<'a> = Guard<original::SemaphorePermit<'a>>;

/// `tokio::sync::OwnedSemaphorePermit`.
pub type OwnedSemaphorePermit = OwnedGuard<Semaphore, original::OwnedSemaphorePermit>;

impl Semaphore {
    /// The most permits that one can have.
    pub const MAX_PERMITS: usize = original::Semaphore::MAX_PERMITS;

    /// A semaphore with so many permits.
    ///
    /// # Panics
    /// With more than [`Semaphore::MAX_PERMITS`].
    pub fn new(permits: usize) -> Self {
        let driver = Driver::current("Semaphore");
        Semaphore { driver, original: Arc::new(original::Semaphore::new(permits)) }
    }

    /// The permits that nobody holds.
    #[track_caller]
    pub fn available_permits(&self) -> usize {
        self.driver.act(at(&"available_permits"), || self.original.available_permits())
    }

    /// Adds permits.
    ///
    /// # Panics
    /// With more than [`Semaphore::MAX_PERMITS`] in all.
    #[track_caller]
    pub fn add_permits(&self, count: usize) {
        self.driver.act(at(&"add_permits"), || self.original.add_permits(count));
    }

    /// Takes at most so many permits out of circulation, and returns how many it took.
    #[track_caller]
    pub fn forget_permits(&self, count: usize) -> usize {
        self.driver.act(at(&"forget_permits"), || self.original.forget_permits(count))
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// When the semaphore is closed.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        self.acquire_at(at(&"acquire"), 1)
    }

    /// Waits for so many permits.
    ///
    /// # Errors
    /// When the semaphore is closed.
    #[track_caller]
    pub fn acquire_many(
        &self,
        count: u32,
    ) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        self.acquire_at(at(&"acquire_many"), count)
    }

    fn acquire_at(
        &self,
        site: Site,
        count: u32,
    ) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        let progress = Progress::new(&self.driver, site);
        let acquire = at_once(move || {
            let taken = self.original.try_acquire_many(count);
            taken.map(Ok).map_err(|_| self.original.acquire_many(count))
        });
        Taking::new(progress, acquire, |explored, taken| Ok(Guard::taken(explored, taken?)))
    }

    /// Waits for a permit that is nobody's borrow.
    ///
    /// # Errors
    /// When the semaphore is closed.
    #[track_caller]
    pub fn acquire_owned(
        self: Arc<Self>,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        self.acquire_owned_at(at(&"acquire_owned"), 1)
    }

    /// Waits for so many permits that are nobody's borrow.
    ///
    /// # Errors
    /// When the semaphore is closed.
    #[track_caller]
    pub fn acquire_many_owned(
        self: Arc<Self>,
        count: u32,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        self.acquire_owned_at(at(&"acquire_many_owned"), count)
    }

    async fn acquire_owned_at(
        self: Arc<Self>,
        site: Site,
        count: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        let original = || Arc::clone(&self.original);
        let operation = at_once(|| {
            let taken = original().try_acquire_many_owned(count);
            taken.map(Ok).map_err(|_| original().acquire_many_owned(count))
        });
        let original = self.driver.operate(site, operation).await?;
        Ok(OwnedGuard::new(Guard::new(&self.driver, site, original), self))
    }

    /// Takes a permit if there is one.
    ///
    /// # Errors
    /// When there is none, or the semaphore is closed.
    #[track_caller]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_at(at(&"try_acquire"), 1)
    }

    /// Takes so many permits if they are there.
    ///
    /// # Errors
    /// When they are not, or the semaphore is closed.
    #[track_caller]
    pub fn try_acquire_many(&self, count: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_at(at(&"try_acquire_many"), count)
    }

    fn try_acquire_at(
        &self,
        site: Site,
        count: u32,
    ) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        let original = self.driver.act(site, || self.original.try_acquire_many(count))?;
        Ok(Guard::new(&self.driver, site, original))
    }

    /// Takes a permit if there is one; it is nobody's borrow.
    ///
    /// # Errors
    /// When there is none, or the semaphore is closed.
    #[track_caller]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        let site = at(&"try_acquire_owned");
        let original = self.driver.act(site, || Arc::clone(&self.original).try_acquire_owned())?;
        Ok(OwnedGuard::new(Guard::new(&self.driver, site, original), self))
    }

    /// Hands out no more permits, and tells those who wait.
    #[track_caller]
    pub fn close(&self) {
        self.driver.act(at(&"close"), || self.original.close());
    }

    /// Whether it is closed.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.driver.act(at(&"is_closed"), || self.original.is_closed())
    }
}

impl SemaphorePermit<'_> {
    /// Takes the permits out of circulation.
    pub fn forget(self) {
        self.into_original().forget();
    }

    /// How many permits it is.
    pub fn num_permits(&self) -> usize {
        self.original().num_permits()
    }
}

impl OwnedSemaphorePermit {
    /// Takes the permits out of circulation.
    pub fn forget(self) {
        self.into_guard().into_original().forget();
    }

    /// How many permits it is.
    pub fn num_permits(&self) -> usize {
        self.guard().original().num_permits()
    }

    /// The semaphore whose permits they are.
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        self.object()
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.act(at(&"fmt"), || self.original.fmt(f))
    }
}

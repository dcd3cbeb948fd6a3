//! An async semaphore.

use tokio::sync::{self as original, AcquireError, TryAcquireError};

use super::Driver;

/// `tokio::sync::Semaphore`.
#[derive(Debug)]
pub struct Semaphore {
    driver: Driver,
    original: original::Semaphore,
}

/// `tokio::sync::SemaphorePermit`.
#[derive(Debug)]
pub struct SemaphorePermit<'a> {
    driver: &'a Driver,
    /// There until it is dropped.
    original: Option<original::SemaphorePermit<'a>>,
}

impl Semaphore {
    /// A semaphore with so many permits.
    ///
    /// # Panics
    /// With more than tokio's `Semaphore::MAX_PERMITS`.
    pub fn new(permits: usize) -> Self {
        Semaphore { driver: Driver::current(), original: original::Semaphore::new(permits) }
    }

    /// The permits that nobody holds.
    pub fn available_permits(&self) -> usize {
        self.driver.act(|| self.original.available_permits())
    }

    /// Adds permits.
    ///
    /// # Panics
    /// With more than tokio's `Semaphore::MAX_PERMITS` in all.
    pub fn add_permits(&self, count: usize) {
        self.driver.act(|| self.original.add_permits(count));
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// When the semaphore is closed.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.driver.operate(self.original.acquire()).await.map(|permit| self.permit(permit))
    }

    /// Waits for so many permits.
    ///
    /// # Errors
    /// When the semaphore is closed.
    pub async fn acquire_many(&self, count: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.driver.operate(self.original.acquire_many(count)).await.map(|one| self.permit(one))
    }

    /// Takes a permit if there is one.
    ///
    /// # Errors
    /// When there is none, or the semaphore is closed.
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.driver.act(|| self.original.try_acquire()).map(|permit| self.permit(permit))
    }

    /// Hands out no more permits, and tells those who wait.
    pub fn close(&self) {
        self.driver.act(|| self.original.close());
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.driver.act(|| self.original.is_closed())
    }

    fn permit<'a>(&'a self, original: original::SemaphorePermit<'a>) -> SemaphorePermit<'a> {
        SemaphorePermit { driver: &self.driver, original: Some(original) }
    }
}

impl SemaphorePermit<'_> {
    /// Takes the permits out of circulation.
    pub fn forget(mut self) {
        if let Some(permit) = self.original.take() {
            permit.forget();
        }
    }
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.original.take() {
            self.driver.act(|| drop(permit));
        }
    }
}

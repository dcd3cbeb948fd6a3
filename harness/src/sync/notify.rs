//! A notification of one task or of all that wait.

use tokio::sync as original;

use super::Driver;

/// `tokio::sync::Notify`.
#[derive(Debug)]
pub struct Notify {
    driver: Driver,
    original: original::Notify,
}

impl Notify {
    /// Nobody is notified yet.
    pub fn new() -> Self {
        Notify { driver: Driver::current(), original: original::Notify::new() }
    }

    /// Waits for a notification. One of all that wait counts from this call on, before the first
    /// poll.
    pub fn notified(&self) -> impl Future<Output = ()> + Send + '_ {
        let original = self.driver.act(|| self.original.notified());
        self.driver.operate(original)
    }

    /// Notifies one that waits, or the next that will.
    pub fn notify_one(&self) {
        self.driver.act(|| self.original.notify_one());
    }

    /// Notifies the one that began to wait last, or the next that will.
    pub fn notify_last(&self) {
        self.driver.act(|| self.original.notify_last());
    }

    /// Notifies all that wait, and nobody who comes later.
    pub fn notify_waiters(&self) {
        self.driver.act(|| self.original.notify_waiters());
    }
}

impl Default for Notify {
    fn default() -> Self {
        Notify::new()
    }
}

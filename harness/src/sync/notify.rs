//! A notification of one task or of all that wait.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::sync as original;

use super::Driver;
use super::driver::Progress;
use super::site::at;

/// `tokio::sync::Notify`.
pub struct Notify {
    driver: Driver,
    original: original::Notify,
}

pin_project! {
    /// `tokio::sync::futures::Notified`.
    #[derive(Debug)]
    #[must_use = "a notification is waited for by awaiting it"]
    pub struct Notified<'a> {
        progress: Progress,
        #[pin]
        original: original::futures::Notified<'a>,
    }
}

impl Notify {
    /// Nobody is notified yet.
    pub fn new() -> Self {
        Notify { driver: Driver::current("Notify"), original: original::Notify::new() }
    }

    /// Waits for a notification. One of all that wait counts from this call on, before the first
    /// poll; one of a single task from [`Notified::enable`] or the first poll on.
    #[track_caller]
    #[inline]
    pub fn notified(&self) -> Notified<'_> {
        self.driver.publish();
        let progress = Progress::new(&self.driver, at(&"notified"));
        Notified { progress, original: self.original.notified() }
    }

    /// Notifies one that waits, or the next that will.
    #[inline]
    #[track_caller]
    pub fn notify_one(&self) {
        self.driver.act(at(&"notify_one"), || self.original.notify_one());
    }

    /// Notifies the one that began to wait last, or the next that will.
    #[inline]
    #[track_caller]
    pub fn notify_last(&self) {
        self.driver.act(at(&"notify_last"), || self.original.notify_last());
    }

    /// Notifies all that wait, and nobody who comes later.
    #[inline]
    #[track_caller]
    pub fn notify_waiters(&self) {
        self.driver.act(at(&"notify_waiters"), || self.original.notify_waiters());
    }
}

impl Notified<'_> {
    /// Begins to wait, and says whether it is notified already.
    pub fn enable(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        if let Some(explored) = this.progress.explored() {
            explored.enable();
        }
        this.original.enable()
    }
}

impl Future for Notified<'_> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        this.progress.poll(cx, |cx| this.original.poll(cx))
    }
}

impl Default for Notify {
    fn default() -> Self {
        Notify::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.act(at(&"fmt"), || self.original.fmt(f))
    }
}

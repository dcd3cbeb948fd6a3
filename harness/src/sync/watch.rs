//! A value that others watch: `tokio::sync::watch`.

use std::sync::Arc;

use tokio::sync::watch as original;
pub use tokio::sync::watch::Ref;
pub use tokio::sync::watch::error::{RecvError, SendError};

use super::Driver;

/// Both ends of a channel that holds `value`.
pub fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let driver = Arc::new(Driver::current());
    let (sender, receiver) = original::channel(value);
    let sender = Sender { driver: Arc::clone(&driver), original: Some(sender) };
    (sender, Receiver { driver, original: receiver })
}

/// `tokio::sync::watch::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    driver: Arc<Driver>,
    /// There until it is dropped.
    original: Option<original::Sender<T>>,
}

/// `tokio::sync::watch::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    driver: Arc<Driver>,
    original: original::Receiver<T>,
}

impl<T> Sender<T> {
    fn original(&self) -> &original::Sender<T> {
        self.original.as_ref().expect("a sender is there until it is dropped")
    }

    /// Replaces the value.
    ///
    /// # Errors
    /// With the value, when nobody watches any more.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.driver.act(|| self.original().send(value))
    }

    /// Replaces the value, whether or not anybody watches, and returns the former one.
    pub fn send_replace(&self, value: T) -> T {
        self.driver.act(|| self.original().send_replace(value))
    }

    /// The value. It cannot be replaced while it is borrowed.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.driver.act(|| self.original().borrow())
    }

    /// Another who watches.
    pub fn subscribe(&self) -> Receiver<T> {
        let original = self.driver.act(|| self.original().subscribe());
        Receiver { driver: Arc::clone(&self.driver), original }
    }

    /// Waits until nobody watches any more.
    pub async fn closed(&self) {
        self.driver.operate(self.original().closed()).await;
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.driver.act(|| drop(self.original.take()));
    }
}

impl<T> Receiver<T> {
    /// The value. It cannot be replaced while it is borrowed.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.driver.act(|| self.original.borrow())
    }

    /// The value, which counts as seen.
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        self.driver.act(|| self.original.borrow_and_update())
    }

    /// Whether there is a value that was not seen.
    ///
    /// # Errors
    /// When there is none and the sender is gone.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        self.driver.act(|| self.original.has_changed())
    }

    /// Whether both watch the same sender.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.original.same_channel(&other.original)
    }

    /// Waits for a value that was not seen.
    ///
    /// # Errors
    /// When there is none and the sender is gone.
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        self.driver.operate(self.original.changed()).await
    }

    /// Waits for a value that is wanted.
    ///
    /// # Errors
    /// When there is none and the sender is gone.
    pub async fn wait_for(
        &mut self,
        is_wanted: impl FnMut(&T) -> bool,
    ) -> Result<Ref<'_, T>, RecvError> {
        self.driver.operate(self.original.wait_for(is_wanted)).await
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let original = self.driver.act(|| self.original.clone());
        Receiver { driver: Arc::clone(&self.driver), original }
    }
}

//! A channel for one value: `tokio::sync::oneshot`.

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::oneshot as original;
pub use tokio::sync::oneshot::error::{RecvError, TryRecvError};

use super::Driver;

/// Both ends of a channel.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let driver = Arc::new(Driver::current());
    let (sender, receiver) = original::channel();
    let sender = Sender { driver: Arc::clone(&driver), original: Some(sender) };
    (sender, Receiver { driver, original: receiver })
}

/// `tokio::sync::oneshot::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    driver: Arc<Driver>,
    /// There until it is used or dropped.
    original: Option<original::Sender<T>>,
}

/// `tokio::sync::oneshot::Receiver`. It is awaited by value.
#[derive(Debug)]
pub struct Receiver<T> {
    driver: Arc<Driver>,
    original: original::Receiver<T>,
}

impl<T> Sender<T> {
    /// Sends the value.
    ///
    /// # Errors
    /// With the value, when the receiver is gone.
    pub fn send(mut self, value: T) -> Result<(), T> {
        let original = self.original.take();
        match original {
            Some(original) => self.driver.act(|| original.send(value)),
            None => Err(value),
        }
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.driver.act(|| self.original.as_ref().is_none_or(original::Sender::is_closed))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(original) = self.original.take() {
            self.driver.act(|| drop(original));
        }
    }
}

impl<T> Receiver<T> {
    /// The value, if it has come.
    ///
    /// # Errors
    /// When it has not, or never will.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.driver.act(|| self.original.try_recv())
    }

    /// Takes no value any more.
    pub fn close(&mut self) {
        self.driver.act(|| self.original.close());
    }
}

impl<T: Send + 'static> IntoFuture for Receiver<T> {
    type Output = Result<T, RecvError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T, RecvError>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.driver.operate(self.original).await })
    }
}

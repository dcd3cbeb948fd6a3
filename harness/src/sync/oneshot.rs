//! A channel for one value: `tokio::sync::oneshot`.

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot as original;
pub use tokio::sync::oneshot::error::{RecvError, TryRecvError};

use super::Driver;
use super::driver::Progress;

/// Both ends of a channel.
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let driver = Driver::current("oneshot channel");
    let (sender, receiver) = original::channel();
    let sender = Sender { driver: driver.clone(), original: Some(sender) };
    let progress = Progress::new(Location::caller());
    (sender, Receiver { driver, progress, original: receiver })
}

/// `tokio::sync::oneshot::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    driver: Driver,
    /// There until it is used or dropped.
    original: Option<original::Sender<T>>,
}

/// `tokio::sync::oneshot::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    driver: Driver,
    /// Who waits for it is told by where the channel was made: a poll has no line.
    progress: Progress,
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
            Some(original) => self.driver.change(|| original.send(value)),
            None => Err(value),
        }
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.driver.act(|| self.original.as_ref().is_none_or(original::Sender::is_closed))
    }

    /// Waits until the receiver is gone.
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = ()> {
        let line = Location::caller();
        async move {
            if let Some(original) = &mut self.original {
                self.driver.operate(line, original.closed()).await;
            }
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(original) = self.original.take() {
            self.driver.change(|| drop(original));
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

    /// Blocks its thread until the value comes.
    ///
    /// # Errors
    /// When it never will.
    ///
    /// # Panics
    /// On a thread that drives async code of a runtime.
    #[track_caller]
    pub fn blocking_recv(mut self) -> Result<T, RecvError> {
        let driver = self.driver.clone();
        if !driver.is_thread() {
            return self.original.blocking_recv();
        }
        // A receiver that got the closed error is asked again, for the error that can be named.
        let attempt = || match self.original.try_recv() {
            Err(TryRecvError::Empty) => None,
            result => Some(result.ok()),
        };
        let received = driver.block(Location::caller(), attempt, || None);
        received.map_or_else(|| closed_channel().blocking_recv(), Ok)
    }

    /// Takes no value any more.
    pub fn close(&mut self) {
        self.driver.act(|| self.original.close());
    }
}

/// The receiver of a channel whose sender is gone.
fn closed_channel<T>() -> original::Receiver<T> {
    original::channel().1
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Receiver { driver, progress, original } = &mut *self;
        driver.poll(progress, cx, |cx| Pin::new(original).poll(cx))
    }
}

//! A channel for one value: `tokio::sync::oneshot`.

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot as original;
pub use tokio::sync::oneshot::error::{RecvError, TryRecvError};

use super::Driver;
use super::driver::Progress;
use super::end::End;

/// Both ends of a channel.
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let driver = Driver::current("oneshot channel");
    let (sender, receiver) = original::channel();
    let sender = Sender { end: End::new(driver.clone(), sender) };
    let progress = Progress::new(&driver, Location::caller());
    (sender, Receiver { progress, end: End::new(driver, receiver) })
}

/// `tokio::sync::oneshot::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    end: End<original::Sender<T>>,
}

/// `tokio::sync::oneshot::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    /// Who waits for it is told by where the channel was made: a poll has no line.
    progress: Progress,
    end: End<original::Receiver<T>>,
}

impl<T> Sender<T> {
    /// Sends the value.
    ///
    /// # Errors
    /// With the value, when the receiver is gone.
    pub fn send(self, value: T) -> Result<(), T> {
        self.end.spend(|original| original.send(value))
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.end.driver.act(|| self.end.original().is_closed())
    }

    /// Waits until the receiver is gone.
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = ()> {
        self.end.operate_mut(Location::caller(), |original| original.closed())
    }
}

impl<T> Receiver<T> {
    /// The value, if it has come.
    ///
    /// # Errors
    /// When it has not, or never will.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let (driver, original) = self.end.parts();
        driver.act(|| original.try_recv())
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
        if !self.end.driver.is_thread() {
            return self.end.spend(original::Receiver::blocking_recv);
        }
        let (driver, original) = self.end.parts();
        // A receiver that got the closed error is asked again, for the error that can be named.
        let attempt = || match original.try_recv() {
            Err(TryRecvError::Empty) => None,
            result => Some(result.ok()),
        };
        let received = driver.block(Location::caller(), attempt, || None);
        received.map_or_else(|| closed_channel().blocking_recv(), Ok)
    }

    /// Takes no value any more.
    pub fn close(&mut self) {
        let (driver, original) = self.end.parts();
        driver.act(|| original.close());
    }
}

/// The receiver of a channel whose sender is gone.
fn closed_channel<T>() -> original::Receiver<T> {
    original::channel().1
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Receiver { progress, end } = &mut *self;
        let (_, original) = end.parts();
        let poll = progress.poll(cx, |cx| Pin::new(original).poll(cx));
        if poll.is_ready() {
            end.goes_unseen();
        }
        poll
    }
}

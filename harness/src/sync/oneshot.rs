//! A channel for one value: `tokio::sync::oneshot`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot as original;
pub use tokio::sync::oneshot::error;
use tokio::sync::oneshot::error::{RecvError, TryRecvError};
use tokio::task::coop;

use super::end::{End, ends};
use super::site::at;

/// Both ends of a channel.
#[track_caller]
#[inline]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, mut receiver) = ends("oneshot channel", original::channel());
    // Who waits for it is told by where the channel was made: a poll has no line.
    receiver.becomes_operation(at(&"recv of the channel made"));
    (Sender { end: sender }, Receiver { end: receiver })
}

/// `tokio::sync::oneshot::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    end: End<original::Sender<T>>,
}

/// `tokio::sync::oneshot::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    end: End<original::Receiver<T>>,
}

impl<T> Sender<T> {
    /// Sends the value.
    ///
    /// # Errors
    /// With the value, when the receiver is gone.
    #[track_caller]
    pub fn send(self, value: T) -> Result<(), T> {
        self.end.spend(at(&"send"), |original| original.send(value))
    }

    /// Whether the receiver is gone.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.end.act(at(&"is_closed"), |original| original.is_closed())
    }

    /// Waits until the receiver is gone.
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = ()> {
        self.end.operate_mut(at(&"closed"), |original| original.closed())
    }
}

impl<T> Receiver<T> {
    /// The value, if it has come.
    ///
    /// # Errors
    /// When it has not, or never will.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.end.act_mut(at(&"try_recv"), |original| original.try_recv())
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
        if !self.end.driver().is_thread() {
            return self.end.spend(at(&"blocking_recv"), original::Receiver::blocking_recv);
        }
        let (driver, original) = self.end.parts();
        // A receiver that got the closed error is asked again, for the error that can be named.
        let attempt = || match original.try_recv() {
            Err(TryRecvError::Empty) => None,
            result => Some(result.ok()),
        };
        let received = driver.block(at(&"blocking_recv"), attempt, || None);
        received.map_or_else(|| closed_channel().blocking_recv(), Ok)
    }

    /// Whether the value has not come, or was taken.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.end.act(at(&"is_empty"), |original| original.is_empty())
    }

    /// Whether it was asked until the end.
    #[track_caller]
    pub fn is_terminated(&self) -> bool {
        self.end.act(at(&"is_terminated"), |original| original.is_terminated())
    }

    /// Takes no value any more.
    #[track_caller]
    pub fn close(&mut self) {
        self.end.act_mut(at(&"close"), |original| original.close());
    }
}

/// The receiver of a channel whose sender is gone.
fn closed_channel<T>() -> original::Receiver<T> {
    original::channel().1
}

/// Polls an original. A value that is there is taken at once, which costs less. That it is there is
/// asked first: to try for it in vain would use the receiver up when the sender is gone.
#[inline]
fn poll<T>(
    original: &mut original::Receiver<T>,
    cx: &mut Context<'_>,
) -> Poll<Result<T, RecvError>> {
    if !original.is_empty() {
        // As the original does: a task that never waits has to let others run at times.
        let budget = ready!(coop::poll_proceed(cx));
        if let Ok(value) = original.try_recv() {
            budget.made_progress();
            return Poll::Ready(Ok(value));
        }
    }
    Pin::new(original).poll(cx)
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.end {
            End::Original(original) => poll(original, cx),
            End::Explored(explored) => {
                explored.poll(cx, |original, cx| Pin::new(original).poll(cx))
            }
        }
    }
}

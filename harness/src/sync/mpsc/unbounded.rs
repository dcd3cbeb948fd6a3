//! A channel that always has room.

use tokio::sync::mpsc as original;

use super::{SendError, TryRecvError, receive};
use crate::sync::end::{End, ends};
use crate::sync::site::at;

/// Both ends of a channel that always has room.
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (sender, receiver) = ends("mpsc channel", original::unbounded_channel());
    (UnboundedSender { end: sender }, UnboundedReceiver { end: receiver })
}

/// `tokio::sync::mpsc::UnboundedSender`.
#[derive(Debug)]
pub struct UnboundedSender<T> {
    end: End<original::UnboundedSender<T>>,
}

/// `tokio::sync::mpsc::UnboundedReceiver`.
#[derive(Debug)]
pub struct UnboundedReceiver<T> {
    end: End<original::UnboundedReceiver<T>>,
}

impl<T> UnboundedSender<T> {
    /// Sends.
    ///
    /// # Errors
    /// With the value, when the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.end.change(at(&"send"), |original| original.send(value))
    }

    /// Waits until the receiver is gone or has closed.
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.end.operate(at(&"closed"), |original| original.closed())
    }

    /// Whether the receiver is gone or has closed.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.end.act(at(&"is_closed"), |original| original.is_closed())
    }

    /// Whether both send to the same receiver.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.end.original().same_channel(other.end.original())
    }
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        UnboundedSender { end: self.end.clone() }
    }
}

impl<T> UnboundedReceiver<T> {
    /// The next value; `None` when there is none and never will be.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        let poll = original::UnboundedReceiver::poll_recv;
        self.end.operate_mut(at(&"recv"), |original| receive(original, poll))
    }

    /// Adds at most `limit` values to `buffer`, at least one unless there never will be any, and
    /// returns how many.
    #[track_caller]
    pub fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> impl Future<Output = usize> {
        self.end.operate_mut(at(&"recv_many"), |original| original.recv_many(buffer, limit))
    }

    /// The next value, if there is one.
    ///
    /// # Errors
    /// When there is none, or never will be.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.end.act_mut(at(&"try_recv"), |original| original.try_recv())
    }

    /// Blocks its thread until there is a value; `None` when there never will be.
    ///
    /// # Panics
    /// On a thread that drives async code of a runtime.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        let (driver, original) = self.end.parts();
        if !driver.is_thread() {
            return driver.act(at(&"blocking_recv"), || original.blocking_recv());
        }
        let attempt = || match original.try_recv() {
            Err(TryRecvError::Empty) => None,
            received => Some(received.ok()),
        };
        driver.block(at(&"blocking_recv"), attempt, || None)
    }

    /// Takes no new values; those that are there can be received.
    #[track_caller]
    pub fn close(&mut self) {
        self.end.act_mut(at(&"close"), |original| original.close());
    }

    /// Whether every sender is gone, or it was closed.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.end.act(at(&"is_closed"), |original| original.is_closed())
    }

    /// Whether there is no value.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.end.act(at(&"is_empty"), |original| original.is_empty())
    }

    /// How many values there are.
    #[track_caller]
    pub fn len(&self) -> usize {
        self.end.act(at(&"len"), |original| original.len())
    }
}

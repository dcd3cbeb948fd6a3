//! A channel of many senders and one receiver: `tokio::sync::mpsc`.

mod unbounded;

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc as original;
pub use tokio::sync::mpsc::error;
use tokio::sync::mpsc::error::{SendError, TryRecvError, TrySendError};

use super::Driver;
use super::driver::at_once;
use super::end::{End, ends};
use super::site::at;

pub use unbounded::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Both ends of a channel that holds so many values.
///
/// # Panics
/// When that is none, or more than tokio's `Semaphore::MAX_PERMITS`.
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = ends("mpsc channel", original::channel(buffer));
    (Sender { end: sender }, Receiver { end: receiver })
}

/// The next value, for which the original is polled. Its own `recv` does that too, within a future
/// that is not inlined.
#[inline]
fn receive<O, T>(
    original: &mut O,
    poll: impl Fn(&mut O, &mut Context<'_>) -> Poll<Option<T>>,
) -> impl Future<Output = Option<T>> {
    let mut original = Some(original);
    poll_fn(move |cx| {
        let receiver = original.as_deref_mut();
        let receiver = receiver.expect("an operation is not polled once it is done");
        let value = ready!(poll(receiver, cx));
        original = None;
        Poll::Ready(value)
    })
}

/// `tokio::sync::mpsc::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    end: End<original::Sender<T>>,
}

/// `tokio::sync::mpsc::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    end: End<original::Receiver<T>>,
}

/// `tokio::sync::mpsc::Permit`.
#[derive(Debug)]
pub struct Permit<'a, T> {
    driver: &'a Driver,
    /// There until it is used or dropped.
    original: Option<original::Permit<'a, T>>,
}

impl<T> Sender<T> {
    /// Waits for room, and sends.
    ///
    /// # Errors
    /// With the value, when the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> {
        self.end.operate(at(&"send"), |original| {
            at_once(move || match original.try_reserve() {
                Ok(permit) => {
                    permit.send(value);
                    Ok(Ok(()))
                }
                Err(_) => Err(original.send(value)),
            })
        })
    }

    /// Waits for room, and keeps it.
    ///
    /// # Errors
    /// When the receiver is gone.
    #[track_caller]
    pub fn reserve(&self) -> impl Future<Output = Result<Permit<'_, T>, SendError<()>>> {
        let operation = self.end.operate(at(&"reserve"), |original| original.reserve());
        async { Ok(Permit { driver: self.end.driver(), original: Some(operation.await?) }) }
    }

    /// Keeps room if there is some.
    ///
    /// # Errors
    /// When there is none, or the receiver is gone.
    #[track_caller]
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        let original = self.end.act(at(&"try_reserve"), |original| original.try_reserve())?;
        Ok(Permit { driver: self.end.driver(), original: Some(original) })
    }

    /// Sends if there is room.
    ///
    /// # Errors
    /// With the value, when there is none, or the receiver is gone.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.end.change(at(&"try_send"), |original| original.try_send(value))
    }

    /// Blocks its thread until there is room, and sends.
    ///
    /// # Errors
    /// With the value, when the receiver is gone.
    ///
    /// # Panics
    /// On a thread that drives async code of a runtime.
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        let (driver, site) = (self.end.driver(), at(&"blocking_send"));
        let sent = match driver.block_queued(site, || self.end.original().reserve()) {
            None => return self.end.act(site, |original| original.blocking_send(value)),
            Some(Ok(permit)) => {
                permit.send(value);
                Ok(())
            }
            Some(Err(SendError(()))) => Err(SendError(value)),
        };
        driver.unblock();
        sent
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

    /// The room that there is.
    #[track_caller]
    pub fn capacity(&self) -> usize {
        self.end.act(at(&"capacity"), |original| original.capacity())
    }

    /// The room that there is when the channel is empty.
    pub fn max_capacity(&self) -> usize {
        self.end.original().max_capacity()
    }

    /// Whether both send to the same receiver.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.end.original().same_channel(other.end.original())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender { end: self.end.clone() }
    }
}

impl<T> Permit<'_, T> {
    /// Sends into the room that was kept.
    #[track_caller]
    pub fn send(mut self, value: T) {
        if let Some(original) = self.original.take() {
            self.driver.change(at(&"send"), || original.send(value));
        }
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        if let Some(original) = self.original.take() {
            self.driver.let_go(|| drop(original));
        }
    }
}

impl<T> Receiver<T> {
    /// The next value; `None` when there is none and never will be.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        let poll = original::Receiver::poll_recv;
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
        self.end.change_mut(at(&"try_recv"), |original| original.try_recv())
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
        let received = driver.block(at(&"blocking_recv"), attempt, || None);
        driver.unblock();
        received
    }

    /// Takes no new values; those that are there can be received.
    #[track_caller]
    pub fn close(&mut self) {
        self.end.change_mut(at(&"close"), |original| original.close());
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

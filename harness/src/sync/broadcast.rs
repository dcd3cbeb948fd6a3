//! A channel whose every receiver gets every value: `tokio::sync::broadcast`.

use std::panic::Location;

use tokio::sync::broadcast as original;
pub use tokio::sync::broadcast::error::{RecvError, SendError, TryRecvError};

use super::Driver;

/// Both ends of a channel that keeps so many values for those who are slow.
///
/// # Panics
/// When that is none, or more than half of what a `usize` can be.
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let driver = Driver::current("broadcast channel");
    let (sender, receiver) = original::channel(capacity);
    let sender = Sender { driver: driver.clone(), original: Some(sender) };
    (sender, Receiver { driver, original: Some(receiver) })
}

/// `tokio::sync::broadcast::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    driver: Driver,
    /// There until it is dropped.
    original: Option<original::Sender<T>>,
}

/// `tokio::sync::broadcast::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    driver: Driver,
    /// There until it is dropped.
    original: Option<original::Receiver<T>>,
}

impl<T> Sender<T> {
    fn original(&self) -> &original::Sender<T> {
        self.original.as_ref().expect("a sender is there until it is dropped")
    }

    /// Sends to everybody who receives now, and returns how many that are.
    ///
    /// # Errors
    /// With the value, when nobody does.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.driver.change(|| self.original().send(value))
    }

    /// Another receiver, of what is sent from now on.
    pub fn subscribe(&self) -> Receiver<T> {
        let original = self.driver.act(|| self.original().subscribe());
        Receiver { driver: self.driver.clone(), original: Some(original) }
    }

    /// Waits until nobody receives any more.
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.driver.operate(Location::caller(), self.original().closed())
    }

    /// How many receive.
    pub fn receiver_count(&self) -> usize {
        self.driver.act(|| self.original().receiver_count())
    }

    /// How many values somebody has not received yet.
    pub fn len(&self) -> usize {
        self.driver.act(|| self.original().len())
    }

    /// Whether everybody has received every value.
    pub fn is_empty(&self) -> bool {
        self.driver.act(|| self.original().is_empty())
    }

    /// Whether both send to the same receivers.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.original().same_channel(other.original())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        let original = self.driver.act(|| self.original.clone());
        Sender { driver: self.driver.clone(), original }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.driver.change(|| drop(self.original.take()));
    }
}

impl<T: Clone> Receiver<T> {
    /// Another receiver, of what is sent from now on.
    pub fn resubscribe(&self) -> Self {
        let original = self.driver.act(|| self.original().resubscribe());
        Receiver { driver: self.driver.clone(), original: Some(original) }
    }

    /// The next value.
    ///
    /// # Errors
    /// When it came too late for some, with how many, or every sender is gone.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Result<T, RecvError>> {
        let (driver, original) = self.parts();
        driver.operate(Location::caller(), original.recv())
    }

    /// The next value, if there is one.
    ///
    /// # Errors
    /// When there is none, it came too late for some, or every sender is gone.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let (driver, original) = self.parts();
        driver.act(|| original.try_recv())
    }

    /// Blocks its thread until there is a value.
    ///
    /// # Errors
    /// When it came too late for some, with how many, or every sender is gone.
    ///
    /// # Panics
    /// On a thread that drives async code of a runtime.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        let (driver, original) = self.parts();
        if !driver.is_thread() {
            return original.blocking_recv();
        }
        let attempt = || match original.try_recv() {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Lagged(count)) => Some(Err(RecvError::Lagged(count))),
            Err(TryRecvError::Closed) => Some(Err(RecvError::Closed)),
            Err(TryRecvError::Empty) => None,
        };
        driver.block(Location::caller(), attempt, || Err(RecvError::Closed))
    }
}

impl<T> Receiver<T> {
    fn original(&self) -> &original::Receiver<T> {
        self.original.as_ref().expect("a receiver is there until it is dropped")
    }

    fn parts(&mut self) -> (&Driver, &mut original::Receiver<T>) {
        let original = self.original.as_mut();
        (&self.driver, original.expect("a receiver is there until it is dropped"))
    }

    /// How many values it has not received yet.
    pub fn len(&self) -> usize {
        self.driver.act(|| self.original().len())
    }

    /// Whether it has received every value.
    pub fn is_empty(&self) -> bool {
        self.driver.act(|| self.original().is_empty())
    }

    /// Whether both receive from the same senders.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.original().same_channel(other.original())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.driver.change(|| drop(self.original.take()));
    }
}

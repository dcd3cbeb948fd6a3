//! A channel whose every receiver gets every value: `tokio::sync::broadcast`.

use tokio::sync::broadcast as original;
pub use tokio::sync::broadcast::error;
use tokio::sync::broadcast::error::{RecvError, SendError, TryRecvError};

use super::Driver;
use super::driver::at_once;
use super::end::{End, ends};
use super::site::at;

/// Both ends of a channel that keeps so many values for those who are slow.
///
/// # Panics
/// When that is none, or more than half of what a `usize` can be.
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = ends("broadcast channel", original::channel(capacity));
    (Sender { end: sender }, Receiver { end: receiver })
}

/// `tokio::sync::broadcast::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    end: End<original::Sender<T>>,
}

/// `tokio::sync::broadcast::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    end: End<original::Receiver<T>>,
}

impl<T> Sender<T> {
    /// The sending end of a channel that nobody receives from yet.
    ///
    /// # Panics
    /// As [`channel`].
    pub fn new(capacity: usize) -> Self {
        let driver = Driver::current("broadcast channel");
        Sender { end: End::new(&driver, original::Sender::new(capacity)) }
    }

    /// Sends to everybody who receives now, and returns how many that are.
    ///
    /// # Errors
    /// With the value, when nobody does.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.end.change(at(&"send"), |original| original.send(value))
    }

    /// Another receiver, of what is sent from now on.
    #[track_caller]
    pub fn subscribe(&self) -> Receiver<T> {
        let original = self.end.act(at(&"subscribe"), |original| original.subscribe());
        Receiver { end: End::new(self.end.driver(), original) }
    }

    /// Waits until nobody receives any more.
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.end.operate(at(&"closed"), |original| original.closed())
    }

    /// How many receive.
    #[track_caller]
    pub fn receiver_count(&self) -> usize {
        self.end.act(at(&"receiver_count"), |original| original.receiver_count())
    }

    /// How many values somebody has not received yet.
    #[track_caller]
    pub fn len(&self) -> usize {
        self.end.act(at(&"len"), |original| original.len())
    }

    /// Whether everybody has received every value.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.end.act(at(&"is_empty"), |original| original.is_empty())
    }

    /// Whether both send to the same receivers.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.end.original().same_channel(other.end.original())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender { end: self.end.clone() }
    }
}

impl<T: Clone> Receiver<T> {
    /// Another receiver, of what is sent from now on.
    #[track_caller]
    pub fn resubscribe(&self) -> Self {
        let original = self.end.act(at(&"resubscribe"), |original| original.resubscribe());
        Receiver { end: End::new(self.end.driver(), original) }
    }

    /// The next value.
    ///
    /// # Errors
    /// When it came too late for some, with how many, or every sender is gone.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Result<T, RecvError>> {
        self.end.operate_mut(at(&"recv"), |original| {
            at_once(move || match original.try_recv() {
                Ok(value) => Ok(Ok(value)),
                Err(TryRecvError::Lagged(count)) => Ok(Err(RecvError::Lagged(count))),
                Err(TryRecvError::Closed) => Ok(Err(RecvError::Closed)),
                Err(TryRecvError::Empty) => Err(original.recv()),
            })
        })
    }

    /// The next value, if there is one.
    ///
    /// # Errors
    /// When there is none, it came too late for some, or every sender is gone.
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.end.act_mut(at(&"try_recv"), |original| original.try_recv())
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
        let (driver, original) = self.end.parts();
        if !driver.is_thread() {
            return driver.act(at(&"blocking_recv"), || original.blocking_recv());
        }
        let attempt = || match original.try_recv() {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Lagged(count)) => Some(Err(RecvError::Lagged(count))),
            Err(TryRecvError::Closed) => Some(Err(RecvError::Closed)),
            Err(TryRecvError::Empty) => None,
        };
        driver.block(at(&"blocking_recv"), attempt, || Err(RecvError::Closed))
    }
}

impl<T> Receiver<T> {
    /// How many values it has not received yet.
    #[track_caller]
    pub fn len(&self) -> usize {
        self.end.act(at(&"len"), |original| original.len())
    }

    /// Whether it has received every value.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.end.act(at(&"is_empty"), |original| original.is_empty())
    }

    /// Whether both receive from the same senders.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.end.original().same_channel(other.end.original())
    }
}

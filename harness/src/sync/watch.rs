//! A value that others watch: `tokio::sync::watch`.

use std::panic::Location;

use tokio::sync::watch as original;
pub use tokio::sync::watch::Ref;
pub use tokio::sync::watch::error::{RecvError, SendError};

use super::Driver;

/// Both ends of a channel that holds `value`.
pub fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let driver = Driver::current("watch channel");
    let (sender, receiver) = original::channel(value);
    let sender = Sender { driver: driver.clone(), original: Some(sender) };
    (sender, Receiver { driver, original: receiver })
}

/// `tokio::sync::watch::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    driver: Driver,
    /// There until it is dropped.
    original: Option<original::Sender<T>>,
}

/// `tokio::sync::watch::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    driver: Driver,
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

    /// Changes the value in place, whether or not anybody watches.
    pub fn send_modify(&self, modify: impl FnOnce(&mut T)) {
        self.driver.act(|| self.original().send_modify(modify));
    }

    /// Changes the value in place; those who watch are told if `modify` says so.
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        self.driver.act(|| self.original().send_if_modified(modify))
    }

    /// The value. It cannot be replaced while it is borrowed.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.driver.act(|| self.original().borrow())
    }

    /// Whether nobody watches any more.
    pub fn is_closed(&self) -> bool {
        self.driver.act(|| self.original().is_closed())
    }

    /// How many watch.
    pub fn receiver_count(&self) -> usize {
        self.driver.act(|| self.original().receiver_count())
    }

    /// Another who watches.
    pub fn subscribe(&self) -> Receiver<T> {
        let original = self.driver.act(|| self.original().subscribe());
        Receiver { driver: self.driver.clone(), original }
    }

    /// Waits until nobody watches any more.
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.driver.operate(Location::caller(), self.original().closed())
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
    #[track_caller]
    pub fn changed(&mut self) -> impl Future<Output = Result<(), RecvError>> {
        self.driver.operate(Location::caller(), self.original.changed())
    }

    /// Waits for a value that is wanted.
    ///
    /// # Errors
    /// When there is none and the sender is gone.
    #[track_caller]
    pub fn wait_for(
        &mut self,
        is_wanted: impl FnMut(&T) -> bool,
    ) -> impl Future<Output = Result<Ref<'_, T>, RecvError>> {
        self.driver.operate(Location::caller(), self.original.wait_for(is_wanted))
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let original = self.driver.act(|| self.original.clone());
        Receiver { driver: self.driver.clone(), original }
    }
}

//! A value that others watch: `tokio::sync::watch`.

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::pin;

use tokio::sync::watch as original;
pub use tokio::sync::watch::error;
use tokio::sync::watch::error::{RecvError, SendError};

use super::Driver;
use super::driver::{Lent, at_once};
use super::end::{End, ends};
use super::site::{Site, at};

/// Both ends of a channel that holds `value`.
pub fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = ends("watch channel", original::channel(value));
    (Sender { end: sender }, Receiver { end: receiver })
}

/// `tokio::sync::watch::Sender`.
#[derive(Debug)]
pub struct Sender<T> {
    end: End<original::Sender<T>>,
}

/// `tokio::sync::watch::Receiver`.
#[derive(Debug)]
pub struct Receiver<T> {
    end: End<original::Receiver<T>>,
}

/// `tokio::sync::watch::Ref`.
pub struct Ref<'a, T> {
    // It goes away before those go on who wait for that.
    original: original::Ref<'a, T>,
    lent: Option<Lent>,
}

impl<'a, T> Ref<'a, T> {
    #[inline]
    fn new(driver: &Driver, original: original::Ref<'a, T>) -> Self {
        Ref { original, lent: driver.lend() }
    }

    /// Whether the value was not seen before it was borrowed.
    pub fn has_changed(&self) -> bool {
        self.original.has_changed()
    }
}

impl<T> Drop for Ref<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(lent) = &self.lent {
            lent.publish();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.original.fmt(f)
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.original
    }
}

impl<T> Sender<T> {
    /// The sending end of a channel that nobody watches yet.
    pub fn new(value: T) -> Self {
        let driver = Driver::current("watch channel");
        Sender { end: End::new(&driver, original::Sender::new(value)) }
    }

    /// Changes the value, once nobody borrows it.
    #[inline]
    fn change<R>(&self, site: Site, change: impl FnOnce(&original::Sender<T>) -> R) -> R {
        match &self.end {
            End::Original(original) => change(original),
            end => {
                let _alone = end.driver().come_alone(site);
                change(end.original())
            }
        }
    }

    /// Replaces the value.
    ///
    /// # Errors
    /// With the value, when nobody watches any more.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.change(at(&"send"), |original| original.send(value))
    }

    /// Replaces the value, whether or not anybody watches, and returns the former one.
    #[track_caller]
    pub fn send_replace(&self, value: T) -> T {
        self.change(at(&"send_replace"), |original| original.send_replace(value))
    }

    /// Changes the value in place, whether or not anybody watches.
    #[track_caller]
    pub fn send_modify(&self, modify: impl FnOnce(&mut T)) {
        self.change(at(&"send_modify"), |original| original.send_modify(modify));
    }

    /// Changes the value in place; those who watch are told if `modify` says so.
    #[track_caller]
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        self.change(at(&"send_if_modified"), |original| original.send_if_modified(modify))
    }

    /// The value. It cannot be replaced while it is borrowed.
    #[track_caller]
    pub fn borrow(&self) -> Ref<'_, T> {
        let driver = self.end.driver();
        driver.come_to_look(at(&"borrow"));
        Ref::new(driver, self.end.original().borrow())
    }

    /// Whether nobody watches any more.
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        self.end.act(at(&"is_closed"), |original| original.is_closed())
    }

    /// How many watch.
    #[track_caller]
    pub fn receiver_count(&self) -> usize {
        self.end.act(at(&"receiver_count"), |original| original.receiver_count())
    }

    /// Another who watches.
    #[track_caller]
    pub fn subscribe(&self) -> Receiver<T> {
        let original = self.end.act(at(&"subscribe"), |original| original.subscribe());
        Receiver { end: End::new(self.end.driver(), original) }
    }

    /// Waits until nobody watches any more.
    #[track_caller]
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.end.operate(at(&"closed"), |original| original.closed())
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Sender { end: self.end.clone() }
    }
}

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Sender::new(T::default())
    }
}

impl<T> Receiver<T> {
    /// The value. It cannot be replaced while it is borrowed.
    #[track_caller]
    pub fn borrow(&self) -> Ref<'_, T> {
        let driver = self.end.driver();
        driver.come_to_look(at(&"borrow"));
        Ref::new(driver, self.end.original().borrow())
    }

    /// The value, which counts as seen.
    #[track_caller]
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        self.end.driver().come_to_look(at(&"borrow_and_update"));
        let (driver, original) = self.end.parts();
        Ref::new(driver, original.borrow_and_update())
    }

    /// Whether there is a value that was not seen.
    ///
    /// # Errors
    /// When there is none and the sender is gone.
    #[track_caller]
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        self.end.act(at(&"has_changed"), |original| original.has_changed())
    }

    /// The value counts as not seen.
    #[track_caller]
    pub fn mark_changed(&mut self) {
        self.end.act_mut(at(&"mark_changed"), |original| original.mark_changed());
    }

    /// The value counts as seen.
    #[track_caller]
    pub fn mark_unchanged(&mut self) {
        self.end.act_mut(at(&"mark_unchanged"), |original| original.mark_unchanged());
    }

    /// Whether both watch the same sender.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.end.original().same_channel(other.end.original())
    }

    /// Waits for a value that was not seen.
    ///
    /// # Errors
    /// When there is none and the sender is gone.
    #[track_caller]
    pub fn changed(&mut self) -> impl Future<Output = Result<(), RecvError>> {
        self.end.operate_mut(at(&"changed"), |original| {
            at_once(move || match original.has_changed() {
                Ok(true) => {
                    // The newest value counts as seen, if it came just now too.
                    original.mark_unchanged();
                    Ok(Ok(()))
                }
                // Without a sender there can still be one that was not seen: the original asks.
                Ok(false) | Err(_) => Err(original.changed()),
            })
        })
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
        let (driver, site) = (self.end.driver().clone(), at(&"wait_for"));
        self.end.operate_mut(site, |original| async move {
            let mut waiting = pin!(original.wait_for(is_wanted));
            let value = poll_fn(|cx| {
                driver.let_ahead(site);
                // What `is_wanted` does, others may come in between of.
                let _lent = driver.lend();
                waiting.as_mut().poll(cx)
            });
            Ok(Ref::new(&driver, value.await?))
        })
    }
}

impl<T> Clone for Receiver<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Receiver { end: self.end.clone() }
    }
}

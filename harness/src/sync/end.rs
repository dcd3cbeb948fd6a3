//! An end of a channel, whose going away the other end sees.

use super::Driver;

/// What stands behind an end, and tokio's.
#[derive(Debug)]
pub(super) struct End<O> {
    pub(super) driver: Driver,
    /// There until it is dropped.
    original: Option<O>,
}

impl<O> End<O> {
    pub(super) fn new(driver: Driver, original: O) -> Self {
        End { driver, original: Some(original) }
    }

    pub(super) fn original(&self) -> &O {
        self.original.as_ref().expect("an end is there until it is dropped")
    }

    pub(super) fn parts(&mut self) -> (&Driver, &mut O) {
        let original = self.original.as_mut();
        (&self.driver, original.expect("an end is there until it is dropped"))
    }
}

impl<O: Clone> Clone for End<O> {
    fn clone(&self) -> Self {
        let original = self.driver.act(|| self.original.clone());
        End { driver: self.driver.clone(), original }
    }
}

impl<O> Drop for End<O> {
    fn drop(&mut self) {
        self.driver.change(|| drop(self.original.take()));
    }
}

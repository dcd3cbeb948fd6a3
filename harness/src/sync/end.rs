//! An end of a channel, whose going away the other end sees.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::Driver;
use super::driver::{Operation, Progress};
use crate::world::{Ending, Line, note_ending, stepping_task};

/// What stands behind an end, and tokio's.
#[derive(Debug)]
pub(super) struct End<O> {
    pub(super) driver: Driver,
    /// There until it is used up or dropped.
    original: Option<O>,
    user: User,
}

/// Which task has used something in a search that sees it.
#[derive(Debug)]
struct User(AtomicU32);

impl User {
    const SEVERAL: u32 = u32::MAX;

    /// Nobody has, yet. What is made before the first step is part of what all tasks have.
    fn none() -> Self {
        User(AtomicU32::new(if stepping_task() == 0 { Self::SEVERAL } else { 0 }))
    }

    /// The task that takes the present step uses it.
    #[cold]
    #[inline(never)]
    fn note(&self) {
        let (task, former) = (stepping_task(), self.0.load(Relaxed));
        if former != task {
            self.0.store(if former == 0 { task } else { Self::SEVERAL }, Relaxed);
        }
    }

    /// What it is that the task that takes the present step lets it go.
    fn ending(&self) -> Ending {
        // Of what nobody has used it is not known who has a handle.
        if self.0.load(Relaxed) == stepping_task() { Ending::OfOne } else { Ending::OfSeveral }
    }
}

impl<O> End<O> {
    pub(super) fn new(driver: Driver, original: O) -> Self {
        let user = if driver.is_seen() { User::none() } else { User(AtomicU32::new(0)) };
        End { driver, original: Some(original), user }
    }

    #[inline]
    pub(super) fn original(&self) -> &O {
        self.note_user();
        self.original.as_ref().expect("an end is there until it is dropped")
    }

    #[inline]
    pub(super) fn parts(&mut self) -> (&Driver, &mut O) {
        self.note_user();
        let original = self.original.as_mut();
        (&self.driver, original.expect("an end is there until it is dropped"))
    }

    /// An operation that may wait.
    #[inline]
    pub(super) fn operate<'a, F: Future>(
        &'a self,
        line: Line,
        operation: impl FnOnce(&'a O) -> F,
    ) -> Operation<F> {
        let progress = self.begin(line);
        let original = self.original.as_ref();
        let original = original.expect("an end is there until it is dropped");
        Operation::new(progress, operation(original))
    }

    /// An operation that may wait, of which there is one at a time.
    #[inline]
    pub(super) fn operate_mut<'a, F: Future>(
        &'a mut self,
        line: Line,
        operation: impl FnOnce(&'a mut O) -> F,
    ) -> Operation<F> {
        let progress = self.begin(line);
        let original = self.original.as_mut();
        let original = original.expect("an end is there until it is dropped");
        Operation::new(progress, operation(original))
    }

    /// An operation that may wait begins.
    #[inline]
    fn begin(&self, line: Line) -> Progress {
        let mut progress = Progress::new(&self.driver, line);
        if progress.explored().is_some() {
            self.note_user();
        }
        progress
    }

    #[inline]
    fn note_user(&self) {
        if self.driver.is_seen() {
            self.user.note();
        }
    }

    /// Has an operation use it up.
    pub(super) fn spend<R>(mut self, operation: impl FnOnce(O) -> R) -> R {
        let original = self.original.take().expect("an end is there until it is used up");
        self.driver.change(|| operation(original))
    }

    /// Nobody sees this end going away any more: it was done with before.
    pub(super) fn goes_unseen(&mut self) {
        self.driver = Driver::Original;
    }
}

impl<O: Clone> Clone for End<O> {
    fn clone(&self) -> Self {
        End::new(self.driver.clone(), self.driver.act(|| self.original().clone()))
    }
}

impl<O> Drop for End<O> {
    fn drop(&mut self) {
        let Some(original) = self.original.take() else { return };
        if self.driver.is_seen() {
            note_ending(self.user.ending());
        }
        self.driver.change(|| drop(original));
    }
}

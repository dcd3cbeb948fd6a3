//! An end of a channel, whose going away the other end sees.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};

use super::Driver;
use super::driver::{Operation, Progress};
use super::site::{Site, at};
use crate::world::{Ending, note_ending, stepping_task};

/// An end of a channel. Each operation asks once which it is: outside an exploration nothing else
/// stands before the original.
#[derive(Debug)]
pub(super) enum End<O> {
    /// tokio's, and nothing else.
    Original(O),
    /// That of an exploration.
    Explored(Box<ExploredEnd<O>>),
}

/// What stands behind an end, and tokio's.
#[derive(Debug)]
pub(super) struct ExploredEnd<O> {
    driver: Driver,
    /// There until it is used up or dropped.
    original: Option<O>,
    /// Of an end that is itself what is waited for: how far that has come.
    progress: Progress,
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

/// The ends of a channel that is made now. `what` is the name of its type.
#[inline]
pub(super) fn ends<S, R>(what: &'static str, (sender, receiver): (S, R)) -> (End<S>, End<R>) {
    let driver = Driver::current(what);
    if driver.is_original() {
        return (End::Original(sender), End::Original(receiver));
    }
    (End::new(&driver, sender), End::new(&driver, receiver))
}

impl<O> End<O> {
    /// An end of a channel that `driver` stands before.
    pub(super) fn new(driver: &Driver, original: O) -> Self {
        match driver {
            Driver::Original => End::Original(original),
            driver => End::Explored(ExploredEnd::new(driver.clone(), original)),
        }
    }

    /// What stands behind it.
    pub(super) fn driver(&self) -> &Driver {
        match self {
            End::Original(_) => &Driver::Original,
            End::Explored(explored) => &explored.driver,
        }
    }

    /// tokio's.
    #[inline]
    pub(super) fn original(&self) -> &O {
        match self {
            End::Original(original) => original,
            End::Explored(explored) => explored.used(),
        }
    }

    /// What stands behind it, and tokio's.
    pub(super) fn parts(&mut self) -> (&Driver, &mut O) {
        match self {
            End::Original(original) => (&Driver::Original, original),
            End::Explored(explored) => explored.used_mut(),
        }
    }

    /// The end itself is waited for, by whoever made it at this site.
    #[inline]
    pub(super) fn becomes_operation(&mut self, site: Site) {
        if let End::Explored(explored) = self {
            explored.progress = Progress::new(&explored.driver, site);
        }
    }

    /// An operation that does not wait.
    #[inline]
    pub(super) fn act<'a, R>(&'a self, site: Site, operation: impl FnOnce(&'a O) -> R) -> R {
        operation(match self {
            End::Original(original) => original,
            End::Explored(explored) => explored.acted(site),
        })
    }

    /// The same, of which there is one at a time.
    #[inline]
    pub(super) fn act_mut<'a, R>(
        &'a mut self,
        site: Site,
        operation: impl FnOnce(&'a mut O) -> R,
    ) -> R {
        operation(match self {
            End::Original(original) => original,
            End::Explored(explored) => explored.acted_mut(site),
        })
    }

    /// An operation that does not wait, and may let those go on who are blocked.
    #[inline]
    pub(super) fn change<R>(&self, site: Site, operation: impl FnOnce(&O) -> R) -> R {
        match self {
            End::Original(original) => operation(original),
            End::Explored(explored) => explored.change(site, operation),
        }
    }

    /// The same, of which there is one at a time.
    #[inline]
    pub(super) fn change_mut<R>(&mut self, site: Site, operation: impl FnOnce(&mut O) -> R) -> R {
        match self {
            End::Original(original) => operation(original),
            End::Explored(explored) => explored.change_mut(site, operation),
        }
    }

    /// An operation that may wait.
    #[inline]
    pub(super) fn operate<'a, F: Future>(
        &'a self,
        site: Site,
        operation: impl FnOnce(&'a O) -> F,
    ) -> Operation<F> {
        let (progress, original) = match self {
            End::Original(original) => (Progress::of_original(), original),
            End::Explored(explored) => explored.begin(site),
        };
        Operation::new(progress, operation(original))
    }

    /// An operation that may wait, of which there is one at a time.
    #[inline]
    pub(super) fn operate_mut<'a, F: Future>(
        &'a mut self,
        site: Site,
        operation: impl FnOnce(&'a mut O) -> F,
    ) -> Operation<F> {
        let (progress, original) = match self {
            End::Original(original) => (Progress::of_original(), original),
            End::Explored(explored) => explored.begin_mut(site),
        };
        Operation::new(progress, operation(original))
    }

    /// Has an operation use it up.
    #[inline]
    pub(super) fn spend<R>(self, site: Site, operation: impl FnOnce(O) -> R) -> R {
        match self {
            End::Original(original) => operation(original),
            End::Explored(mut explored) => explored.spend(site, operation),
        }
    }
}

impl<O> ExploredEnd<O> {
    fn new(driver: Driver, original: O) -> Box<Self> {
        let user = if driver.is_seen() { User::none() } else { User(AtomicU32::new(0)) };
        let progress = Progress::of_original();
        Box::new(ExploredEnd { driver, original: Some(original), progress, user })
    }

    /// The original, which is used now.
    fn used(&self) -> &O {
        self.note_user();
        self.original.as_ref().expect("an end is there until it is dropped")
    }

    /// What stands behind the end, and the original, which is used now.
    pub(super) fn used_mut(&mut self) -> (&Driver, &mut O) {
        self.note_user();
        let original = self.original.as_mut();
        (&self.driver, original.expect("an end is there until it is dropped"))
    }

    /// The original, for an operation that does not wait. Out of the way, as all of an exploration
    /// is, so that the rest is inlined.
    #[cold]
    #[inline(never)]
    fn acted(&self, site: Site) -> &O {
        self.driver.come(site);
        self.used()
    }

    #[cold]
    #[inline(never)]
    fn acted_mut(&mut self, site: Site) -> &mut O {
        self.driver.come(site);
        self.used_mut().1
    }

    #[cold]
    #[inline(never)]
    fn change<R>(&self, site: Site, operation: impl FnOnce(&O) -> R) -> R {
        self.driver.change(site, || operation(self.used()))
    }

    #[cold]
    #[inline(never)]
    fn change_mut<R>(&mut self, site: Site, operation: impl FnOnce(&mut O) -> R) -> R {
        let (driver, original) = self.used_mut();
        driver.change(site, || operation(original))
    }

    /// An operation that may wait begins.
    #[cold]
    #[inline(never)]
    fn begin(&self, site: Site) -> (Progress, &O) {
        (Progress::new(&self.driver, site), self.used())
    }

    #[cold]
    #[inline(never)]
    fn begin_mut(&mut self, site: Site) -> (Progress, &mut O) {
        (Progress::new(&self.driver, site), self.used_mut().1)
    }

    fn note_user(&self) {
        if self.driver.is_seen() {
            self.user.note();
        }
    }

    /// Has an operation use it up.
    #[cold]
    #[inline(never)]
    fn spend<R>(&mut self, site: Site, operation: impl FnOnce(O) -> R) -> R {
        let original = self.original.take().expect("an end is there until it is used up");
        self.driver.change(site, || operation(original))
    }

    /// Polls what the end itself is. Nobody sees it going away any more once that is done.
    #[cold]
    #[inline(never)]
    pub(super) fn poll<R>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut O, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        self.note_user();
        let original = self.original.as_mut().expect("an end is there until it is dropped");
        let polled = self.progress.poll(cx, |cx| poll(original, cx));
        if polled.is_ready() {
            self.driver = Driver::Original;
        }
        polled
    }
}

impl<O: Clone> Clone for End<O> {
    #[track_caller]
    fn clone(&self) -> Self {
        End::new(self.driver(), self.act(at(&"clone"), O::clone))
    }
}

impl<O> Drop for ExploredEnd<O> {
    #[cold]
    fn drop(&mut self) {
        drop(std::mem::replace(&mut self.progress, Progress::of_original()));
        let Some(original) = self.original.take() else { return };
        if self.driver.is_seen() {
            note_ending(self.user.ending());
        }
        self.driver.let_go(|| drop(original));
    }
}

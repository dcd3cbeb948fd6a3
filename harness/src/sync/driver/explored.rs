//! What an operation that may wait has beside the original in an exploration.

use std::task::{Context, Poll};
use std::thread;

use super::Driver;
use crate::sync::site::{Comes, Site};
use crate::world::{
    Driving, NotedWait, Wait, driving, exempt, forget_wait, note_given_up, note_wait,
};

/// How far an operation has come that may wait. Outside an exploration, nobody asks: it is a word.
#[derive(Debug)]
pub(in crate::sync) struct Progress(Option<Box<Explored>>);

/// An operation of an exploration.
#[derive(Debug)]
pub(in crate::sync) struct Explored {
    pub(in crate::sync) driver: Driver,
    pub(in crate::sync) site: Site,
    has_begun: bool,
    /// Whether it is suspended before the operation takes effect.
    is_suspended: bool,
    /// Whether it began to wait without being polled.
    is_enabled: bool,
    /// Whether it holds something while code under test runs within it.
    runs: bool,
    /// Whether others came before or after its last look.
    has_come: bool,
    wait: Option<Wait>,
    /// Whether it has waited, and goes on now.
    has_waited: bool,
    /// When its task last waited for it.
    noted: Option<NotedWait>,
}

impl Progress {
    /// That of an operation of an original, outside an exploration.
    #[inline]
    pub(in crate::sync) fn of_original() -> Self {
        Progress(None)
    }

    /// It has not begun; it is asked for at a site.
    #[inline]
    pub(in crate::sync) fn new(driver: &Driver, site: Site) -> Self {
        Progress((!driver.is_original()).then(|| Explored::new(driver, site)))
    }

    /// What the operation has beside the original.
    #[inline]
    pub(in crate::sync) fn explored(&mut self) -> Option<&mut Explored> {
        self.0.as_deref_mut()
    }

    /// Polls the operation.
    #[inline]
    pub(in crate::sync) fn poll<R>(
        &mut self,
        cx: &mut Context<'_>,
        original: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        match self.explored() {
            None => original(cx),
            Some(explored) => explored.poll(cx, original),
        }
    }
}

impl Drop for Progress {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            end(self.0.take());
        }
    }
}

impl Explored {
    #[cold]
    #[inline(never)]
    fn new(driver: &Driver, site: Site) -> Box<Self> {
        let driver = driver.clone();
        Box::new(Explored {
            driver,
            site,
            has_begun: false,
            is_suspended: false,
            is_enabled: false,
            runs: false,
            has_come: true,
            wait: None,
            has_waited: false,
            noted: None,
        })
    }

    /// It begins to wait without being polled.
    pub(in crate::sync) fn enable(&mut self) {
        self.is_enabled = true;
        self.driver.publish();
    }

    /// Out of the way, so that what outside an exploration is left of an operation is inlined.
    #[cold]
    #[inline(never)]
    pub(in crate::sync) fn poll<R>(
        &mut self,
        cx: &mut Context<'_>,
        original: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        let poll = self.poll_or_begin(cx, original);
        self.settle(poll)
    }

    /// Polls the original, or suspends before it: then there is no poll.
    pub(super) fn poll_or_begin<R>(
        &mut self,
        cx: &mut Context<'_>,
        original: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Option<Poll<R>> {
        self.is_suspended = false;
        if !self.has_begun {
            self.has_begun = true;
            match &self.driver {
                Driver::Seen(_) if driving() == Driving::Steps => {
                    // What comes next is a step of its own.
                    self.is_suspended = true;
                    self.noted = Some(note_wait());
                    self.driver.note(self.site, Comes::Next);
                    cx.waker().wake_by_ref();
                    return None;
                }
                Driver::Original | Driver::Seen(_) => {}
                Driver::Thread(threaded) => threaded.turn.take(),
            }
        } else if let Driver::Thread(threaded) = &self.driver {
            self.has_come = threaded.turn.take_again();
        }
        if let Driver::Seen(seen) = &self.driver {
            seen.touch();
        }
        Some(exempt(cx, original))
    }

    /// Code under test runs within the operation, and is not ready: it waits for nothing but that.
    pub(super) fn stay<R>(&mut self) -> Poll<R> {
        self.runs = true;
        self.has_waited |= self.wait.take().is_some();
        Poll::Pending
    }

    /// Says what came of a poll.
    pub(super) fn settle<R>(&mut self, poll: Option<Poll<R>>) -> Poll<R> {
        let Some(poll) = poll else { return Poll::Pending };
        self.runs = false;
        if poll.is_pending() {
            self.noted = Some(note_wait());
            if self.wait.is_none() {
                self.driver.note(self.site, Comes::ToWait);
                self.wait = self.driver.wait(self.site);
            } else if !self.has_come {
                // What it was woken for is not what it waits for: others may have come in between.
                self.driver.publish();
            }
            return poll;
        }
        self.driver.note(self.site, Comes::ToPass);
        if self.wait.take().is_some() || self.has_waited {
            // Whoever let it go on has done things that are to be seen from here on.
            self.driver.publish();
        }
        self.driver.unblock();
        poll
    }
}

/// Who goes away is not waited with any more, and makes nothing for others, which they see. So does
/// whoever was notified, or will be, in place of one that was enabled. Out of the way, and freeing
/// the box with it.
#[cold]
#[inline(never)]
fn end(explored: Option<Box<Explored>>) {
    let Some(explored) = explored else { return };
    let Explored { driver, site, has_begun, is_suspended, is_enabled, runs, wait, noted, .. } =
        *explored;
    let is_given_up_at_once = noted.is_some_and(forget_wait) && is_suspended;
    if is_given_up_at_once && !thread::panicking() {
        note_given_up(site.line);
    }
    let is_seen = if driver.is_thread() { wait.is_some() || runs } else { has_begun };
    if is_seen {
        driver.publish();
        // They go on once the original has gone away too: nobody else runs before that.
        driver.unblock();
    }
    drop(wait);
    if is_enabled {
        driver.publish();
    }
}

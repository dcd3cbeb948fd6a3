//! Operations that block their thread.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use super::{Driver, Threaded};
use crate::sync::site::{Comes, Site};
use crate::world::{Driving, driving, exempt, unwind_if_for_ever};

/// That somebody blocks who keeps out those that come later.
struct Ahead<'a>(&'a AtomicUsize);

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// That somebody looks at what an object holds, on a thread of loom's.
#[derive(Debug)]
pub(in crate::sync) struct Lent(Driver);

/// That somebody changes what an object holds, on a thread of loom's.
#[must_use = "others may look at it once it is dropped"]
pub(in crate::sync) struct Alone<'a> {
    _ahead: Ahead<'a>,
    // Others go on once nobody is ahead of them.
    lent: Lent,
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        // What was done meanwhile is seen by who looks later.
        self.lent.0.publish();
    }
}

impl Lent {
    /// Stands before the end of the look.
    pub(in crate::sync) fn publish(&self) {
        self.0.publish();
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Driver::Thread(threaded) = &self.0 {
            threaded.lent.fetch_sub(1, Relaxed);
        }
        self.0.unblock();
    }
}

impl Driver {
    /// An operation that blocks its thread: how to try it, and the original.
    #[inline]
    pub(in crate::sync) fn block<R>(
        &self,
        site: Site,
        attempt: impl FnMut() -> Option<R>,
        original: impl FnOnce() -> R,
    ) -> R {
        match self {
            Driver::Original => original(),
            _ => self.block_explored(site, attempt, original),
        }
    }

    /// Out of the way, so that [`Driver::block`] is inlined.
    #[cold]
    #[inline(never)]
    fn block_explored<R>(
        &self,
        site: Site,
        mut attempt: impl FnMut() -> Option<R>,
        original: impl FnOnce() -> R,
    ) -> R {
        match self {
            Driver::Original => original(),
            Driver::Seen(seen) => {
                seen.touch();
                if let Some(result) = attempt() {
                    self.note(site, Comes::ToPass);
                    return result;
                }
                self.note(site, Comes::ToWait);
                if driving() == Driving::Steps {
                    unwind_if_for_ever(&seen.object, site.line);
                }
                original()
            }
            Driver::Thread(threaded) => self.retry(threaded, site, attempt),
        }
    }

    /// On a thread of loom's, tries each time behind a turn, and blocks until it succeeds.
    fn retry<R>(
        &self,
        threaded: &Threaded,
        site: Site,
        mut attempt: impl FnMut() -> Option<R>,
    ) -> R {
        loop {
            threaded.turn.take();
            if let Some(result) = attempt() {
                self.note(site, Comes::ToPass);
                return result;
            }
            self.block_once(site);
        }
    }

    /// On a thread of loom's, blocks until [`Driver::unblock`].
    pub(in crate::sync) fn block_once(&self, site: Site) {
        if let Driver::Thread(threaded) = self {
            self.note(site, Comes::ToWait);
            let _wait = self.wait(site);
            threaded.turn.block();
        }
    }

    /// The same for one that keeps out those that come later while it blocks, as writers do.
    #[inline]
    pub(in crate::sync) fn block_ahead<R>(
        &self,
        site: Site,
        mut attempt: impl FnMut() -> Option<R>,
        original: impl FnOnce() -> R,
    ) -> R {
        let mut ahead = None;
        let attempt = || {
            let result = attempt();
            if result.is_none() && ahead.is_none() {
                ahead = self.keep_out();
            }
            result
        };
        self.block(site, attempt, original)
    }

    /// Those that come later are kept out until this is dropped, on threads of loom's.
    fn keep_out(&self) -> Option<Ahead<'_>> {
        let Driver::Thread(threaded) = self else { return None };
        threaded.ahead.fetch_add(1, Relaxed);
        Some(Ahead(&threaded.ahead))
    }

    /// Whether somebody blocks who keeps out those that come later.
    pub(in crate::sync) fn is_kept_out(&self) -> bool {
        matches!(self, Driver::Thread(threaded) if threaded.ahead.load(Relaxed) > 0)
    }

    /// Somebody looks at what the object holds until this is dropped: on threads of loom's, who is
    /// to replace that has to wait for it here, not in the original, which would block them all.
    pub(in crate::sync) fn lend(&self) -> Option<Lent> {
        let Driver::Thread(threaded) = self else { return None };
        threaded.lent.fetch_add(1, Relaxed);
        Some(Lent(self.clone()))
    }

    /// Stands before a change of what the object holds, once nobody looks at that. Who is to look
    /// at it or change it later waits until this is dropped.
    #[inline]
    pub(in crate::sync) fn come_alone(&self, site: Site) -> Option<Alone<'_>> {
        match self {
            Driver::Thread(threaded) => {
                let is_alone = || (threaded.lent.load(Relaxed) == 0).then_some(());
                self.block_ahead(site, is_alone, || ());
                Some(Alone { _ahead: self.keep_out()?, lent: self.lend()? })
            }
            Driver::Original | Driver::Seen(_) => {
                self.come(site);
                None
            }
        }
    }

    /// Stands before a look at what the object holds, once nobody waits to change it.
    #[inline]
    pub(in crate::sync) fn come_to_look(&self, site: Site) {
        match self {
            Driver::Thread(threaded) => {
                self.retry(threaded, site, || (!self.is_kept_out()).then_some(()));
            }
            Driver::Original | Driver::Seen(_) => self.come(site),
        }
    }

    /// Lets those go first who wait to change what the object holds.
    pub(in crate::sync) fn let_ahead(&self, site: Site) {
        while self.is_kept_out() {
            // Had it come earlier, nobody would have been ahead.
            self.publish();
            if self.is_kept_out() {
                self.block_once(site);
                // What was done before is to be seen from here on.
                self.publish();
            }
        }
    }

    /// On a thread of loom's, blocks it and waits in the original's own queue meanwhile; elsewhere
    /// it does nothing.
    pub(in crate::sync) fn block_queued<F: Future>(
        &self,
        site: Site,
        waiting: impl FnOnce() -> F,
    ) -> Option<F::Output> {
        let Driver::Thread(threaded) = self else { return None };
        let mut waiting = pin!(waiting());
        // Whoever changes the object lets all go on who are blocked.
        let mut cx = Context::from_waker(Waker::noop());
        let attempt = || match exempt(&mut cx, |cx| waiting.as_mut().poll(cx)) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        };
        Some(self.retry(threaded, site, attempt))
    }
}

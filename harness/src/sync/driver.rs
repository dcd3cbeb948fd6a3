//! What stands behind an object, settled when it is made.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Guard;
use crate::world::{
    Driving, Hold, Holdable, Line, Turn, Visible, Wait, current_lane, driving, exempt, note_wait,
    stepping_lane, unwind_if_for_ever, watched,
};

/// Stands before each operation of an object. Clones stand behind the same object.
#[derive(Debug, Clone)]
pub(super) enum Driver {
    /// Nothing does.
    Original,
    /// Each operation is seen, and each async one is perhaps a step before it takes effect.
    Seen(Arc<Seen>),
    /// Each operation is one that other threads come before or after.
    Thread(Arc<Threaded>),
}

/// An object of a search.
#[derive(Debug)]
pub(super) struct Seen {
    object: Arc<Holdable>,
    visible: Visible,
    /// Whether its async operations are steps.
    is_step: bool,
}

/// An object of threads.
#[derive(Debug)]
pub(super) struct Threaded {
    turn: Turn,
    object: Arc<Holdable>,
}

/// How far an operation has come that may wait.
#[derive(Debug)]
pub(super) struct Progress {
    line: Line,
    /// In an exploration, once it has begun.
    begun: Option<Box<Begun>>,
}

#[derive(Debug, Default)]
struct Begun {
    wait: Option<Wait>,
    /// What stands before its end, if it is given up.
    driver: Option<Driver>,
}

impl Progress {
    /// It has not begun; `line` asks for it.
    #[inline]
    pub(super) fn new(line: Line) -> Self {
        Progress { line, begun: None }
    }
}

impl Drop for Progress {
    #[inline]
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            begun.end();
        }
    }
}

impl Begun {
    /// Who goes away is not waited with any more, and makes nothing for others, which they see.
    #[cold]
    #[allow(clippy::boxed_local, reason = "freeing the box is kept out of the way too")]
    fn end(self: Box<Self>) {
        match &self.driver {
            Some(Driver::Thread(_)) if self.wait.is_none() => {}
            Some(driver) => driver.publish(),
            None => {}
        }
    }
}

pin_project! {
    /// An operation that may wait. A future of its own: an `async fn` would move the original once
    /// more, which outside an exploration is half of what an operation costs.
    #[must_use = "an operation is done by awaiting it"]
    pub(super) struct Operation<'a, F> {
        driver: &'a Driver,
        progress: Progress,
        #[pin]
        original: F,
    }
}

impl<F: Future> Future for Operation<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.driver.poll(this.progress, cx, |cx| this.original.poll(cx))
    }
}

pin_project! {
    /// An operation that may wait and ends with something to hold.
    #[must_use = "an operation is done by awaiting it"]
    pub(super) struct Taking<'a, F> {
        #[pin]
        operation: Operation<'a, F>,
    }
}

impl<F: Future> Future for Taking<'_, F> {
    type Output = Guard<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let operation = self.project().operation;
        let (driver, line) = (operation.driver, operation.progress.line);
        operation.poll(cx).map(|original| Guard::new(driver, line, original))
    }
}

impl Driver {
    /// That of the exploration that the calling thread is in, if it is in one. `what` is the name
    /// of the object's type.
    pub(super) fn current(what: &'static str) -> Self {
        match (Turn::here(), driving()) {
            (Some(turn), _) => {
                let object = Arc::new(Holdable::new(what));
                Driver::Thread(Arc::new(Threaded { turn, object }))
            }
            (None, Driving::Nothing) => Driver::Original,
            (None, driving) => {
                let (object, is_step) = (Arc::new(Holdable::new(what)), driving == Driving::Steps);
                Driver::Seen(Arc::new(Seen { object, visible: Visible::new(), is_step }))
            }
        }
    }

    /// Whoever is here holds the object from now on.
    pub(super) fn hold(&self, line: Line) -> Option<Hold> {
        match self {
            Driver::Original => None,
            Driver::Seen(seen) => Some(seen.object.hold(stepping_lane(), line)),
            Driver::Thread(threaded) => Some(threaded.object.hold(current_lane(), line)),
        }
    }

    /// Whoever is here waits for the object from now on.
    fn wait(&self, line: Line) -> Option<Wait> {
        match self {
            Driver::Original => None,
            Driver::Seen(seen) => Some(seen.object.wait(stepping_lane(), line)),
            Driver::Thread(threaded) => Some(threaded.object.wait(current_lane(), line)),
        }
    }

    /// An operation that may wait.
    #[inline]
    pub(super) fn operate<F: Future>(&self, line: Line, original: F) -> Operation<'_, F> {
        Operation { driver: self, progress: Progress::new(line), original }
    }

    /// An operation that may wait, and that ends with something to hold.
    #[inline]
    pub(super) fn take<F: Future>(&self, line: Line, original: F) -> Taking<'_, F> {
        Taking { operation: self.operate(line, original) }
    }

    /// An operation that may wait or, while `runs` says so, run something of the code under test.
    pub(super) async fn operate_or_run<F: Future>(
        &self,
        line: Line,
        runs: &AtomicBool,
        operation: F,
    ) -> F::Output {
        if let Driver::Original = self {
            return operation.await;
        }
        let (mut operation, mut progress) = (pin!(operation), Progress::new(line));
        poll_fn(|cx| {
            let poll = self.poll_or_begin(&mut progress, cx, |cx| operation.as_mut().poll(cx));
            if poll.as_ref().is_some_and(Poll::is_pending) && runs.load(Relaxed) {
                return Poll::Pending;
            }
            self.settle(&mut progress, poll)
        })
        .await
    }

    /// Something of the code under test, inside an operation.
    pub(super) async fn run<F: Future>(&self, future: F) -> F::Output {
        if let Driver::Original = self {
            return future.await;
        }
        let mut future = pin!(future);
        poll_fn(|cx| watched(cx, |cx| future.as_mut().poll(cx))).await
    }

    /// Polls an operation that may wait.
    #[inline]
    pub(super) fn poll<R>(
        &self,
        progress: &mut Progress,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        if let Driver::Original = self {
            return operation(cx);
        }
        self.poll_explored(progress, cx, operation)
    }

    /// Out of the way, so that what outside an exploration is left of [`Driver::poll`] is inlined.
    #[cold]
    #[inline(never)]
    fn poll_explored<R>(
        &self,
        progress: &mut Progress,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        let poll = self.poll_or_begin(progress, cx, operation);
        self.settle(progress, poll)
    }

    /// Polls an operation, or suspends before it: then there is no poll.
    fn poll_or_begin<R>(
        &self,
        progress: &mut Progress,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Option<Poll<R>> {
        if progress.begun.is_none() {
            let driver = Some(self.clone());
            progress.begun = Some(Box::new(Begun { wait: None, driver }));
            match self {
                Driver::Seen(seen) if seen.is_step => {
                    // What comes next is a step of its own.
                    note_wait();
                    cx.waker().wake_by_ref();
                    return None;
                }
                Driver::Original | Driver::Seen(_) => {}
                Driver::Thread(threaded) => threaded.turn.take(),
            }
        }
        if let Driver::Seen(seen) = self {
            seen.touch();
        }
        Some(exempt(cx, operation))
    }

    /// Says what came of a poll.
    fn settle<R>(&self, progress: &mut Progress, poll: Option<Poll<R>>) -> Poll<R> {
        let begun = progress.begun.get_or_insert_default();
        match poll {
            None => Poll::Pending,
            Some(Poll::Pending) => {
                note_wait();
                begun.wait = begun.wait.take().or_else(|| self.wait(progress.line));
                Poll::Pending
            }
            Some(ready) => {
                if begun.wait.take().is_some() {
                    // Whoever let it go on has done things that are to be seen from here on.
                    self.publish();
                }
                self.unblock();
                ready
            }
        }
    }

    /// An operation that does not wait.
    #[inline]
    pub(super) fn act<R>(&self, operation: impl FnOnce() -> R) -> R {
        self.publish();
        operation()
    }

    /// An operation that does not wait, and may let those go on who are blocked.
    #[inline]
    pub(super) fn change<R>(&self, operation: impl FnOnce() -> R) -> R {
        let result = self.act(operation);
        self.unblock();
        result
    }

    /// An operation that blocks its thread: how to try it, and the original.
    #[inline]
    pub(super) fn block<R>(
        &self,
        line: Line,
        mut attempt: impl FnMut() -> Option<R>,
        original: impl FnOnce() -> R,
    ) -> R {
        let threaded = match self {
            Driver::Original => return original(),
            Driver::Seen(seen) => {
                seen.touch();
                if let Some(result) = attempt() {
                    return result;
                }
                if seen.is_step {
                    unwind_if_for_ever(&seen.object, line);
                }
                return original();
            }
            Driver::Thread(threaded) => threaded,
        };
        loop {
            threaded.turn.take();
            if let Some(result) = attempt() {
                return result;
            }
            self.block_once(line);
        }
    }

    /// On a thread of loom's, blocks until [`Driver::unblock`].
    pub(super) fn block_once(&self, line: Line) {
        if let Driver::Thread(threaded) = self {
            let _wait = self.wait(line);
            threaded.turn.block();
        }
    }

    /// Lets those go on who are blocked.
    #[inline]
    pub(super) fn unblock(&self) {
        match self {
            Driver::Original => {}
            Driver::Seen(seen) => seen.touch(),
            Driver::Thread(threaded) => threaded.turn.unblock(),
        }
    }

    /// Stands before something that others are about to see.
    #[inline]
    pub(super) fn publish(&self) {
        match self {
            Driver::Original => {}
            Driver::Seen(seen) => seen.touch(),
            Driver::Thread(threaded) => threaded.turn.take(),
        }
    }

    /// Whether nothing stands before the operations: then they need not go through this.
    #[inline]
    pub(super) fn is_original(&self) -> bool {
        matches!(self, Driver::Original)
    }

    /// Whether a search sees its operations.
    #[inline]
    pub(super) fn is_seen(&self) -> bool {
        matches!(self, Driver::Seen(_))
    }

    /// Whether threads of loom's come in between operations.
    #[inline]
    pub(super) fn is_thread(&self) -> bool {
        matches!(self, Driver::Thread(_))
    }
}

impl Seen {
    fn touch(&self) {
        self.visible.is_written();
    }
}

//! What drives the code that runs on this thread: nothing of ours, or an exploration that sees the
//! operations of `sync`.

use std::cell::Cell;
use std::task::Poll;

use super::foreign::exempt;
use super::holds::Line;

/// What an object of `sync` that is made now is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driving {
    /// The original.
    Nothing,
    /// The original, and who waits for it and who holds it is told.
    Named,
    /// One whose operations are seen, each within the step that comes to it.
    Seen,
    /// One whose every async operation is a step.
    Steps,
    /// One whose every operation other threads of loom's come before or after.
    Threads,
}

thread_local! {
    static DRIVING: Cell<Driving> = const { Cell::new(Driving::Nothing) };
    static WAITS: Cell<Waits> = const { Cell::new(Waits { poll: 0, count: 0 }) };
    static GIVEN_UP: Cell<Option<Line>> = const { Cell::new(None) };
    static POLLS: Cell<u64> = const { Cell::new(0) };
}

/// For how many things that the engine knows of the task that runs waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waits {
    /// No other poll has this number.
    poll: u64,
    count: usize,
}

/// That a task waits for something, in one of its polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotedWait {
    poll: u64,
}

/// What an object of `sync` that is made now is to be.
#[inline]
pub(crate) fn driving() -> Driving {
    DRIVING.get()
}

pub(super) fn drive(driving: Driving) {
    DRIVING.set(driving);
}

/// Says that the running task waits for something that the engine knows of.
pub(crate) fn note_wait() -> NotedWait {
    let Waits { poll, count } = WAITS.get();
    WAITS.set(Waits { poll, count: count + 1 });
    NotedWait { poll }
}

/// What a task waited for goes away. If that was in the poll that runs, it does not wait for that.
/// Says whether it was.
pub(crate) fn forget_wait(noted: NotedWait) -> bool {
    let Waits { poll, count } = WAITS.get();
    let is_present = poll == noted.poll;
    if is_present {
        WAITS.set(Waits { poll, count: count.saturating_sub(1) });
    }
    is_present
}

/// Says that an operation was given up in the poll that suspended before it.
pub(crate) fn note_given_up(line: Line) {
    GIVEN_UP.set(Some(line));
}

/// Such an operation, if there was one since this was last asked.
pub(super) fn take_given_up() -> Option<Line> {
    GIVEN_UP.take()
}

/// Goes on counting for a task where it was stopped, for another to run in between.
#[cfg(feature = "loom")]
pub(super) fn put_waits(waits: Waits) {
    WAITS.set(waits);
}

/// Stops counting for a task, and begins for another.
pub(super) fn replace_waits() -> Waits {
    let poll = POLLS.get() + 1;
    POLLS.set(poll);
    WAITS.replace(Waits { poll, count: 0 })
}

/// For how many things the task waits that has run since this was last asked.
pub(super) fn take_waits() -> usize {
    replace_waits().count
}

/// Suspends once and is ready again at once: what comes next is a step of its own.
pub(crate) async fn begin_step() {
    let mut begun = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut begun, true) {
            return Poll::Ready(());
        }
        note_wait();
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits for `operation`, which the engine knows of.
pub(crate) async fn wait_for<F: Future>(operation: F) -> F::Output {
    let mut operation = std::pin::pin!(operation);
    std::future::poll_fn(|cx| {
        let poll = exempt(cx, |cx| operation.as_mut().poll(cx));
        if poll.is_pending() {
            note_wait();
        }
        poll
    })
    .await
}

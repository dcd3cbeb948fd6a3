//! What drives the code that runs on this thread: nothing of ours, or an exploration that sees the
//! operations of `sync`.

use std::cell::Cell;
use std::task::Poll;

use super::foreign::exempt;

/// What an object of `sync` that is made now is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driving {
    /// The original.
    Nothing,
    /// One whose operations are seen, each within the step that comes to it.
    Seen,
    /// One whose every async operation is a step.
    Steps,
    /// One whose every operation other threads of loom's come before or after.
    Threads,
}

thread_local! {
    static DRIVING: Cell<Driving> = const { Cell::new(Driving::Nothing) };
    /// For how many things that the engine knows of the task that runs waits.
    static WAITS: Cell<usize> = const { Cell::new(0) };
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
pub(crate) fn note_wait() {
    WAITS.set(WAITS.get() + 1);
}

/// How often that was said and not asked since; for when another thread runs in between.
#[cfg(feature = "loom")]
pub(super) fn put_waits(waits: usize) {
    WAITS.set(waits);
}

/// How often that was said since it was last asked.
pub(super) fn take_waits() -> usize {
    WAITS.take()
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

//! Notices what tokio's locks and channels do that are not behind `sync`.
//!
//! tokio gives each task a budget, and every async operation of its locks and channels that
//! completes takes one unit of it (`tokio::task::coop`). So a task is polled with a budget that is
//! known, and counted afterwards. The operations of `sync` are exempt. Where a single poll takes
//! all of it, the next operation suspends, as it may on a runtime.
//!
//! Not noticed: what does not take part in tokio's budget. That is `Notify`, what is not async
//! (`try_lock`, `send`), and whatever is not tokio's.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::task::LocalSet;
use tokio::task::coop::{RestoreOnPending, has_budget_remaining, poll_proceed, unconstrained};

/// The budget of a poll.
const UNITS: usize = 16;

thread_local! {
    /// What sets the thread's budget to one unit more than that when it is dropped.
    static SPARE: RefCell<Option<RestoreOnPending>> = const { RefCell::new(None) };
    /// Whether what runs is watched.
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    /// Whether an operation went through since that was last asked.
    static WAS_USED: Cell<bool> = const { Cell::new(false) };
}

/// Polls something that must not use locks of tokio's; [`take_use`] says whether it did.
pub(crate) fn watched<R>(
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
) -> Poll<R> {
    // Afterwards, the budget is what it was before.
    exempt(cx, |cx| {
        let _end = Watch::begin(true);
        allot();
        let poll = poll(cx);
        note_use();
        poll
    })
}

/// Polls an operation that the engine knows of: it takes nothing of the budget.
pub(crate) fn exempt<R>(
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
) -> Poll<R> {
    let mut poll = Some(poll);
    let _end = Watch::begin(false);
    let once = std::future::poll_fn(|cx| match poll.take() {
        Some(poll) => poll(cx),
        None => unreachable!("it is polled once"),
    });
    pin!(unconstrained(once)).poll(cx)
}

/// What the watch was before, put back when this is dropped.
struct Watch {
    was_on: bool,
}

impl Watch {
    fn begin(is_on: bool) -> Self {
        Watch { was_on: IS_WATCHED.replace(is_on) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        IS_WATCHED.set(self.was_on);
    }
}

/// Whether an operation of tokio's went through since this was last asked.
pub(super) fn take_use() -> bool {
    WAS_USED.replace(false)
}

/// What is known of a task while another one runs.
#[cfg(feature = "loom")]
pub(super) struct Paused {
    is_watched: bool,
    was_used: bool,
}

/// Stops looking at a task, for another one to run on this thread.
#[cfg(feature = "loom")]
pub(super) fn pause() -> Paused {
    note_use();
    Paused { is_watched: IS_WATCHED.replace(false), was_used: take_use() }
}

/// Goes on looking.
#[cfg(feature = "loom")]
pub(super) fn go_on(paused: Paused) {
    IS_WATCHED.set(paused.is_watched);
    WAS_USED.set(paused.was_used);
    allot();
}

/// If the task that runs is watched, notes whether anything of the budget is spent, and spends the
/// rest.
fn note_use() {
    if IS_WATCHED.get() && drain() < UNITS {
        WAS_USED.set(true);
    }
}

/// Sets the budget.
fn allot() {
    drop(SPARE.take().unwrap_or_else(spare));
    // The next time's is made of what there is now, and takes the unit that is too much.
    SPARE.set(Some(take_unit()));
}

fn take_unit() -> RestoreOnPending {
    match poll_proceed(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(restore) => restore,
        Poll::Pending => unreachable!("there is budget left"),
    }
}

/// Spends what is left, and returns how much that was.
fn drain() -> usize {
    let mut units = 0;
    while has_budget_remaining() && units <= UNITS {
        take_unit().made_progress();
        units += 1;
    }
    units
}

/// Only a task that tokio runs has a budget to begin with.
fn spare() -> RestoreOnPending {
    let found = Rc::new(RefCell::new(None));
    let place = Rc::clone(&found);
    let tasks = LocalSet::new();
    tasks.spawn_local(async move {
        let mut latest = Vec::new();
        while has_budget_remaining() {
            let unit = take_unit();
            latest.push(unit);
        }
        // Each remembers the budget before it: the last one unit, the one before it two.
        let index = latest.len().checked_sub(UNITS + 1).expect("tokio's budget is larger");
        *place.borrow_mut() = Some(latest.swap_remove(index));
        latest.iter().for_each(RestoreOnPending::made_progress);
    });
    let _ = pin!(tasks).poll(&mut Context::from_waker(Waker::noop()));
    found.take().expect("tokio runs a task that is ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::task::Poll::{Pending, Ready};

    fn uses(future: impl Future<Output = ()>) -> (Poll<()>, bool) {
        take_use();
        let mut future = pin!(future);
        let poll = watched(&mut Context::from_waker(Waker::noop()), |cx| future.as_mut().poll(cx));
        (poll, take_use())
    }

    async fn lock() {
        let mutex = tokio::sync::Mutex::new(());
        drop(mutex.lock().await);
    }

    #[test]
    fn an_operation_that_completes_is_noticed_each_time() {
        assert_eq!(uses(lock()), (Ready(()), true));
        assert_eq!(uses(lock()), (Ready(()), true));
        assert_eq!(uses(async {}), (Ready(()), false));
    }

    /// It is not suspended for that, unless there are very many.
    #[test]
    fn a_poll_may_have_several() {
        let several = |count| async move {
            for _ in 0..count {
                lock().await;
            }
        };
        assert_eq!(uses(several(2)), (Ready(()), true));
        assert_eq!(uses(several(UNITS)), (Ready(()), true));
        assert_eq!(uses(several(UNITS + 1)), (Pending, true));
    }

    #[test]
    fn what_is_exempt_is_not_noticed_and_what_it_runs_is() {
        let exempted = std::future::poll_fn(|cx| exempt(cx, |cx| pin!(lock()).poll(cx)));
        assert_eq!(uses(exempted), (Ready(()), false));
        let within =
            |cx: &mut Context<'_>| exempt(cx, |cx| watched(cx, |cx| pin!(lock()).poll(cx)));
        assert_eq!(uses(std::future::poll_fn(within)), (Ready(()), true));
    }

    /// Outside, there is no budget, before and after.
    #[test]
    fn nothing_is_left_behind() {
        for _ in 0..3 {
            assert_eq!(uses(lock()), (Ready(()), true));
            let mut many = pin!(async {
                for _ in 0..300 {
                    lock().await;
                }
            });
            let poll = many.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(poll.is_ready());
        }
    }
}

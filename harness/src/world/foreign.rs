//! Notices what tokio's locks and channels do that are not behind `sync`.
//!
//! tokio gives each task a budget, and every async operation of its locks and channels that
//! completes takes one unit of it (`tokio::task::coop`). So a task is polled with a budget of one:
//! if that is spent afterwards, such an operation went through. A second one of the same poll has
//! to suspend first, as it may on a runtime. The operations of `sync` are exempt.
//!
//! Not noticed: what does not take part in tokio's budget. That is `Notify`, what is not async
//! (`try_lock`, `send`), and whatever is not tokio's.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::task::LocalSet;
use tokio::task::coop::{RestoreOnPending, has_budget_remaining, poll_proceed, unconstrained};

thread_local! {
    /// What sets the thread's budget to two units when it is dropped.
    static TWO_UNITS: RefCell<Option<RestoreOnPending>> = const { RefCell::new(None) };
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
    let once = std::future::poll_fn(|cx| match poll.take() {
        Some(poll) => poll(cx),
        None => unreachable!("it is polled once"),
    });
    pin!(unconstrained(once)).poll(cx)
}

/// Whether an operation of tokio's went through since this was last asked.
pub(super) fn take_use() -> bool {
    WAS_USED.replace(false)
}

/// Says that one went through; for when another thread runs in between.
#[cfg(feature = "loom")]
pub(super) fn put_use(was_used: bool) {
    WAS_USED.set(was_used);
}

/// Notes whether the budget is spent.
pub(super) fn note_use() {
    if !has_budget_remaining() {
        WAS_USED.set(true);
    }
}

/// Sets the budget to one unit.
pub(super) fn allot() {
    drop(TWO_UNITS.take().unwrap_or_else(two_units));
    // The next time's is taken from the two units that there are now: one is left.
    TWO_UNITS.set(Some(proceed()));
}

fn proceed() -> RestoreOnPending {
    match poll_proceed(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(restore) => restore,
        Poll::Pending => unreachable!("there is budget left"),
    }
}

/// Only a task that tokio runs has a budget to begin with.
fn two_units() -> RestoreOnPending {
    let found = Rc::new(RefCell::new(None));
    let tasks = LocalSet::new();
    let place = Rc::clone(&found);
    tasks.spawn_local(async move {
        loop {
            let before = proceed();
            before.made_progress();
            drop(before);
            if is_two_units() {
                break;
            }
        }
        *place.borrow_mut() = Some(proceed());
    });
    let _ = pin!(tasks).poll(&mut Context::from_waker(Waker::noop()));
    found.take().expect("tokio runs a task that is ready")
}

/// Whether exactly two units are left: two can be taken, which are given back.
fn is_two_units() -> bool {
    let first = proceed();
    if !has_budget_remaining() {
        return false;
    }
    let second = proceed();
    let is_spent = !has_budget_remaining();
    drop(second);
    drop(first);
    is_spent
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

    /// It suspends before the second, and goes on from there.
    #[test]
    fn a_poll_has_at_most_one() {
        let two = async {
            lock().await;
            lock().await;
        };
        assert_eq!(uses(two), (Pending, true));
    }

    #[test]
    fn what_is_exempt_is_not_noticed_and_what_it_runs_is() {
        let exempted = std::future::poll_fn(|cx| exempt(cx, |cx| pin!(lock()).poll(cx)));
        assert_eq!(uses(exempted), (Ready(()), false));
        let within = |cx: &mut Context<'_>| exempt(cx, |cx| watched(cx, |cx| pin!(lock()).poll(cx)));
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

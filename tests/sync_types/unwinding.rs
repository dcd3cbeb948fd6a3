//! At level `thread`, what destructors do while a panic unwinds that is caught is done for whoever
//! comes after it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use authloom::prove::{Conclusion, Level};
use authloom::report;
use authloom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use authloom::sync::blocking::{self, PoisonError};
use authloom::sync::{Mutex, Notify};

use crate::support::{Calls, assert_broken, assert_proved, calls, explore};

/// What a destructor does while a panic unwinds that is caught.
struct InDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for InDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn while_unwinding(does: impl FnMut()) {
    let in_drop = InDrop(does);
    let caught = catch_unwind(AssertUnwindSafe(move || {
        let _in_drop = in_drop;
        panic!("is caught");
    }));
    assert!(caught.is_err());
}

/// Each takes the lock at most once; the first does so while it unwinds.
fn locks_while_unwinding(taken: fn(&AtomicBool) -> bool) -> Calls {
    calls((AtomicBool::new(false), AtomicU32::new(0)), move |shared, number| async move {
        let (is_locked, inside) = &*shared;
        let mut has_locked = false;
        if number == 0 {
            while_unwinding(|| has_locked = !taken(is_locked));
        } else {
            has_locked = !taken(is_locked);
        }
        if has_locked {
            assert_eq!(inside.fetch_add(1, Ordering::AcqRel), 0, "both are inside");
        }
    })
}

/// What was published is seen by who looks while it unwinds.
fn looks_while_unwinding() -> Calls {
    calls((AtomicU32::new(0), AtomicBool::new(false)), move |shared, number| async move {
        let (token, is_there) = &*shared;
        if number == 0 {
            token.store(1, Ordering::Relaxed);
            is_there.store(true, Ordering::Release);
            return;
        }
        let mut has_seen = false;
        while_unwinding(|| has_seen = is_there.load(Ordering::Acquire));
        if has_seen {
            assert_eq!(token.load(Ordering::Relaxed), 1, "the former token");
        }
    })
}

/// The first fails while it has the lock, which is let go of by `lets_go`.
fn fails_under_a_flag(lets_go: fn(&AtomicBool)) -> Calls {
    calls(
        (AtomicBool::new(false), AtomicU32::new(0), Notify::new()),
        move |shared, number| async move {
            let (is_refreshing, inside, freed) = &*shared;
            while is_refreshing.swap(true, Ordering::AcqRel) {
                freed.notified().await;
            }
            let lets_go = || {
                lets_go(is_refreshing);
                freed.notify_one();
            };
            if number == 0 {
                while_unwinding(lets_go);
            } else {
                assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0, "both are inside");
                inside.fetch_sub(1, Ordering::Relaxed);
                lets_go();
            }
        },
    )
}

/// The first fails between two parts of what a lock keeps together; the guard goes with it.
fn fails_under_a_lock(puts_in_order: bool) -> Calls {
    calls(
        (Mutex::new(()), AtomicU32::new(0), AtomicU32::new(0)),
        move |shared, number| async move {
            let (lock, first, second) = &*shared;
            let guard = if puts_in_order { Some(lock.lock().await) } else { None };
            if number == 0 {
                first.store(1, Ordering::Relaxed);
                second.store(1, Ordering::Relaxed);
                let mut guard = guard;
                while_unwinding(|| drop(guard.take()));
            } else {
                let (one, other) = (first.load(Ordering::Relaxed), second.load(Ordering::Relaxed));
                assert_eq!(one, other, "half of it");
            }
        },
    )
}

/// The first fails under a lock, and puts back what it has changed while it unwinds.
fn puts_back() -> Calls {
    calls((blocking::Mutex::new(()), AtomicBool::new(false)), move |shared, number| async move {
        let (lock, is_refreshing) = &*shared;
        let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
        if number == 0 {
            is_refreshing.store(true, Ordering::Relaxed);
            while_unwinding(|| is_refreshing.store(false, Ordering::Relaxed));
            drop(guard);
        } else {
            assert!(!is_refreshing.load(Ordering::Relaxed), "nobody has the lock");
        }
    })
}

const RIGHT: [fn() -> Calls; 6] = [
    || locks_while_unwinding(|is_locked| is_locked.swap(true, Ordering::AcqRel)),
    || locks_while_unwinding(|is_locked| is_locked.swap(true, Ordering::SeqCst)),
    looks_while_unwinding,
    || fails_under_a_flag(|is_refreshing| assert!(is_refreshing.swap(false, Ordering::Release))),
    || fails_under_a_lock(true),
    puts_back,
];

#[test]
fn what_was_done_while_unwinding_is_seen() {
    for right in RIGHT {
        assert_proved(Level::Thread, right);
    }
    let right: fn() -> Calls =
        || fails_under_a_flag(|is_refreshing| is_refreshing.store(false, Ordering::Release));
    let verdict = explore(Level::Thread, right);
    let text = report::verdict_text(&verdict);
    let violation = verdict.conclusion.violation();
    let is_doubted = violation.is_none_or(|one| one.recording.reservation.is_some());
    assert!(is_doubted && !matches!(verdict.conclusion, Conclusion::Incomplete(_)), "{text}");
}

#[test]
fn what_was_not_put_in_order_before_is_not_seen() {
    let wrong: fn() -> Calls = || fails_under_a_lock(false);
    assert_broken(Level::Thread, "never-panics", wrong);
}

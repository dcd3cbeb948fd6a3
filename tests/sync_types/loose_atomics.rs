//! At level `thread`, atomics do more than C++ allows: what is found only there is doubted.

use authloom::prove::{Level, Reservation, Verdict};
use authloom::report;
use authloom::sync::Notify;
use authloom::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use authloom::sync::blocking::{self, PoisonError};

use crate::support::{Calls, assert_proved, calls, explore, replay};

/// Each says that it comes, and goes in unless the other has said so. With `SeqCst`, one of them
/// sees the other.
fn says_and_looks(says: fn(&AtomicBool), looks: Ordering) -> Calls {
    calls(
        ([AtomicBool::new(false), AtomicBool::new(false)], AtomicU32::new(0)),
        move |shared, number| async move {
            let (comes, inside) = &*shared;
            says(&comes[number]);
            if !comes[1 - number].load(looks) {
                assert_eq!(inside.fetch_add(1, Ordering::AcqRel), 0, "both are inside");
            }
        },
    )
}

/// Peterson's lock, tried once and never let go of.
fn gives_way_or_goes_in() -> Calls {
    calls(
        ([AtomicBool::new(false), AtomicBool::new(false)], AtomicU32::new(0), AtomicU32::new(0)),
        move |shared, number| async move {
            let (comes, gives_way, inside) = &*shared;
            comes[number].store(true, Ordering::SeqCst);
            gives_way.store(number as u32, Ordering::SeqCst);
            let is_alone = !comes[1 - number].load(Ordering::SeqCst);
            if is_alone || gives_way.load(Ordering::SeqCst) != number as u32 {
                assert_eq!(inside.fetch_add(1, Ordering::AcqRel), 0, "both are inside");
            }
        },
    )
}

/// A lock that is taken by `swap`, with whatever lets go of it.
fn locks(lets_go: fn(&AtomicBool)) -> Calls {
    calls((AtomicBool::new(false), AtomicU32::new(0), Notify::new()), move |shared, _| async move {
        let (is_locked, inside, freed) = &*shared;
        while is_locked.swap(true, Ordering::AcqRel) {
            freed.notified().await;
        }
        assert_eq!(inside.load(Ordering::Relaxed), 0, "both are inside");
        inside.store(1, Ordering::Relaxed);
        inside.store(0, Ordering::Relaxed);
        lets_go(is_locked);
        freed.notify_one();
    })
}

/// The first publishes tokens up to a last one, and then that there is one; whoever sees that has
/// to see one. All are kept, so that it may be the first value that is seen.
fn publishes(last: u32, order: Ordering) -> Calls {
    calls((AtomicU32::new(0), AtomicBool::new(false)), move |shared, number| async move {
        let (token, is_there) = &*shared;
        if number == 0 {
            (1..=last).for_each(|value| token.store(value, Ordering::Relaxed));
            is_there.store(true, order);
        } else if is_there.load(Ordering::Acquire) {
            assert_ne!(token.load(Ordering::Relaxed), 0, "no token");
        }
    })
}

fn reservation(verdict: &Verdict) -> Option<Reservation> {
    let text = report::verdict_text(verdict);
    let violation = verdict.conclusion.violation().unwrap_or_else(|| panic!("{text}"));
    let reservation = violation.recording.reservation.clone();
    assert_eq!(text.contains("\n  in doubt: "), reservation.is_some(), "{text}");
    reservation
}

/// Adds one in two holds of a lock, beside much that is stored.
fn adds_in_two_holds() -> Calls {
    calls((blocking::Mutex::new(0), AtomicU32::new(0)), move |shared, _| async move {
        let metric = AtomicU32::new(0);
        (0..200).for_each(|value| metric.store(value, Ordering::Relaxed));
        let (count, ended) = &*shared;
        let read = *count.lock().unwrap_or_else(PoisonError::into_inner);
        *count.lock().unwrap_or_else(PoisonError::into_inner) = read + 1;
        if ended.fetch_add(1, Ordering::AcqRel) == 1 {
            assert_eq!(*count.lock().unwrap_or_else(PoisonError::into_inner), 2);
        }
    })
}

/// Looks, and adds; who ends last stores something.
fn stores_at_last() -> Calls {
    calls((AtomicU32::new(0), AtomicU32::new(0)), move |shared, _| async move {
        let (count, ended) = &*shared;
        if count.load(Ordering::Acquire) == 0 {
            count.fetch_add(1, Ordering::AcqRel);
        }
        if ended.fetch_add(1, Ordering::AcqRel) == 1 {
            assert_eq!(count.load(Ordering::Acquire), 1, "both have added");
            ended.store(0, Ordering::Release);
        }
    })
}

/// Who signs out marks a refresh that is under way as cancelled; who refreshes looks whether
/// somebody has signed out. Each may miss the other: an exchange that fails is a load.
fn cancels_or_looks() -> Calls {
    calls(
        (AtomicU32::new(0), AtomicBool::new(false), AtomicU32::new(0)),
        move |shared, number| async move {
            let (state, signed_out, missed) = &*shared;
            let has_missed = if number == 0 {
                signed_out.store(true, Ordering::Relaxed);
                state.compare_exchange(1, 2, Ordering::AcqRel, Ordering::Acquire).is_err()
            } else {
                state.store(1, Ordering::Relaxed);
                !signed_out.swap(false, Ordering::AcqRel)
            };
            if has_missed {
                assert_eq!(missed.fetch_add(1, Ordering::AcqRel), 0, "neither saw the other");
            }
        },
    )
}

/// Who has replaced a value never reads it again, whatever the other has stored meanwhile.
fn replaces_and_reads() -> Calls {
    calls(AtomicU32::new(0), move |shared, number| async move {
        if number == 0 {
            shared.store(1, Ordering::Relaxed);
        } else {
            let former = shared.swap(2, Ordering::Relaxed);
            assert_ne!(shared.load(Ordering::Relaxed), former);
        }
    })
}

/// One looks; the other looks and stores, first of all or after that.
fn looks_or_stores(looks_only: usize) -> Calls {
    calls(AtomicBool::new(false), move |shared, number| async move {
        let is_refreshing = shared.load(Ordering::Acquire);
        if number == looks_only {
            assert!(!is_refreshing, "the other is refreshing");
        } else {
            shared.store(true, Ordering::Release);
        }
    })
}

/// A lock that is taken by an exchange, once.
fn exchanges(success: Ordering, failure: Ordering) -> Calls {
    calls((AtomicBool::new(false), AtomicU32::new(0)), move |shared, _| async move {
        let (is_locked, inside) = &*shared;
        if is_locked.compare_exchange(false, true, success, failure).is_ok() {
            assert_eq!(inside.load(Ordering::Relaxed), 0, "both are inside");
            inside.store(1, Ordering::Relaxed);
            inside.store(0, Ordering::Relaxed);
            is_locked.store(false, Ordering::Release);
        }
    })
}

/// Two values that belong together, behind a number that is odd while they are changed.
fn reads_again(fences: bool) -> Calls {
    let fence = move |order| {
        if fences {
            fence(order)
        }
    };
    calls(
        (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0)),
        move |shared, number| async move {
            let (version, one, other) = &*shared;
            if number == 0 {
                version.store(1, Ordering::Relaxed);
                fence(Ordering::Release);
                one.store(1, Ordering::Relaxed);
                other.store(1, Ordering::Relaxed);
                version.store(2, Ordering::Release);
            } else {
                let before = version.load(Ordering::Acquire);
                let read = (one.load(Ordering::Relaxed), other.load(Ordering::Relaxed));
                fence(Ordering::Acquire);
                if before % 2 == 0 && version.load(Ordering::Relaxed) == before {
                    assert_eq!(read.0, read.1, "half of it");
                }
            }
        },
    )
}

const RIGHT_UNLESS_LOOSE: [fn() -> Calls; 4] = [
    || says_and_looks(|comes| comes.store(true, Ordering::SeqCst), Ordering::SeqCst),
    || says_and_looks(|comes| assert!(!comes.swap(true, Ordering::SeqCst)), Ordering::SeqCst),
    gives_way_or_goes_in,
    || locks(|is_locked| is_locked.store(false, Ordering::Release)),
];

const WRONG: [fn() -> Calls; 12] = [
    || says_and_looks(|comes| comes.store(true, Ordering::Release), Ordering::Acquire),
    || says_and_looks(|comes| comes.store(true, Ordering::SeqCst), Ordering::Acquire),
    || locks(|is_locked| is_locked.store(false, Ordering::Relaxed)),
    || locks(|_| {}),
    || publishes(1, Ordering::Relaxed),
    || publishes(4, Ordering::Relaxed),
    adds_in_two_holds,
    cancels_or_looks,
    || looks_or_stores(0),
    || looks_or_stores(1),
    || exchanges(Ordering::Relaxed, Ordering::Acquire),
    || reads_again(false),
];

const RIGHT: [fn() -> Calls; 6] = [
    || publishes(1, Ordering::Release),
    || reads_again(true),
    replaces_and_reads,
    || exchanges(Ordering::Acquire, Ordering::Relaxed),
    || exchanges(Ordering::AcqRel, Ordering::Acquire),
    || locks(|is_locked| assert!(is_locked.swap(false, Ordering::Release))),
];

#[test]
fn what_only_loose_atomics_break_is_doubted() {
    for right in RIGHT_UNLESS_LOOSE {
        let verdict = explore(Level::Thread, right);
        assert_eq!(reservation(&verdict), Some(Reservation::LooseAtomics));
        let again = replay(&verdict, right);
        assert_eq!(again.recording.reservation, Some(Reservation::LooseAtomics));
    }
}

#[test]
fn what_strict_atomics_break_too_is_not_doubted() {
    for wrong in WRONG {
        let verdict = explore(Level::Thread, wrong);
        assert_eq!(reservation(&verdict), None, "{}", report::verdict_text(&verdict));
        assert_eq!(replay(&verdict, wrong).recording.reservation, None);
    }
}

/// What comes later in the same execution does not matter.
#[test]
fn what_is_broken_before_anything_is_stored_is_not_searched_for_again() {
    let verdict = explore(Level::Thread, stores_at_last);
    assert_eq!(reservation(&verdict), None);
    let violation = verdict.conclusion.violation().expect("it is broken");
    let schedule = violation.schedule.as_ref().expect("it can be run again");
    assert!(!report::schedule_text(schedule).contains("strict atomics"));
}

#[test]
fn what_loose_atomics_do_not_break_is_proved() {
    for right in RIGHT {
        assert_proved(Level::Thread, right);
    }
}

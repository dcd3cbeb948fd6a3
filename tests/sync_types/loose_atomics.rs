//! At level `thread`, atomics do more than C++ allows: what is found only there is doubted.

use std::pin::Pin;
use std::sync::Arc;

use authloom::prove::{Level, Reservation, Verdict};
use authloom::report;
use authloom::sync::Notify;
use authloom::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::support::{assert_proved, explore, replay};

type Done = Pin<Box<dyn Future<Output = ()> + Send>>;
/// What a caller of this number does.
type Calls = Box<dyn Fn(usize) -> Done + Send + Sync>;

/// Each says that it comes, and goes in unless the other has said so. With `SeqCst`, one of them
/// sees the other.
fn says_and_looks(says: Ordering, looks: Ordering) -> Calls {
    let shared = Arc::new(([AtomicBool::new(false), AtomicBool::new(false)], AtomicU32::new(0)));
    Box::new(move |number| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let (comes, inside) = &*shared;
            comes[number].store(true, says);
            if !comes[1 - number].load(looks) {
                assert_eq!(inside.fetch_add(1, Ordering::AcqRel), 0, "both are inside");
            }
        })
    })
}

/// The same by operations that read and replace.
fn swaps_and_looks() -> Calls {
    let shared = Arc::new(([AtomicBool::new(false), AtomicBool::new(false)], AtomicU32::new(0)));
    Box::new(move |number| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let (comes, inside) = &*shared;
            comes[number].swap(true, Ordering::SeqCst);
            if !comes[1 - number].load(Ordering::SeqCst) {
                assert_eq!(inside.fetch_add(1, Ordering::AcqRel), 0, "both are inside");
            }
        })
    })
}

/// Peterson's lock, tried once and never let go of.
fn gives_way_or_goes_in() -> Calls {
    let shared = Arc::new((
        [AtomicBool::new(false), AtomicBool::new(false)],
        AtomicU32::new(0),
        AtomicU32::new(0),
    ));
    Box::new(move |number| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let (comes, gives_way, inside) = &*shared;
            comes[number].store(true, Ordering::SeqCst);
            gives_way.store(number as u32, Ordering::SeqCst);
            let is_alone = !comes[1 - number].load(Ordering::SeqCst);
            if is_alone || gives_way.load(Ordering::SeqCst) != number as u32 {
                assert_eq!(inside.fetch_add(1, Ordering::AcqRel), 0, "both are inside");
            }
        })
    })
}

/// A lock that is taken by `swap`, with whatever lets go of it.
fn locks(lets_go: fn(&AtomicBool)) -> Calls {
    let shared = Arc::new((AtomicBool::new(false), AtomicU32::new(0), Notify::new()));
    Box::new(move |_| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
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
    })
}

/// The first publishes two things; whoever sees the second has to see the first.
fn publishes(publishes: Ordering) -> Calls {
    let shared = Arc::new((AtomicU32::new(0), AtomicBool::new(false)));
    Box::new(move |number| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let (token, is_there) = &*shared;
            if number == 0 {
                token.store(1, Ordering::Relaxed);
                is_there.store(true, publishes);
            } else if is_there.load(Ordering::Acquire) {
                assert_eq!(token.load(Ordering::Relaxed), 1, "the former token");
            }
        })
    })
}

fn reservation(verdict: &Verdict) -> Option<Reservation> {
    let text = report::verdict_text(verdict);
    let violation = verdict.conclusion.violation().unwrap_or_else(|| panic!("{text}"));
    let reservation = violation.recording.reservation.clone();
    assert_eq!(text.contains("\n  in doubt: "), reservation.is_some(), "{text}");
    reservation
}

const RIGHT_UNLESS_LOOSE: [fn() -> Calls; 4] = [
    || says_and_looks(Ordering::SeqCst, Ordering::SeqCst),
    swaps_and_looks,
    gives_way_or_goes_in,
    || locks(|is_locked| is_locked.store(false, Ordering::Release)),
];

const WRONG: [fn() -> Calls; 5] = [
    || says_and_looks(Ordering::Release, Ordering::Acquire),
    || says_and_looks(Ordering::SeqCst, Ordering::Acquire),
    || locks(|is_locked| is_locked.store(false, Ordering::Relaxed)),
    || locks(|_| {}),
    || publishes(Ordering::Relaxed),
];

const RIGHT: [fn() -> Calls; 2] = [
    || publishes(Ordering::Release),
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

#[test]
fn what_loose_atomics_do_not_break_is_proved() {
    for right in RIGHT {
        assert_proved(Level::Thread, right);
    }
}

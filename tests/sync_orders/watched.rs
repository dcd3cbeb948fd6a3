//! A value that others watch: who looks at it, who waits for another, who replaces it.

use std::future::{Future, poll_fn};
use std::pin::pin;

use authloom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use authloom::sync::{Mutex, Notify, blocking, watch};

use crate::{Comes, HANGS, PANICS, hold, on_threads};

/// Of several values only the last may be seen: 2 is there for a moment only.
#[test]
fn a_value_that_is_overwritten_may_be_seen_or_missed() {
    for is_to_be_seen in [true, false] {
        let share = || {
            let (sender, receiver) = watch::channel(0);
            (sender, Mutex::new(receiver), Notify::new())
        };
        let comes = on_threads(share, move |shared, is_first| async move {
            let (sender, receiver, waits) = &*shared;
            if is_first {
                let mut receiver = receiver.lock().await;
                let mut waiting = pin!(receiver.wait_for(|&value| value == 2 || value == 4));
                let value = poll_fn(|cx| {
                    let poll = waiting.as_mut().poll(cx);
                    waits.notify_one();
                    poll
                });
                let is_seen = value.await.is_ok_and(|value| *value == 2);
                assert_eq!(is_seen, is_to_be_seen);
            } else {
                waits.notified().await;
                (1..=4).for_each(|value| sender.send(value).unwrap());
            }
        });
        assert_eq!(comes, PANICS, "{is_to_be_seen}");
    }
}

/// Who replaces a value waits until nobody borrows it, whatever else those do meanwhile.
#[test]
fn a_value_that_is_borrowed_is_not_replaced() {
    let share = || (watch::channel(0).0, blocking::Mutex::new(0));
    let comes = on_threads(share, async |shared, is_first| {
        let (sender, count) = &*shared;
        if is_first {
            let value = sender.borrow();
            let before = *value;
            *hold(count) += 1;
            assert_eq!(*value, before);
        } else {
            *hold(count) += 1;
            sender.send_replace(1);
            sender.send_replace(2);
        }
    });
    assert_eq!(comes, Comes::Well);
    let deadlock = on_threads(share, async |shared, is_first| {
        let (sender, count) = &*shared;
        if is_first {
            let _value = sender.borrow();
            *hold(count) += 1;
        } else {
            let _count = hold(count);
            sender.send_replace(1);
        }
    });
    // Who borrows twice waits for who waits for the first.
    let twice = on_threads(share, async |shared, is_first| {
        let (sender, _count) = &*shared;
        if is_first {
            let value = sender.borrow();
            assert_eq!(*value, *sender.borrow());
        } else {
            sender.send_replace(1);
        }
    });
    assert_eq!([deadlock, twice], [HANGS, HANGS]);
}

/// What somebody does while they look at a value or change it, others may come in between of.
#[test]
fn a_value_is_looked_at_and_changed_beside_other_objects() {
    let share = || {
        let (sender, receiver) = watch::channel(0);
        (sender, Mutex::new(receiver), AtomicU32::new(0))
    };
    let modifies = on_threads(share, async |shared, is_first| {
        let (sender, _receiver, count) = &*shared;
        if is_first {
            sender.send_modify(|value| *value = 1 + count.fetch_add(1, Ordering::AcqRel));
        } else {
            count.fetch_add(1, Ordering::AcqRel);
            assert!(*sender.borrow() < 3);
        }
    });
    let waits = on_threads(share, async |shared, is_first| {
        let (sender, receiver, count) = &*shared;
        if is_first {
            let mut receiver = receiver.lock().await;
            let is_wanted = |&value: &u32| {
                count.fetch_add(1, Ordering::AcqRel);
                value == 1
            };
            assert!(receiver.wait_for(is_wanted).await.is_ok());
        } else {
            count.fetch_add(1, Ordering::AcqRel);
            sender.send_replace(1);
        }
    });
    assert_eq!([modifies, waits], [Comes::Well, Comes::Well]);
}

/// Who replaces a value sees what was done while it was borrowed.
#[test]
fn the_end_of_a_look_comes_before_a_change() {
    let share = || (watch::channel(0).0, AtomicBool::new(false), AtomicU32::new(0));
    let comes = on_threads(share, async |shared, is_first| {
        let (sender, has_borrowed, data) = &*shared;
        if is_first {
            let value = sender.borrow();
            has_borrowed.store(true, Ordering::Relaxed);
            data.store(1, Ordering::Relaxed);
            drop(value);
        } else if has_borrowed.load(Ordering::Relaxed) {
            sender.send_replace(1);
            assert_eq!(data.load(Ordering::Relaxed), 1);
        }
    });
    assert_eq!(comes, Comes::Well);
}

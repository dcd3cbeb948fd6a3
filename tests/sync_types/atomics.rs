//! Atomics: each operation is one that threads come before or after.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use authloom::prove::Level;
use authloom::sync::atomic::{AtomicI64, Ordering};

use super::support::{assert_broken, assert_proved};

/// Numbers that are given out, and those that were.
#[derive(Default)]
struct Numbers {
    next: AtomicI64,
    given: Mutex<BTreeSet<i64>>,
}

impl Numbers {
    fn give(&self, number: i64) {
        let is_new = self.given.lock().expect("nobody panics with it").insert(number);
        assert!(is_new, "{number} was given before");
    }
}

/// Two who read the same number and write its successor give it twice; an operation that does both
/// gives it once, also one that may have to try again.
#[test]
fn numbers_are_given_once_by_one_operation() {
    assert_broken(Level::Thread, "never-panics", || {
        let numbers = Arc::new(Numbers::default());
        move |_| {
            let numbers = Arc::clone(&numbers);
            async move {
                let number = numbers.next.load(Ordering::Acquire);
                numbers.next.store(number + 1, Ordering::Release);
                numbers.give(number);
            }
        }
    });
    for &level in Level::ALL {
        assert_proved(level, || {
            let numbers = Arc::new(Numbers::default());
            move |_| {
                let numbers = Arc::clone(&numbers);
                async move {
                    let (set, fetch) = (Ordering::AcqRel, Ordering::Acquire);
                    let number = numbers.next.fetch_update(set, fetch, |number| Some(number + 1));
                    numbers.give(number.expect("there is a next number"));
                    numbers.give(numbers.next.fetch_add(1, Ordering::AcqRel));
                }
            }
        });
    }
}

/// Each of two raises the number to its own; whoever comes last, the larger one is there.
#[test]
fn the_largest_number_stays() {
    for &level in Level::ALL {
        assert_proved(level, || {
            let largest = Arc::new(AtomicI64::from(-1));
            move |number| {
                let largest = Arc::clone(&largest);
                async move {
                    let number = i64::try_from(number).expect("there are two");
                    let former = largest.fetch_max(number, Ordering::AcqRel);
                    assert!(largest.load(Ordering::Acquire) >= number.max(former));
                }
            }
        });
    }
}

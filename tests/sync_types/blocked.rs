//! At level `lock` all tasks share one thread: whoever blocks it on what one of them holds is told
//! at once, with who holds it.

use std::sync::Arc;

use authloom::prove::Level;
use authloom::sync::blocking::{self, PoisonError};
use authloom::sync::{Mutex, parking_lot};

use crate::support::{assert_broken, assert_proved};

#[test]
fn a_step_that_blocks_its_thread_for_ever_is_told() {
    let twice = || {
        let lock = Arc::new(blocking::Mutex::new(0));
        move |_| {
            let lock = Arc::clone(&lock);
            async move {
                let first = lock.lock().unwrap_or_else(PoisonError::into_inner);
                let second = lock.lock().unwrap_or_else(PoisonError::into_inner);
                assert_eq!(*first, *second);
            }
        }
    };
    let text = assert_broken(Level::Lock, "everyone-finishes", twice);
    assert_waits(&text, "one waits for a Mutex", "one holds");
    let upgraded = || {
        let lock = Arc::new(parking_lot::RwLock::new(0));
        move |_| {
            let lock = Arc::clone(&lock);
            async move {
                let seen = lock.read();
                *lock.write() = *seen + 1;
            }
        }
    };
    let text = assert_broken(Level::Lock, "everyone-finishes", upgraded);
    assert_waits(&text, "one waits for an RwLock", "one holds");
    // Who holds it awaits the lock of the step that blocks.
    let another = || {
        let locks = Arc::new((Mutex::new(0), Mutex::new(0)));
        move |number| {
            let locks = Arc::clone(&locks);
            async move {
                if number == 0 {
                    let _held = locks.0.lock().await;
                    *locks.1.lock().await += 1;
                } else {
                    *locks.0.blocking_lock() += 1;
                }
            }
        }
    };
    let text = assert_broken(Level::Lock, "everyone-finishes", another);
    assert!(text.contains(" waits for a Mutex (tests/sync_types/blocked.rs:"), "{text}");
    assert!(text.contains(" holds (tests/sync_types/blocked.rs:"), "{text}");
    assert!(text.contains("never returns"), "{text}");
}

fn assert_waits(text: &str, waits: &str, holds: &str) {
    for expected in [waits, holds] {
        let expected = format!("{expected} (tests/sync_types/blocked.rs:");
        assert!(text.contains(&expected), "{expected} {text}");
    }
}

/// Each lets go within the step that took it: nobody ever blocks.
#[test]
fn locks_that_are_let_go_of_within_a_step_block_nobody() {
    assert_proved(Level::Lock, || {
        let shared = Arc::new((blocking::RwLock::new(0), parking_lot::Mutex::new(0)));
        move |_| {
            let shared = Arc::clone(&shared);
            async move {
                *shared.0.write().unwrap_or_else(PoisonError::into_inner) += 1;
                let first = shared.0.read().unwrap_or_else(PoisonError::into_inner);
                let second = shared.0.try_read().expect("readers share");
                *shared.1.lock() += *first + *second;
            }
        }
    });
}

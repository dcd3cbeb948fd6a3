//! Each type of `authloom::sync` in an exploration: where it is misused a race shows, where it is
//! used right there is a proof.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use authloom::prove::Level;
use authloom::sync::blocking::{self, PoisonError};
use authloom::sync::{Mutex, OnceCell, RwLock, Semaphore, broadcast, mpsc, parking_lot, watch};

use support::{assert_broken, assert_proved};

mod atomics;
mod blocked;
mod loose_atomics;
mod random_atomics;
mod support;
mod unwinding;

/// The levels at which an async operation is a step.
const FINE: [Level; 2] = [Level::Lock, Level::Thread];

/// Says whether the caller is the last to end, for what must hold then.
struct Ends(AtomicUsize);

impl Ends {
    fn new() -> Self {
        Ends(AtomicUsize::new(0))
    }

    fn is_last(&self) -> bool {
        self.0.fetch_add(1, Relaxed) == 1
    }
}

/// There is room for one; both see it.
#[test]
fn room_in_a_channel_that_was_seen_may_be_gone() {
    for level in FINE {
        let wrong = || {
            let (sender, receiver) = mpsc::channel(1);
            let (sender, receiver) = (Arc::new(sender), Arc::new(receiver));
            move |_| {
                let (sender, receiver) = (Arc::clone(&sender), Arc::clone(&receiver));
                async move {
                    if sender.capacity() == 1 {
                        sender.send(()).await.expect("the receiver is there");
                    }
                    drop(receiver);
                }
            }
        };
        let text = assert_broken(level, "everyone-finishes", wrong);
        assert!(text.contains("waits for an mpsc channel (tests/sync_types/main.rs:"), "{text}");
        assert_proved(level, || {
            let (sender, receiver) = mpsc::channel(1);
            let (sender, receiver) = (Arc::new(sender), Arc::new(receiver));
            move |_| {
                let (sender, receiver) = (Arc::clone(&sender), Arc::clone(&receiver));
                async move {
                    let _ = sender.try_send(());
                    drop(receiver);
                }
            }
        });
    }
}

/// There is one value; both see it.
#[test]
fn a_value_in_a_channel_that_was_seen_may_be_gone() {
    for level in FINE {
        let wrong = || {
            let (sender, receiver) = mpsc::unbounded_channel();
            sender.send(()).expect("the receiver is there");
            let shared = Arc::new((sender, Mutex::new(receiver)));
            move |_| {
                let shared = Arc::clone(&shared);
                async move {
                    if !shared.1.lock().await.is_empty() {
                        shared.1.lock().await.recv().await.expect("the sender is there");
                    }
                }
            }
        };
        assert_broken(level, "everyone-finishes", wrong);
        assert_proved(level, || {
            let (sender, receiver) = mpsc::unbounded_channel();
            sender.send(()).expect("the receiver is there");
            let shared = Arc::new((sender, Mutex::new(receiver)));
            move |_| {
                let shared = Arc::clone(&shared);
                async move {
                    let _ = shared.1.lock().await.try_recv();
                }
            }
        });
    }
}

/// Objects that are made with a value or with one end: in an exploration too.
#[test]
fn a_full_cell_and_a_channel_without_receivers_are_seen() {
    for level in FINE {
        assert_proved(level, || {
            let shared = Arc::new((OnceCell::from(1), watch::Sender::new(1)));
            move |number| {
                let shared = Arc::clone(&shared);
                async move {
                    assert_eq!(*shared.0.get_or_init(async || 2).await, 1);
                    let (sender, mut receiver) = (shared.1.clone(), shared.1.subscribe());
                    match number {
                        0 => drop(sender.send_replace(2)),
                        _ => drop(receiver.wait_for(|value| *value == 2).await.expect("it lives")),
                    }
                }
            }
        });
        assert_broken(level, "never-panics", || {
            let sender = Arc::new(watch::Sender::new(1));
            move |number| {
                let sender = Arc::clone(&sender);
                async move {
                    let mut receiver = sender.clone().subscribe();
                    receiver.mark_changed();
                    match number {
                        1 => drop(sender.send_replace(2)),
                        _ => {
                            receiver.changed().await.expect("the sender is there");
                            assert_eq!(*receiver.borrow(), 2);
                        }
                    }
                }
            }
        });
    }
}

/// Who subscribes after the value was sent waits for another.
#[test]
fn a_late_subscriber_waits_for_ever() {
    for level in FINE {
        let wrong = || {
            let (sender, receiver) = broadcast::channel(1);
            let shared = Arc::new((sender, receiver, Mutex::new(())));
            move |number| {
                let shared = Arc::clone(&shared);
                async move {
                    let held = shared.2.lock().await;
                    match number {
                        0 => assert!(shared.0.send(()).is_ok()),
                        _ => {
                            let mut mine = shared.0.subscribe();
                            drop(held);
                            mine.recv().await.expect("the sender is there");
                        }
                    }
                }
            }
        };
        assert_broken(level, "everyone-finishes", wrong);
        assert_proved(level, || {
            let (sender, receiver) = broadcast::channel(1);
            let shared = Arc::new((sender, Mutex::new(receiver)));
            move |number| {
                let shared = Arc::clone(&shared);
                async move {
                    match number {
                        0 => assert!(shared.0.send(()).is_ok()),
                        _ => {
                            let mut mine = shared.1.lock().await;
                            mine.recv().await.expect("the sender is there");
                        }
                    }
                }
            }
        });
    }
}

/// Each caller adds one, in two holds of an owned guard, or in one.
#[test]
fn what_was_read_in_another_hold_is_old() {
    for level in FINE {
        let wrong = || {
            let shared = Arc::new((Arc::new(Mutex::new(0)), Ends::new()));
            move |_| {
                let shared = Arc::clone(&shared);
                async move {
                    let seen = *Arc::clone(&shared.0).lock_owned().await;
                    *Arc::clone(&shared.0).lock_owned().await = seen + 1;
                    if shared.1.is_last() {
                        assert_eq!(*shared.0.try_lock().expect("nobody holds it"), 2);
                    }
                }
            }
        };
        assert_broken(level, "never-panics", wrong);
        let wrong = || {
            let shared = Arc::new((Arc::new(RwLock::new(0)), Ends::new()));
            move |_| {
                let shared = Arc::clone(&shared);
                async move {
                    let seen = *Arc::clone(&shared.0).read_owned().await;
                    *Arc::clone(&shared.0).write_owned().await = seen + 1;
                    if shared.1.is_last() {
                        assert_eq!(*shared.0.try_read().expect("nobody holds it"), 2);
                    }
                }
            }
        };
        assert_broken(level, "never-panics", wrong);
        assert_proved(level, || {
            let shared = Arc::new((Arc::new(RwLock::new(0)), Ends::new()));
            move |_| {
                let shared = Arc::clone(&shared);
                async move {
                    *Arc::clone(&shared.0).write_owned().await += 1;
                    if shared.1.is_last() {
                        assert_eq!(*shared.0.read().await, 2);
                    }
                }
            }
        });
    }
}

/// A permit is given back when it is dropped: two callers are let in, or one.
#[test]
fn a_semaphore_of_two_lets_two_in() {
    for level in FINE {
        let wrong = || {
            let shared = Arc::new((Arc::new(Semaphore::new(2)), AtomicUsize::new(0)));
            move |_| {
                let shared = Arc::clone(&shared);
                async move {
                    let permit = Arc::clone(&shared.0).acquire_owned().await;
                    assert_eq!(shared.1.fetch_add(1, Relaxed), 0, "somebody is in");
                    let _second = shared.0.acquire().await;
                    shared.1.fetch_sub(1, Relaxed);
                    drop(permit);
                }
            }
        };
        assert_broken(level, "never-panics", wrong);
        assert_proved(level, || {
            let shared = Arc::new((Arc::new(Semaphore::new(1)), AtomicUsize::new(0)));
            move |_| {
                let shared = Arc::clone(&shared);
                async move {
                    let permit = Arc::clone(&shared.0).acquire_owned().await;
                    assert_eq!(shared.1.fetch_add(1, Relaxed), 0, "somebody is in");
                    let _none = shared.0.try_acquire();
                    shared.1.fetch_sub(1, Relaxed);
                    drop(permit);
                }
            }
        });
    }
}

/// Between the look and the wait, the other notifies: nobody hears it.
#[test]
fn a_condition_looked_at_in_another_hold_is_old() {
    type Shared = (blocking::Mutex<bool>, blocking::Condvar);
    fn announce(shared: &Shared) {
        *shared.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        shared.1.notify_one();
    }
    let wrong = || {
        let shared = Arc::new(Shared::default());
        move |number| {
            let shared = Arc::clone(&shared);
            async move {
                if number == 0 {
                    return announce(&shared);
                }
                if *shared.0.lock().unwrap_or_else(PoisonError::into_inner) {
                    return;
                }
                let held = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
                drop(shared.1.wait(held));
            }
        }
    };
    let text = assert_broken(Level::Thread, "everyone-finishes", wrong);
    assert!(text.contains("two waits for a Condvar (tests/sync_types/main.rs:"), "{text}");
    assert_proved(Level::Thread, || {
        let shared = Arc::new(Shared::default());
        move |number| {
            let shared = Arc::clone(&shared);
            async move {
                if number == 0 {
                    return announce(&shared);
                }
                let held = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
                drop(shared.1.wait_while(held, |is_announced| !*is_announced));
            }
        }
    });
}

#[test]
fn a_cell_that_was_empty_may_be_set() {
    let wrong = || {
        let cell = Arc::new(blocking::OnceLock::new());
        move |number| {
            let cell = Arc::clone(&cell);
            async move {
                if cell.get().is_none() {
                    cell.set(number).expect("it is empty");
                }
            }
        }
    };
    assert_broken(Level::Thread, "never-panics", wrong);
    assert_proved(Level::Thread, || {
        let shared = Arc::new((blocking::OnceLock::new(), AtomicUsize::new(0)));
        move |number| {
            let shared = Arc::clone(&shared);
            async move {
                let value = *shared.0.get_or_init(|| {
                    assert_eq!(shared.1.fetch_add(1, Relaxed), 0, "it is made once");
                    number
                });
                assert_eq!(shared.0.set(number), Err(number));
                assert_eq!(shared.0.get(), Some(&value));
            }
        }
    });
}

/// Each caller adds one, in two holds or in one.
#[test]
fn locks_of_parking_lot_and_locks_that_block_are_seen_on_threads() {
    let wrong = || {
        let shared = Arc::new((parking_lot::Mutex::new(0), Ends::new()));
        move |_| {
            let shared = Arc::clone(&shared);
            async move {
                let seen = *shared.0.lock();
                *shared.0.lock() = seen + 1;
                if shared.1.is_last() {
                    assert_eq!(*shared.0.lock(), 2);
                }
            }
        }
    };
    assert_broken(Level::Thread, "never-panics", wrong);
    assert_proved(Level::Thread, || {
        let shared = Arc::new((parking_lot::RwLock::new(0), Mutex::new(0), Ends::new()));
        move |_| {
            let shared = Arc::clone(&shared);
            async move {
                *shared.0.write() += 1;
                *shared.1.blocking_lock() += 1;
                if shared.2.is_last() {
                    assert_eq!(*shared.0.read(), 2);
                    assert_eq!(*shared.1.lock().await, 2);
                }
            }
        }
    });
}

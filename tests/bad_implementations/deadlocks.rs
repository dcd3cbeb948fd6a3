//! Deadlocks of what is from `authloom::sync` are told as who waits for what, and who holds it.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use authloom::auth::{AuthError, TokenRefresher, World};
use authloom::prove::{Level, Options};
use authloom::report;
use authloom::sync::{Mutex, OnceCell};
use authloom_scenarios::refresh;

use super::support::{Refresher, violated_property};
use super::yields::yield_now;

/// Two locks, in two orders: who waits for what, and who holds it. At level `lock`
/// also where only what it includes of level `await` shows it, as when the first lock is taken only
/// if nobody has it.
#[test]
fn a_deadlock_of_seen_locks_tells_the_cycle() {
    let build = |if_free: bool| {
        move |_: &World| -> Arc<dyn TokenRefresher> {
            let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
            let turn = Arc::new(AtomicUsize::new(0));
            Arc::new(Refresher(move || {
                let (a, b) = (a.clone(), b.clone());
                let swap = turn.fetch_add(1, Ordering::Relaxed) == 1;
                async move {
                    let (first, second) = if swap { (b, a) } else { (a, b) };
                    let mut first = pin!(first.lock());
                    let _first = poll_fn(|cx| match first.as_mut().poll(cx) {
                        Poll::Pending if if_free => Poll::Ready(None),
                        poll => poll.map(Some),
                    })
                    .await;
                    yield_now().await;
                    let _second = second.lock().await;
                    Err(AuthError::NotSignedIn)
                }
            }))
        }
    };
    let (first, second) = (line!() - 13, line!() - 6);
    let place = |line: u32| format!("(tests/bad_implementations/deadlocks.rs:{line})");
    let (first, second) = (place(first), place(second));
    for (if_free, level) in [(false, Level::Await), (false, Level::Lock), (true, Level::Lock)] {
        let options = Options { focus: Some("everyone-finishes"), level, ..Options::default() };
        let verdict = refresh::concurrent_callers(2).explore(build(if_free), &options, &mut |_| {});
        assert_eq!(violated_property(&verdict), Some("everyone-finishes"));
        let text = report::verdict_text(&verdict).replace("\n  ", " ");
        for (waits, holds) in [("realtime", "sync"), ("sync", "realtime")] {
            let cycle = format!("{waits} waits for a Mutex {second}, which {holds} holds {first}");
            assert!(text.contains(&cycle), "{cycle} is not in {text}");
        }
        assert_eq!(text.contains("\nshown "), if_free, "{text}");
    }
}

/// The first maker of a cell fails, locks, and asks again; the second, who has waited for the cell,
/// makes it and waits for the lock. Who makes a cell does not wait for it.
#[test]
fn a_deadlock_of_a_cell_and_a_lock_tells_the_cycle() {
    // At level `lock`, every operation is pending once before it can have waited.
    let build = |waits: usize| {
        move |_: &World| -> Arc<dyn TokenRefresher> {
            let (cell, lock) = (Arc::new(OnceCell::<()>::new()), Arc::new(Mutex::new(())));
            let makers = Arc::new(AtomicUsize::new(0));
            Arc::new(Refresher(move || {
                let (cell, lock, makers) = (cell.clone(), lock.clone(), makers.clone());
                async move {
                    let waited = AtomicUsize::new(0);
                    let make = || async {
                        if makers.fetch_add(1, Ordering::Relaxed) == 0 {
                            yield_now().await;
                            return Err(());
                        }
                        if waited.load(Ordering::Relaxed) == waits {
                            let _ = lock.lock().await;
                        }
                        Ok(())
                    };
                    let mut made = pin!(cell.get_or_try_init(make));
                    let made = poll_fn(|cx| {
                        let poll = made.as_mut().poll(cx);
                        waited.fetch_add(usize::from(poll.is_pending()), Ordering::Relaxed);
                        poll
                    });
                    if made.await.is_err() {
                        let _locked = lock.lock().await;
                        let _ = cell.get_or_try_init(|| async { Ok::<_, ()>(()) }).await;
                    }
                    Err(AuthError::NotSignedIn)
                }
            }))
        }
    };
    for (level, waits) in [(Level::Lock, 2), (Level::Thread, 1)] {
        let options = Options { focus: Some("everyone-finishes"), level, ..Options::default() };
        let verdict = refresh::concurrent_callers(2).explore(build(waits), &options, &mut |_| {});
        assert_eq!(violated_property(&verdict), Some("everyone-finishes"));
        let text = report::verdict_text(&verdict).replace("\n  ", " ");
        let headline = text.split("\n\n").next().expect("it has one");
        assert_eq!(headline.matches(" waits for a OnceCell ").count(), 1, "{text}");
        assert_eq!(headline.matches(" waits for a Mutex ").count(), 1, "{text}");
        assert_eq!(headline.matches(", which ").count(), 2, "{text}");
    }
}

/// What is taken while the implementation is built, and kept, is nobody's.
#[test]
fn what_is_held_since_the_implementation_was_built_is_held_by_nobody() {
    let build = |_: &World| -> Arc<dyn TokenRefresher> {
        let lock = Arc::new(Mutex::new(()));
        let kept = Arc::new(Arc::clone(&lock).try_lock_owned().expect("nobody else is there"));
        Arc::new(Refresher(move || {
            let (lock, kept) = (Arc::clone(&lock), Arc::clone(&kept));
            async move {
                drop(lock.lock().await);
                drop(kept);
                Err(AuthError::NotSignedIn)
            }
        }))
    };
    let taken = format!("deadlocks.rs:{})", line!() - 10);
    for level in [Level::Await, Level::Lock, Level::Thread] {
        let options = Options { focus: Some("everyone-finishes"), level, ..Options::default() };
        let verdict = refresh::concurrent_callers(2).explore(build, &options, &mut |_| {});
        let text = report::verdict_text(&verdict).replace("\n  ", " ");
        let held = ", which has been held since the implementation was built";
        assert!(text.contains(held) && text.contains(&taken), "{level:?} {text}");
        assert!(!text.contains(" holds "), "{level:?} {text}");
    }
}

//! What is found on threads, whatever the code under test is about.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, BrowserId, Capability, SessionStore as _, TokenEndpoint as _,
    TokenEndpointDouble, TokenRefresher, TokenStore as _, TokenStoreDouble, UserId,
};
use authloom::prove::{Options, Verdict};
use authloom::report;
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::sync::blocking::{self, PoisonError};
use authloom::sync::{Notify, RwLock, mpsc, oneshot};

use crate::explore;
use crate::refresher::Refresher;

fn broken(verdict: &Verdict) -> (&'static str, String) {
    let text = report::verdict_text(verdict);
    let violation = verdict.conclusion.violation().unwrap_or_else(|| panic!("{text}"));
    (violation.property.name, text)
}

fn focus(property: &'static str) -> Options {
    Options { focus: Some(property), ..Options::default() }
}

/// Whoever comes first notifies those that wait; who has not begun to wait by then waits for ever.
#[test]
fn a_lost_wake_up_is_a_finding() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let (notify, is_first) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(true)));
        Refresher(move || {
            let (notify, is_first) = (Arc::clone(&notify), Arc::clone(&is_first));
            async move {
                match is_first.swap(false, Ordering::AcqRel) {
                    true => notify.notify_waiters(),
                    false => notify.notified().await,
                }
            }
        })
    });
    let (property, text) = broken(&verdict);
    assert_eq!(property, "everyone-finishes");
    assert!(text.contains("waits"), "{text}");
}

/// Each caller holds one lock and wants the other's.
#[test]
fn a_deadlock_of_blocking_locks_is_a_finding() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let locks = Arc::new([blocking::Mutex::new(()), blocking::Mutex::new(())]);
        let is_first = Arc::new(AtomicBool::new(true));
        Refresher(move || {
            let (locks, is_first) = (Arc::clone(&locks), Arc::clone(&is_first));
            async move {
                let mine = usize::from(is_first.swap(false, Ordering::AcqRel));
                let _one = locks[mine].lock().unwrap_or_else(PoisonError::into_inner);
                let _other = locks[1 - mine].lock().unwrap_or_else(PoisonError::into_inner);
            }
        })
    });
    let (one, other) = (line!() - 5, line!() - 4);
    let (property, text) = broken(&verdict);
    assert_eq!(property, "everyone-finishes");
    let place = |line: u32| format!("(tests/threads/findings.rs:{line})");
    let (one, other) = (place(one), place(other));
    let text = text.replace("\n  ", " ");
    for (waits, holds) in [("realtime", "sync"), ("sync", "realtime")] {
        let cycle = format!("{waits} waits for a Mutex {other}, which {holds} holds {one}");
        assert!(text.contains(&cycle), "{cycle} is not in {text}");
    }
}

/// A receiver that blocks is let go on by what it waits for, or by the end of the sender.
#[test]
fn receivers_that_block_are_let_go_on() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let (sender, receiver) = oneshot::channel();
        let (dropped, never) = oneshot::channel::<()>();
        let (many, mut of_many) = mpsc::channel(1);
        let sends = blocking::Mutex::new(Some((sender, dropped, many)));
        let ends = Arc::new((sends, blocking::Mutex::new(None)));
        let receive = move || {
            assert_eq!(receiver.blocking_recv(), Ok(1));
            assert!(never.blocking_recv().is_err());
            assert_eq!(of_many.blocking_recv(), Some(2));
            assert_eq!((of_many.blocking_recv(), of_many.blocking_recv()), (Some(3), None));
        };
        *ends.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(receive);
        Refresher(move || {
            let ends = Arc::clone(&ends);
            async move {
                let sends = ends.0.lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some((sender, dropped, many)) = sends else {
                    let receive = ends.1.lock().unwrap_or_else(PoisonError::into_inner).take();
                    return receive.expect("two callers")();
                };
                sender.send(1).expect("the receiver is there");
                drop(dropped);
                many.blocking_send(2).expect("the receiver is there");
                many.blocking_send(3).expect("the receiver is there");
            }
        })
    });
    let violation = verdict.conclusion.violation().expect("nobody got a token");
    assert_eq!(violation.property.name, "callers-get-live-tokens");
    assert!(violation.others.is_empty(), "{:?}", violation.others);
}

/// Two readers of an async lock that both want to write it.
#[test]
fn a_deadlock_of_async_locks_is_a_finding() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let lock = Arc::new(RwLock::new(()));
        Refresher(move || {
            let lock = Arc::clone(&lock);
            async move {
                let _read = lock.read().await;
                let _write = lock.write().await;
            }
        })
    });
    assert_eq!(broken(&verdict).0, "everyone-finishes");
}

#[test]
fn a_panic_is_a_finding() {
    let verdict =
        explore(2, focus("never-panics"), |_| Refresher(|| async { panic!("boom at once") }));
    let (property, text) = broken(&verdict);
    assert_eq!(property, "never-panics");
    assert!(text.contains("boom at once"), "{text}");
}

/// Lets others in when it goes away.
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Whoever catches a panic sees what destructors have stored.
#[test]
fn what_is_stored_while_a_caught_panic_unwinds_is_there_after_it() {
    let verdict = explore(1, focus("never-panics"), |_| {
        let is_busy = Arc::new(AtomicBool::new(true));
        Refresher(move || {
            let is_busy = Arc::clone(&is_busy);
            async move {
                let busy = Busy(Arc::clone(&is_busy));
                let caught = catch_unwind(AssertUnwindSafe(move || {
                    let _busy = busy;
                    panic!("is caught");
                }));
                assert!(caught.is_err());
                assert!(!is_busy.load(Ordering::Acquire), "it has been stored");
            }
        })
    });
    let violation = verdict.conclusion.violation().expect("nobody got a token");
    assert_eq!(violation.property.name, "callers-get-live-tokens");
}

/// Others see what the destructors of a task have stored that panicked.
#[test]
fn what_is_stored_while_a_panic_unwinds_is_seen_by_others() {
    static SEEN: Mutex<BTreeSet<bool>> = Mutex::new(BTreeSet::new());
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let is_first = Arc::new(AtomicBool::new(true));
        let is_busy = Arc::new(AtomicBool::new(true));
        Refresher(move || {
            let (is_first, is_busy) = (Arc::clone(&is_first), Arc::clone(&is_busy));
            async move {
                if is_first.swap(false, Ordering::AcqRel) {
                    let _busy = Busy(is_busy);
                    panic!("is not caught");
                }
                let is_busy = is_busy.load(Ordering::Acquire);
                SEEN.lock().expect("nobody panics with it").insert(is_busy);
            }
        })
    });
    let (_, text) = broken(&verdict);
    assert!(text.contains("is not caught"), "{text}");
    assert_eq!(*SEEN.lock().expect("nobody panics with it"), BTreeSet::from([false, true]));
}

/// Sends a refresh and panics, before the request has arrived.
struct SendsAndPanics(TokenEndpointDouble, TokenStoreDouble);

#[async_trait]
impl TokenRefresher for SendsAndPanics {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.1.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let mut sent = pin!(self.0.refresh(&tokens.refresh_token));
        poll_fn(|cx| Poll::Ready(sent.as_mut().poll(cx).is_ready())).await;
        panic!("boom after sending");
    }
}

#[test]
fn what_a_panicking_task_has_sent_arrives() {
    let verdict = explore(2, focus("never-panics"), |world| {
        SendsAndPanics(world.token_endpoint(), world.token_store())
    });
    let violation = verdict.conclusion.violation().expect("it panics");
    assert!(violation.others.contains(&"refresh-token-presented-once"), "{:?}", violation.others);
}

struct PanickingWaker;

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        panic!("boom when woken");
    }
}

/// Who is woken is nobody's task, and on no task's thread: the two calls are carried.
#[test]
fn a_waker_that_panics_is_a_finding() {
    let verdict = explore(2, focus("never-panics"), |world| {
        let (store, is_first) =
            (world.session_store(Capability::UniqueInsert), AtomicBool::new(true));
        Refresher(move || {
            let (store, is_first) = (store.clone(), is_first.swap(false, Ordering::AcqRel));
            async move {
                if !is_first {
                    return;
                }
                let (browser, waker) = (BrowserId::new("b"), Waker::from(Arc::new(PanickingWaker)));
                let (mut one, mut other) = (pin!(store.find(&browser)), pin!(store.find(&browser)));
                poll_fn(|_| {
                    let mut cx = Context::from_waker(&waker);
                    let _ = one.as_mut().poll(&mut cx);
                    other.as_mut().poll(&mut cx).map(drop)
                })
                .await;
            }
        })
    });
    let (property, text) = broken(&verdict);
    assert_eq!(property, "never-panics");
    assert!(text.contains("boom when woken"), "{text}");
}

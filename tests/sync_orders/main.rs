//! Programs that are wrong in one order of two operations on objects of `authloom::sync`, or right
//! in all: what an operation does where it begins to wait, is given up, or looks again.

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World};
use authloom::prove::{Conclusion, Incomplete, Level, Options};
use authloom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use authloom::sync::blocking::{Condvar, PoisonError};
use authloom::sync::{Mutex, OnceCell, RwLock, blocking, mpsc, parking_lot};

#[path = "../two_callers/mod.rs"]
mod two_callers;
mod watched;
#[path = "../yields/mod.rs"]
mod yields;

use two_callers::two_callers;
use yields::yield_now;

/// What a program comes to.
#[derive(Debug, PartialEq)]
enum Comes {
    /// To an end, in every order.
    Well,
    /// To the breach of this property, in some order.
    Breaks(&'static str),
}

const PANICS: Comes = Comes::Breaks("never-panics");
const HANGS: Comes = Comes::Breaks("everyone-finishes");

/// What each caller does with what they share: both run the same code and know who they are.
struct Program<F>(F);

#[async_trait]
impl<F, Fut> TokenRefresher for Program<F>
where
    F: Fn(bool) -> Fut + Send + Sync,
    Fut: Future<Output = ()> + Send,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        (self.0)(user.as_str() == "first").await;
        Err(AuthError::NotSignedIn)
    }
}

/// What two callers come to at a level; `Err` where that is not known.
fn comes_at<S, F, Fut>(level: Level, share: fn() -> S, call: F) -> Result<Comes, Incomplete>
where
    S: Send + Sync + 'static,
    F: Fn(Arc<S>, bool) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let build = move |_: &World| -> Arc<dyn TokenRefresher> {
        let (shared, call) = (Arc::new(share()), call.clone());
        Arc::new(Program(move |is_first| call(Arc::clone(&shared), is_first)))
    };
    let options = Options { level, ..Options::default() };
    let verdict = two_callers().explore(build, &options, &mut |_| {});
    match verdict.conclusion {
        Conclusion::Proved => Ok(Comes::Well),
        Conclusion::Violated(violation) => Ok(Comes::Breaks(violation.property.name)),
        Conclusion::Incomplete(reason) => Err(reason),
    }
}

/// The same at level `thread`.
fn on_threads<S, F, Fut>(share: fn() -> S, call: F) -> Comes
where
    S: Send + Sync + 'static,
    F: Fn(Arc<S>, bool) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    comes_at(Level::Thread, share, call).unwrap_or_else(|reason| panic!("{reason:?}"))
}

/// Polls an operation once.
fn once<F: Future>(operation: Pin<&mut F>) -> Poll<F::Output> {
    operation.poll(&mut Context::from_waker(Waker::noop()))
}

fn hold<T>(mutex: &blocking::Mutex<T>) -> blocking::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The flag is not under the condition's mutex: who looks at it may be notified before waiting.
#[test]
fn a_notification_before_the_wait_is_lost() {
    let share = || (blocking::Mutex::new(()), Condvar::new(), blocking::Mutex::new(false));
    let comes = on_threads(share, async |shared, is_first| {
        let (mutex, condition, flag) = &*shared;
        if is_first {
            let guard = hold(mutex);
            let is_set = *hold(flag);
            if !is_set {
                drop(condition.wait(guard));
            }
        } else {
            *hold(flag) = true;
            condition.notify_one();
        }
    });
    assert_eq!(comes, HANGS);
}

#[test]
fn a_notification_under_the_mutex_is_not_lost() {
    let comes = on_threads(
        || (blocking::Mutex::new(false), Condvar::new()),
        async |shared, is_first| {
            let (flag, condition) = &*shared;
            if is_first {
                drop(condition.wait_while(hold(flag), |is_set| !*is_set));
            } else {
                *hold(flag) = true;
                condition.notify_one();
            }
        },
    );
    assert_eq!(comes, Comes::Well);
}

/// While somebody makes the value, nobody else can set it; given up, it can be set again.
#[test]
fn a_cell_is_refused_until_its_maker_gives_up() {
    let comes = on_threads(OnceCell::<u32>::new, async |cell, is_first| {
        if is_first {
            let mut making = Box::pin(cell.get_or_init(pending));
            let is_pending = poll_fn(|cx| Poll::Ready(making.as_mut().poll(cx).is_pending())).await;
            assert!(is_pending);
        } else {
            assert!(cell.set(5).is_ok(), "somebody makes it");
        }
    });
    assert_eq!(comes, PANICS);
}

/// The same where making it panics.
#[test]
fn a_cell_is_refused_until_its_maker_has_panicked() {
    let comes = on_threads(OnceCell::<u32>::new, async |cell, is_first| {
        if is_first {
            let mut making = Box::pin(cell.get_or_init(async || panic!("is caught")));
            let poll = |cx: &mut Context<'_>| making.as_mut().poll(cx).is_pending();
            let mut poll = AssertUnwindSafe(poll);
            poll_fn(|cx| {
                assert!(catch_unwind(AssertUnwindSafe(|| poll(cx))).is_err());
                Poll::Ready(())
            })
            .await;
        } else {
            assert!(cell.set(5).is_ok(), "somebody makes it");
        }
    });
    assert_eq!(comes, PANICS);
}

/// Who reads twice waits for a writer that waits for the first reading.
#[test]
fn reading_again_beside_a_writer_that_waits_is_a_deadlock() {
    let std = on_threads(
        || blocking::RwLock::new(0),
        async |lock, is_first| {
            if is_first {
                let _read = lock.read().unwrap_or_else(PoisonError::into_inner);
                drop(lock.read());
            } else {
                drop(lock.write());
            }
        },
    );
    let parking_lot = on_threads(
        || parking_lot::RwLock::new(0),
        async |lock, is_first| {
            if is_first {
                let _read = lock.read();
                drop(lock.read());
            } else {
                drop(lock.write());
            }
        },
    );
    let tokio = on_threads(
        || RwLock::new(0),
        async |lock, is_first| {
            if is_first {
                let _read = lock.read().await;
                drop(lock.read().await);
            } else {
                drop(lock.blocking_write());
            }
        },
    );
    assert_eq!([std, parking_lot, tokio], [HANGS; 3]);
}

/// Nor does a second reading succeed that does not wait.
#[test]
fn trying_to_read_beside_a_writer_that_waits_fails() {
    let comes = on_threads(
        || blocking::RwLock::new(0),
        async |lock, is_first| {
            if is_first {
                let _read = lock.read().unwrap_or_else(PoisonError::into_inner);
                assert!(lock.try_read().is_ok(), "a writer waits");
            } else {
                drop(lock.write());
            }
        },
    );
    assert_eq!(comes, PANICS);
}

/// Writers and readers that let go come to an end, whoever waits for whom.
#[test]
fn readers_and_writers_take_turns() {
    let comes = on_threads(
        || blocking::RwLock::new(0),
        async |lock, is_first| {
            for _ in 0..2 {
                if is_first {
                    drop(lock.read());
                }
                drop(lock.write());
            }
        },
    );
    assert_eq!(comes, Comes::Well);
}

/// A waiter that is given up makes room for who blocks behind it.
#[test]
fn a_waiter_that_is_given_up_lets_go_on_who_blocks() {
    let lock = on_threads(
        || Mutex::new(0),
        async |mutex, is_first| {
            if is_first {
                let guard = mutex.lock().await;
                let mut second = Box::pin(mutex.lock());
                assert!(once(second.as_mut()).is_pending());
                drop(guard);
                drop(second);
            } else {
                *mutex.blocking_lock() += 1;
            }
        },
    );
    let share = || {
        let (sender, receiver) = mpsc::channel(1);
        (sender, Mutex::new(receiver))
    };
    let channel = on_threads(share, async |shared, is_first| {
        let (sender, receiver) = &*shared;
        if is_first {
            let permit = sender.try_reserve();
            let mut second = Box::pin(sender.reserve());
            let _ = once(second.as_mut());
            drop(permit);
            drop(second);
            assert_eq!(receiver.lock().await.recv().await, Some(1));
        } else {
            assert_eq!(sender.blocking_send(1), Ok(()));
        }
    });
    assert_eq!([lock, channel], [Comes::Well, Comes::Well]);
}

/// Level `lock` tries operations as steps, of which none is ready when it is first polled, and at
/// once.
#[test]
fn what_is_wrong_where_an_operation_is_ready_at_once_is_found_at_every_level() {
    let is_free = async |mutex: Arc<Mutex<()>>, _is_first| {
        assert!(once(pin!(mutex.lock())).is_pending(), "it is free");
    };
    let is_free_and_kept = async |mutex: Arc<Mutex<()>>, _is_first| {
        let mut lock = Box::pin(mutex.lock());
        let is_free = once(lock.as_mut()).is_ready();
        yield_now().await;
        assert!(!is_free);
    };
    for &level in Level::ALL {
        assert_eq!(comes_at(level, || Mutex::new(()), is_free), Ok(PANICS), "{level:?}");
        assert_eq!(comes_at(level, || Mutex::new(()), is_free_and_kept), Ok(PANICS), "{level:?}");
    }
}

/// Also where the first would never end, because one that is made anew in each poll never is.
#[test]
fn what_is_wrong_once_an_operation_is_ready_is_found_at_level_lock() {
    let call = async |shared: Arc<(mpsc::Sender<u8>, Mutex<mpsc::Receiver<u8>>)>, is_first| {
        let (sender, receiver) = &*shared;
        if is_first {
            let mut receiver = receiver.lock().await;
            let received = poll_fn(|cx| pin!(receiver.recv()).poll(cx)).await;
            assert_eq!(received, None);
        } else {
            sender.try_send(3).unwrap();
        }
    };
    let share = || {
        let (sender, receiver) = mpsc::channel(1);
        (sender, Mutex::new(receiver))
    };
    for level in [Level::Await, Level::Lock] {
        assert_eq!(comes_at(level, share, call), Ok(PANICS), "{level:?}");
    }
}

/// That neither shows anything is no proof: some of a task's operations could be at once, and
/// others before them and after them steps.
#[test]
fn an_operation_that_is_polled_once_is_no_proof_at_level_lock() {
    let call = async |mutex: Arc<Mutex<()>>, _is_first| {
        let _ = once(pin!(mutex.lock()));
    };
    let comes = |level| comes_at(level, || Mutex::new(()), call);
    assert_eq!(comes(Level::Await), Ok(Comes::Well));
    assert!(matches!(comes(Level::Lock), Err(Incomplete::GivenUpAtOnce { .. })));
    assert_eq!(comes(Level::Thread), Ok(Comes::Well));
}

/// Nor is it a finding that one that is made anew in each poll is never ready.
#[test]
fn an_operation_that_is_made_anew_in_each_poll_is_no_finding_at_level_lock() {
    let share = || {
        let (sender, receiver) = mpsc::channel(1);
        (sender, Mutex::new(receiver))
    };
    let call = async |shared: Arc<(mpsc::Sender<u8>, Mutex<mpsc::Receiver<u8>>)>, is_first| {
        let (sender, receiver) = &*shared;
        if is_first {
            let mut receiver = receiver.lock().await;
            poll_fn(|cx| pin!(receiver.recv()).poll(cx)).await;
        } else {
            sender.try_send(3).unwrap();
        }
    };
    let comes = |level| comes_at(level, share, call);
    assert_eq!(comes(Level::Await), Ok(Comes::Well));
    assert!(matches!(comes(Level::Lock), Err(Incomplete::GivenUpAtOnce { .. })));
}

/// An atomic that is changed while a panic unwinds is what it is to everybody.
#[test]
fn what_destructors_store_has_its_place_among_what_others_store() {
    struct Frees(Arc<(AtomicBool, AtomicU32)>);
    impl Drop for Frees {
        fn drop(&mut self) {
            self.0.0.store(false, Ordering::Release);
        }
    }
    let share = || (AtomicBool::new(true), AtomicU32::new(0));
    let comes = on_threads(share, async |shared, is_first| {
        let (is_busy, _count) = &*shared;
        if is_first {
            let frees = Frees(Arc::clone(&shared));
            let caught = catch_unwind(AssertUnwindSafe(move || {
                let _frees = frees;
                panic!("is caught");
            }));
            assert!(caught.is_err());
            let seen = is_busy.load(Ordering::Acquire);
            let swapped = is_busy.swap(false, Ordering::AcqRel);
            // The other may have stored in between, but nobody takes it away again.
            assert!(swapped || !seen);
        } else {
            is_busy.store(true, Ordering::Release);
        }
    });
    assert_eq!(comes, Comes::Well);
}

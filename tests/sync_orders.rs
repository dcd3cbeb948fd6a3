//! Programs that are wrong in one order of two operations on objects of `authloom::sync`, or right
//! in all: what an operation does where it begins to wait, is given up, or looks again.

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World};
use authloom::prove::{Bounds, Conclusion, Incomplete, Level, Options, Scenario};
use authloom::sync::blocking::{Condvar, PoisonError};
use authloom::sync::{Mutex, Notify, OnceCell, RwLock, blocking, mpsc, parking_lot, watch};

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

fn scenario() -> Scenario<dyn TokenRefresher> {
    Scenario {
        name: "sync/two-callers",
        summary: "two callers share objects",
        bounds: Bounds::callers(2),
        properties: vec![],
        sometimes: vec![],
        stage: Arc::new(|stage| {
            let refresher = stage.instance();
            for name in ["first", "second"] {
                let (world, refresher) = (stage.world().clone(), Arc::clone(&refresher));
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new(name)).await;
                });
            }
        }),
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
    let verdict = scenario().explore(build, &options, &mut |_| {});
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

/// At level `lock` no operation is ready when it is first polled: what comes of it then is left to
/// the other levels, and said so.
#[test]
fn an_operation_that_is_polled_once_is_no_proof_at_level_lock() {
    let call = async |mutex: Arc<Mutex<()>>, _is_first| {
        assert!(once(pin!(mutex.lock())).is_pending(), "it is free");
    };
    let comes = |level| comes_at(level, || Mutex::new(()), call);
    assert_eq!(comes(Level::Await), Ok(PANICS));
    assert!(matches!(comes(Level::Lock), Err(Incomplete::GivenUpAtOnce { .. })));
    assert_eq!(comes(Level::Thread), Ok(PANICS));
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

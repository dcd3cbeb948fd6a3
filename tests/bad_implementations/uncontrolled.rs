//! What authloom does not control: threads, runtimes, random numbers, things that outlive a world.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as Blocking, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenEndpointDouble, TokenRefresher, TokenStore,
    TokenStoreDouble, UserId, World,
};
use authloom::prove::{Conclusion, Incomplete, Level, Options, Verdict};
use authloom::report;
use authloom_models::refresh::SerializedWithoutRecheck;
use authloom_scenarios::refresh;

use tokio::sync::oneshot;
use tokio_test::task;

use super::support::{Refresher, serialized, violated_property};

const LEVELS: [Level; 3] = [Level::Await, Level::Lock, Level::Thread];

fn assert_incomplete(verdict: &Verdict, is_expected: impl Fn(&Incomplete) -> bool) {
    let is_it = match &verdict.conclusion {
        Conclusion::Incomplete(reason) => is_expected(reason),
        _ => false,
    };
    assert!(is_it, "{:?}", verdict.conclusion);
}

/// A task woken by a thread of its own: what that thread does is not explored.
#[test]
fn a_foreign_thread_is_noticed() {
    let verdict = refresh::concurrent_callers(1).verdict(|world: &World| OnAThread {
        endpoint: world.token_endpoint(),
        store: world.token_store(),
    });
    assert!(
        matches!(verdict.conclusion, Conclusion::Incomplete(Incomplete::UsedFromElsewhere { .. })),
        "{:?}",
        verdict.conclusion
    );
}

/// Waits for another thread between loading and refreshing.
struct OnAThread {
    endpoint: TokenEndpointDouble,
    store: TokenStoreDouble,
}

#[async_trait]
impl TokenRefresher for OnAThread {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let mut joined = false;
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut joined, true) {
                return std::task::Poll::Ready(());
            }
            let waker = cx.waker().clone();
            std::thread::spawn(move || waker.wake()).join().expect("the thread only wakes");
            std::task::Poll::Pending
        })
        .await;
        let answer = self.endpoint.refresh(&tokens.refresh_token).await?;
        Ok(answer.access_token)
    }
}

/// A thread that uses a double on its own, which no schedule controls.
#[test]
fn a_double_used_by_a_foreign_thread_is_noticed() {
    let verdict = refresh::concurrent_callers(1).verdict(|world: &World| {
        let (auth, store) = (Arc::new(serialized(world)), world.token_store());
        Refresher(move || {
            let (auth, store) = (auth.clone(), store.clone());
            async move {
                let look = move || tokio_test::block_on(store.load(&UserId::new("alice")));
                let _ = std::thread::spawn(look).join();
                auth.access_token(&UserId::new("alice")).await
            }
        })
    });
    assert!(
        matches!(verdict.conclusion, Conclusion::Incomplete(Incomplete::UsedFromElsewhere { .. })),
        "{:?}",
        verdict.conclusion
    );
}

/// The same thread, later: its world is gone, but the exploration is not over.
#[test]
fn a_double_kept_by_a_foreign_thread_is_noticed() {
    let verdict = refresh::concurrent_callers(1).verdict(|world: &World| {
        let (auth, store) = (Arc::new(serialized(world)), world.token_store());
        Refresher(move || {
            let (auth, store) = (auth.clone(), store.clone());
            async move {
                std::thread::spawn(move || {
                    std::thread::park();
                    drop(store);
                });
                auth.access_token(&UserId::new("alice")).await
            }
        })
    });
    assert_incomplete(&verdict, |reason| *reason == Incomplete::WorldKept);
}

/// The doubles of the first world serve all others.
#[test]
fn a_static_that_keeps_a_double_is_noticed() {
    static FIRST: Blocking<Option<TokenStoreDouble>> = Blocking::new(None);
    let verdict = refresh::concurrent_callers(1).verdict(|world: &World| {
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| world.token_store());
        serialized(world)
    });
    assert_incomplete(&verdict, |reason| *reason == Incomplete::WorldKept);
}

/// Who waits for another thread is not in a deadlock; that thread cannot be waited for either.
#[test]
fn a_wait_for_a_foreign_thread_is_no_deadlock() {
    for level in LEVELS {
        let verdict = explore_at(level, |world: &World| {
            let auth = Arc::new(serialized(world));
            Refresher(move || {
                let auth = auth.clone();
                async move {
                    let (sender, receiver) = oneshot::channel();
                    let mut receiver = Box::pin(receiver);
                    let is_there =
                        poll_fn(|cx| Poll::Ready(receiver.as_mut().poll(cx).is_ready())).await;
                    assert!(!is_there);
                    let _ = std::thread::spawn(move || sender.send(())).join();
                    let _ = receiver.await;
                    auth.access_token(&UserId::new("alice")).await
                }
            })
        });
        assert_used_from_elsewhere(&verdict);
    }
}

/// Nor is who waits for a thread that uses a double: that might come to something at any time.
#[test]
fn a_wait_for_a_thread_that_uses_a_double_is_no_deadlock() {
    for level in LEVELS {
        let verdict = explore_at(level, |world: &World| {
            let store = world.token_store();
            Refresher(move || {
                let store = store.clone();
                async move {
                    let (sender, receiver) = oneshot::channel::<()>();
                    let looks = std::thread::spawn(move || {
                        let alice = UserId::new("alice");
                        let _ = task::spawn(store.load(&alice)).poll();
                        sender
                    });
                    let sender = looks.join().expect("it only looks");
                    receiver.await.expect("nobody sends");
                    drop(sender);
                    Err(AuthError::NotSignedIn)
                }
            })
        });
        assert_used_from_elsewhere(&verdict);
    }
}

/// Who waits for ever for something foreign may be waiting for a thread or a runtime that has done
/// nothing yet. The report says so; of a wait that is seen it does not.
#[test]
fn a_wait_for_something_foreign_says_that_it_may_be_no_finding() {
    const HINT: &str = "is neither a double nor of authloom::sync: if a thread or a runtime";
    for level in LEVELS {
        let foreign = explore_at(level, |_| {
            Refresher(|| async {
                let (sender, receiver) = oneshot::channel::<()>();
                receiver.await.expect("nobody sends");
                drop(sender);
                Err(AuthError::NotSignedIn)
            })
        });
        let seen = explore_at(level, |_| {
            Refresher(|| async {
                let (sender, receiver) = authloom::sync::oneshot::channel::<()>();
                receiver.await.expect("nobody sends");
                drop(sender);
                Err(AuthError::NotSignedIn)
            })
        });
        for (verdict, is_hinted) in [(foreign, true), (seen, false)] {
            assert_eq!(violated_property(&verdict), Some("everyone-finishes"), "{level:?}");
            let text = report::verdict_text(&verdict);
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(words.join(" ").contains(HINT), is_hinted, "{level:?} {text}");
        }
    }
}

fn explore_at<F, Fut>(level: Level, build: fn(&World) -> Refresher<F>) -> Verdict
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<AccessToken, AuthError>> + Send + 'static,
{
    let build = move |world: &World| -> Arc<dyn TokenRefresher> { Arc::new(build(world)) };
    let options = Options { level, focus: Some("everyone-finishes"), ..Options::default() };
    refresh::concurrent_callers(1).explore(build, &options, &mut |_| {})
}

fn assert_used_from_elsewhere(verdict: &Verdict) {
    assert_incomplete(verdict, |reason| matches!(reason, Incomplete::UsedFromElsewhere { .. }));
}

/// What changes from one execution to the next shows when the first ones are run again; at level
/// `lock`, the first at level `await` too: only there the lock is free when it is first polled.
#[test]
fn what_outlives_a_world_and_changes_is_noticed() {
    for level in [Level::Await, Level::Lock] {
        let asked = Arc::new(AtomicUsize::new(0));
        let build = move |world: &World| -> Arc<dyn TokenRefresher> {
            let (lock, store) = (Arc::new(authloom::sync::Mutex::new(())), world.token_store());
            let asked = asked.clone();
            Arc::new(Refresher(move || {
                let (lock, store, asked) = (lock.clone(), store.clone(), asked.clone());
                async move {
                    // More orders than are run again.
                    drop(lock.lock().await);
                    drop(lock.lock().await);
                    let mut locked = Box::pin(lock.lock());
                    let is_free =
                        poll_fn(|cx| Poll::Ready(locked.as_mut().poll(cx).is_ready())).await;
                    let _guard = if is_free { None } else { Some(locked.await) };
                    let is_other = is_free && asked.fetch_add(1, Ordering::Relaxed) % 4 == 0;
                    let user = UserId::new(if is_other { "bob" } else { "alice" });
                    let _ = store.load(&user).await;
                    Err(AuthError::NotSignedIn)
                }
            }))
        };
        let mut scenario = refresh::concurrent_callers(3);
        scenario.properties.clear();
        scenario.sometimes.clear();
        let options = Options { level, ..Options::default() };
        let verdict = scenario.explore(build, &options, &mut |_| {});
        assert_incomplete(&verdict, |reason| matches!(reason, Incomplete::HistoryChanged { .. }));
    }
}

/// A `select!` without `biased` draws a random number. Whatever it draws, it is never proved: here
/// one of the branches is wrong.
#[test]
fn an_unbiased_select_is_never_proved() {
    let verdict = refresh::concurrent_callers(2).verdict(|world: &World| {
        let right = Arc::new(serialized(world));
        let wrong = Arc::new(SerializedWithoutRecheck::new(
            world.token_endpoint(),
            world.token_store(),
            world.clock(),
        ));
        Refresher(move || {
            let (right, wrong) = (right.clone(), wrong.clone());
            async move {
                let is_right = tokio::select! {
                    () = std::future::ready(()) => true,
                    () = std::future::ready(()) => false,
                };
                let alice = UserId::new("alice");
                match is_right {
                    true => right.access_token(&alice).await,
                    false => wrong.access_token(&alice).await,
                }
            }
        })
    });
    assert!(!matches!(verdict.conclusion, Conclusion::Proved));
}

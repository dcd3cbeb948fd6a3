//! Panics where nobody expects one: in destructors, in wakers, on top of each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use authloom::auth::{AuthError, TokenEndpoint as _, TokenRefresher, UserId, World, operations};
use authloom::prove::{Conclusion, Incomplete, Level, Options};
use authloom::report;
use authloom::world::Spawner as _;
use authloom_models::refresh::CheckThenAct;
use authloom_scenarios::refresh;

use super::support::{Refresher, explore_for, serialized, violated_property};

/// Goes off unless it is forgotten.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("it was not defused");
    }
}

/// What happens when a world is taken down is not part of an execution.
#[test]
fn background_tasks_that_panic_when_dropped_are_no_finding() {
    let verdict = refresh::concurrent_callers(2).verdict(|world: &World| {
        for name in ["one", "other"] {
            let task = async {
                let _bomb = Bomb;
                std::future::pending::<()>().await;
            };
            world.spawner().spawn(name, Box::pin(task));
        }
        serialized(world)
    });
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
}

#[test]
fn a_deadlock_is_found_though_everybody_panics_when_dropped() {
    let verdict = explore_for("everyone-finishes", || {
        Refresher(|| async {
            let _bomb = Bomb;
            std::future::pending().await
        })
    });
    assert_eq!(violated_property(&verdict), Some("everyone-finishes"));
}

/// A panic that is caught is not the one that is told.
#[test]
fn the_panic_that_nobody_catches_is_told() {
    for level in [Level::Await, Level::Lock, Level::Thread] {
        let build = |_: &World| -> Arc<dyn TokenRefresher> {
            Arc::new(Refresher(|| async {
                assert!(std::panic::catch_unwind(|| panic!("the first")).is_err());
                panic!("the second")
            }))
        };
        let options = Options { level, focus: Some("never-panics"), ..Options::default() };
        let verdict = refresh::concurrent_callers(2).explore(build, &options, &mut |_| {});
        let text = report::verdict_text(&verdict);
        let headline = text.split("\n\n").next().expect("it has one");
        assert!(headline.contains("panicked: the second"), "{level:?} {text}");
    }
}

#[test]
fn a_panic_that_carries_a_bomb_is_a_finding() {
    let verdict =
        explore_for("never-panics", || Refresher(|| async { std::panic::panic_any(Bomb) }));
    assert_eq!(violated_property(&verdict), Some("never-panics"));
    let text = report::verdict_text(&verdict);
    assert!(text.contains("that is not text"), "{text}");
}

/// What was found before stays found.
#[test]
fn a_build_that_panics_late_takes_no_finding_along() {
    let builds = Arc::new(AtomicUsize::new(0));
    let verdict = refresh::concurrent_callers(2).verdict(move |world: &World| {
        assert!(builds.fetch_add(1, Ordering::Relaxed) < 12, "enough");
        CheckThenAct::new(world.token_endpoint(), world.token_store(), world.clock())
    });
    let Conclusion::Incomplete(Incomplete::SetUpPanicked { panic, broken }) = &verdict.conclusion
    else {
        panic!("{:?}", verdict.conclusion)
    };
    assert_eq!(panic.message, "enough");
    assert_eq!(broken.first(), Some(&"refresh-token-presented-once"));
}

struct PanickingWaker;

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        panic!("a waker went off");
    }
}

#[test]
fn a_waker_that_panics_is_a_finding() {
    let verdict = refresh::concurrent_callers(1).verdict(|world: &World| {
        let pull = world.resource_server();
        Refresher(move || {
            let mut pull = Box::pin(pull.pull());
            async move {
                let waker = Waker::from(Arc::new(PanickingWaker));
                let _ =
                    std::future::poll_fn(|_| pull.as_mut().poll(&mut Context::from_waker(&waker)))
                        .await;
                Err(AuthError::NotSignedIn)
            }
        })
    });
    assert_eq!(violated_property(&verdict), Some("never-panics"));
    assert!(report::verdict_text(&verdict).contains("a waker went off"));
}

/// Asks the clock when it is dropped, which takes the kernel's lock.
struct AsksWhenDropped(World);

impl Wake for AsksWhenDropped {
    fn wake(self: Arc<Self>) {}
}

impl Drop for AsksWhenDropped {
    fn drop(&mut self) {
        use authloom::world::Clock as _;
        let _ = self.0.clock().now();
    }
}

#[tokio::test]
async fn a_waker_that_uses_its_world_when_dropped_does_no_harm() {
    let world = World::by_hand();
    let alice = UserId::new("alice");
    world.server().log_in_expired(&alice);
    let gate = world.hold(&operations::TOKEN);
    let endpoint = world.token_endpoint();
    let token = authloom::auth::RefreshToken::new("rt-1");
    let mut refresh = endpoint.refresh(&token);
    for _ in 0..3 {
        let waker = Waker::from(Arc::new(AsksWhenDropped(world.clone())));
        let poll = refresh.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(matches!(poll, Poll::Pending));
    }
    gate.release();
    assert!(refresh.await.is_ok());
}

/// Nobody's call it would be.
#[test]
fn a_call_while_being_built_is_incomplete_and_says_so() {
    let verdict = refresh::concurrent_callers(1).verdict(|world: &World| {
        let mut pull = Box::pin(world.resource_server().pull());
        let _ = pull.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        serialized(world)
    });
    let text = report::conclusion_text(&verdict.conclusion);
    assert!(text.contains("`pull` was called outside a step"), "{text}");
}

//! Objects that an adopter brings along: what is declared of them is what is explored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World, objects};
use authloom::explore::Access;
use authloom::prove::{Bounds, Conclusion, Scenario, Verdict};
use authloom::world::Operation;

static LEFT: Operation = authloom::store_operation!("left");
static RIGHT: Operation = authloom::store_operation!("right");

/// Two cells, as in a cache: whoever reads both finds both old or both new, unless reads and writes
/// cross.
#[derive(Default)]
struct Cells {
    left: AtomicU32,
    right: AtomicU32,
}

/// What the steps say of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declares {
    All,
    Nothing,
}

struct Cache {
    world: World,
    declares: Declares,
}

impl Cache {
    fn accesses(&self, access: Access) -> Option<Access> {
        (self.declares == Declares::All).then_some(access)
    }

    async fn write(&self) {
        let (here, there) = (self.world.own(|_| Cells::default()), objects::own);
        let other = Arc::clone(&here);
        let left = self.accesses(Access::write(there("left")));
        let right = self.accesses(Access::write(there("right")));
        let left = self.world.step_on(&LEFT, left, move |_| here.left.store(1, Ordering::Relaxed));
        let right =
            self.world.step_on(&RIGHT, right, move |_| other.right.store(1, Ordering::Relaxed));
        tokio::join!(left, right);
    }

    async fn read(&self) -> (u32, u32) {
        let (here, there) = (self.world.own(|_| Cells::default()), objects::own);
        let other = Arc::clone(&here);
        let left = self.accesses(Access::read(there("left")));
        let right = self.accesses(Access::read(there("right")));
        let left = self.world.step_on(&LEFT, left, move |_| here.left.load(Ordering::Relaxed));
        let right = self.world.step_on(&RIGHT, right, move |_| other.right.load(Ordering::Relaxed));
        tokio::join!(left, right)
    }
}

#[async_trait]
impl TokenRefresher for Cache {
    /// `alice` writes, everybody else reads; `bob` minds what he finds.
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        if user.as_str() == "alice" {
            self.write().await;
        } else {
            let (left, right) = self.read().await;
            assert!(left <= right || user.as_str() != "bob", "a half-written pair");
        }
        Err(AuthError::NotSignedIn)
    }
}

fn verdict(declares: Declares, reader: &'static str) -> Verdict {
    let scenario: Scenario<dyn TokenRefresher> = Scenario {
        name: "own-objects/half-written",
        summary: "one caller writes two cells, another reads them",
        bounds: Bounds::callers(2),
        properties: vec![],
        sometimes: vec![],
        stage: Arc::new(move |stage| {
            let cache = stage.instance();
            for (name, user) in [("writer", "alice"), ("reader", reader)] {
                let (world, cache) = (stage.world().clone(), cache.clone());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*cache, &UserId::new(user)).await;
                });
            }
        }),
    };
    scenario.verdict(move |world| Cache { world: world.clone(), declares })
}

#[test]
fn what_is_declared_is_explored() {
    let verdict = verdict(Declares::All, "bob");
    let violation = verdict.conclusion.violation().expect("the reads come between the writes");
    assert_eq!(violation.property.name, "never-panics");
}

/// What `World::step_on` warns of: orders that differ are taken for the same and are not tried, and
/// the verdict does not say so.
#[test]
fn what_is_not_declared_is_not_tried() {
    let (all, nothing) = (verdict(Declares::All, "carol"), verdict(Declares::Nothing, "carol"));
    assert!(matches!(all.conclusion, Conclusion::Proved));
    assert!(matches!(nothing.conclusion, Conclusion::Proved));
    assert!(nothing.executions < all.executions, "{} {}", nothing.executions, all.executions);
}

/// The caller's panic, and not the end of the search.
#[test]
fn an_effect_that_panics_is_a_finding() {
    struct Broken(World);

    #[async_trait]
    impl TokenRefresher for Broken {
        async fn access_token(&self, _: &UserId) -> Result<AccessToken, AuthError> {
            self.0.step_on(&LEFT, [], |_| panic!("no such table")).await
        }
    }

    let scenario = authloom_scenarios::refresh::concurrent_callers(1);
    let verdict = scenario.verdict(|world| Broken(world.clone()));
    let text = authloom::report::verdict_text(&verdict);
    assert!(text.contains("violated never-panics"), "{text}");
    assert!(text.contains("no such table"), "{text}");
}

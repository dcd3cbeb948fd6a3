//! Two callers who share something, and what becomes of them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World};
use authloom::prove::{Bounds, Conclusion, Level, Options, Scenario, Verdict, Violation};
use authloom::report;

/// What a caller does; it is given its number, in the order in which they begin.
struct Refresher<F> {
    begun: AtomicUsize,
    call: F,
}

#[async_trait]
impl<F, Fut> TokenRefresher for Refresher<F>
where
    F: Fn(usize) -> Fut + Send + Sync,
    Fut: Future<Output = ()> + Send,
{
    async fn access_token(&self, _user: &UserId) -> Result<AccessToken, AuthError> {
        (self.call)(self.begun.fetch_add(1, Relaxed)).await;
        Err(AuthError::NotSignedIn)
    }
}

/// Two callers that have to finish and must not panic.
fn scenario() -> Scenario<dyn TokenRefresher> {
    Scenario {
        name: "sync/two-callers",
        summary: "two callers share something",
        bounds: Bounds::callers(2),
        properties: vec![],
        sometimes: vec![],
        stage: Arc::new(|stage| {
            let (user, refresher) = (UserId::new("alice"), stage.instance());
            for name in ["one", "two"] {
                let (world, refresher) = (stage.world().clone(), Arc::clone(&refresher));
                let user = user.clone();
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

fn instance<F, Fut>(build: impl Fn() -> F) -> impl Fn(&World) -> Arc<dyn TokenRefresher>
where
    F: Fn(usize) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    move |_| Arc::new(Refresher { begun: AtomicUsize::new(0), call: build() })
}

pub type Done = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a caller of this number does.
pub type Calls = Box<dyn Fn(usize) -> Done + Send + Sync>;

/// Callers who share something, and do this with it.
pub fn calls<S, Fut>(
    shared: S,
    call: impl Fn(Arc<S>, usize) -> Fut + Send + Sync + 'static,
) -> Calls
where
    S: Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let shared = Arc::new(shared);
    Box::new(move |number| Box::pin(call(Arc::clone(&shared), number)))
}

pub fn explore<F, Fut>(level: Level, build: fn() -> F) -> Verdict
where
    F: Fn(usize) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    explore_with(&Options { level, ..Options::default() }, build)
}

pub fn explore_with<F, Fut>(
    options: &Options,
    build: impl Fn() -> F + Send + Sync + 'static,
) -> Verdict
where
    F: Fn(usize) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    scenario().explore(instance(build), options, &mut |_| {})
}

/// What a verdict's schedule shows when it is run again.
pub fn replay<F, Fut>(verdict: &Verdict, build: fn() -> F) -> Violation
where
    F: Fn(usize) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let violation = verdict.conclusion.violation().expect("something is broken");
    let schedule = violation.schedule.as_ref().expect("it can be run again");
    scenario().replay(instance(build), schedule).expect("it shows the same")
}

pub fn assert_broken<F, Fut>(level: Level, property: &str, wrong: fn() -> F) -> String
where
    F: Fn(usize) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let verdict = explore(level, wrong);
    let text = report::verdict_text(&verdict);
    let violation = verdict.conclusion.violation().unwrap_or_else(|| panic!("{level:?} {text}"));
    assert_eq!(violation.property.name, property, "{level:?} {text}");
    text.replace("\n  ", " ")
}

pub fn assert_proved<F, Fut>(level: Level, right: fn() -> F)
where
    F: Fn(usize) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let verdict = explore(level, right);
    let text = report::verdict_text(&verdict);
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{level:?} {text}");
}

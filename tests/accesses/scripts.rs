//! Two callers who run scripts of operations, and what they are told, by both searches.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World};
use authloom::prove::{Bounds, Options, Scenario, Search, Verdict};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What a caller does next.
#[async_trait]
pub trait Operation: Copy + Debug + Send + Sync + 'static {
    /// Sets up the world that it is done in.
    fn arrange(world: &World);

    /// Does it for caller `me`, and returns what it is told, if it is told anything.
    async fn run(self, world: &World, me: usize) -> Option<String>;
}

/// Every log that some execution came to.
type Logs = BTreeSet<String>;

/// The callers' scripts, as if they were a refresher: the user is the caller.
struct Client<O> {
    world: World,
    scripts: Vec<Vec<O>>,
    lines: Mutex<String>,
    all: Arc<Mutex<Logs>>,
}

impl<O> Client<O> {
    /// Notes what caller `me` does or is told.
    fn say(&self, me: usize, what: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_str(&format!("{me}: {what}\n"));
        self.all.lock().unwrap_or_else(PoisonError::into_inner).insert(lines.clone());
    }
}

#[async_trait]
impl<O: Operation> TokenRefresher for Client<O> {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let me: usize = user.as_str().parse().expect("callers are numbers");
        for &operation in &self.scripts[me] {
            self.say(me, &format!("{operation:?}"));
            if let Some(told) = operation.run(&self.world, me).await {
                self.say(me, &told);
            }
        }
        self.say(me, "end");
        Err(AuthError::NotSignedIn)
    }
}

const CALLERS: [&str; 2] = ["0", "1"];

fn explore<O: Operation>(
    scripts: &[Vec<O>],
    search: Search,
    executions_max: u64,
) -> (Verdict, Logs) {
    let logs: Arc<Mutex<Logs>> = Arc::default();
    let scenario: Scenario<dyn TokenRefresher> = Scenario {
        name: "test/scripts",
        summary: "random operations",
        bounds: Bounds::callers(CALLERS.len()),
        properties: Vec::new(),
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            let world = stage.world();
            O::arrange(world);
            let refresher = stage.instance();
            for name in CALLERS {
                let (world, refresher) = (world.clone(), refresher.clone());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new(name)).await;
                });
            }
        }),
    };
    let (all, scripts) = (Arc::clone(&logs), scripts.to_vec());
    let verdict = scenario.explore(
        move |world| {
            let (world, scripts, all) = (world.clone(), scripts.clone(), Arc::clone(&all));
            let lines = Mutex::default();
            Arc::new(Client { world, scripts, lines, all }) as Arc<dyn TokenRefresher>
        },
        &Options { search, executions_max, ..Options::default() },
        &mut |_| {},
    );
    let logs = std::mem::take(&mut *logs.lock().unwrap_or_else(PoisonError::into_inner));
    (verdict, logs)
}

/// Whether the reduced search missed nothing; `None` when there is too much to run it all.
fn compare<O: Operation>(scripts: &[Vec<O>], executions_max: u64) -> Option<Result<(), String>> {
    let (full, all_logs) = explore(scripts, Search::Plain, executions_max);
    if !full.is_exhausted {
        return None;
    }
    let (reduced, logs) = explore(scripts, Search::Optimal, executions_max);
    assert!(reduced.is_exhausted);
    let missed: Vec<&String> = all_logs.difference(&logs).take(1).collect();
    Some(if missed.is_empty() { Ok(()) } else { Err(format!("missed {missed:?}")) })
}

/// Asserts that of so many random scripts none shows a difference, and that more than `least` have
/// no more executions in full than `executions_max`.
pub fn assert_nothing_is_missed<O: Operation>(
    operation: impl Fn() -> BoxedStrategy<O>,
    cases: u32,
    least: u32,
    executions_max: u64,
) {
    let script = || prop::collection::vec(operation(), 1..4);
    let compared = Cell::new(0);
    let mut runner = TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    let result = runner.run(&prop::collection::vec(script(), 2..3), |scripts| {
        if let Some(result) = compare(&scripts, executions_max) {
            compared.set(compared.get() + 1);
            result.map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
    result.expect("both searches see the same");
    let compared: u32 = compared.get();
    assert!(compared > least, "only {compared} of {cases} could be run in full");
}

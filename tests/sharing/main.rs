//! Steps of one instance taken to share objects of `authloom::sync` and nothing else: random
//! programs that do against brute force, and programs that do not.
//!
//! What is compared is what the programs observe, each task for itself: a reduction that forgets
//! an access is seen by what it does not come to.

mod program;
mod unseen;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use authloom::auth::{TokenRefresher, UserId};
use authloom::property::{Breach, Moment, Property, When};
use authloom::prove::{Bounds, Level, Options, Scenario, Search, Sharing, Verdict};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use program::{Log, Op, Program, Told};

/// What each caller does.
#[derive(Debug, Clone)]
struct Workload {
    scripts: Vec<Vec<Op>>,
    cancellations: usize,
    level: Level,
}

thread_local! {
    /// What was told so far in this execution, and where it goes at its end.
    static TOLD: RefCell<(Log, Arc<Mutex<Ends>>)> = RefCell::default();
}

/// What executions came to.
type Ends = BTreeSet<Told>;

/// Breaks never: it is there to be asked at the end of each execution.
const IS_OBSERVED: Property = Property {
    name: "is-observed",
    statement: "what was told at the end is observed",
    joins: &[],
    checks: &[(When::Eventually, observe)],
};

fn observe(_: &Moment<'_>) -> Option<Breach> {
    TOLD.with_borrow(|(log, ends)| ends.lock().expect("nobody panics").insert(log.told()));
    None
}

const CALLERS: [&str; 3] = ["0", "1", "2"];

fn explore(workload: &Workload, search: Search) -> (Verdict, Ends) {
    let ends: Arc<Mutex<Ends>> = Arc::default();
    let (callers, cancellations) = (workload.scripts.len(), workload.cancellations);
    let scenario = Scenario {
        name: "test/program",
        summary: "random callers",
        bounds: Bounds { cancellations, ..Bounds::callers(callers) },
        properties: vec![IS_OBSERVED],
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            let (world, refresher) = (stage.world().clone(), stage.instance());
            for name in &CALLERS[..callers] {
                let (world, refresher) = (world.clone(), Arc::clone(&refresher));
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new(name)).await;
                });
            }
        }),
    };
    let (scripts, to) = (workload.scripts.clone(), Arc::clone(&ends));
    let build = move |world: &authloom::auth::World| {
        let log = Log::default();
        TOLD.replace((log.clone(), Arc::clone(&to)));
        Arc::new(Program::new(world, scripts.clone(), log)) as Arc<dyn TokenRefresher>
    };
    let sharing = match search {
        Search::Plain => Sharing::Anything,
        _ => Sharing::SyncObjects,
    };
    let options = Options {
        search,
        sharing,
        level: workload.level,
        executions_max: if search == Search::Plain { 5_000 } else { u64::MAX },
        // What is looked at first would hide what the search misses.
        has_first_look: false,
        ..Options::default()
    };
    let verdict = scenario.explore(build, &options, &mut |_| {});
    let ends = std::mem::take(&mut *ends.lock().expect("nobody panics"));
    (verdict, ends)
}

/// `None` when there are too many schedules to run them all.
fn compare(workload: &Workload) -> Option<Result<(), String>> {
    let (full, all) = explore(workload, Search::Plain);
    if !full.is_exhausted {
        return None;
    }
    let (reduced, ends) = explore(workload, Search::Optimal);
    if !reduced.is_exhausted {
        return Some(Err(format!("{:?}", reduced.conclusion)));
    }
    let missed: Vec<&Told> = all.difference(&ends).take(1).collect();
    let invented: Vec<&Told> = ends.difference(&all).take(1).collect();
    let told = |verdict: &Verdict| {
        let broken = verdict.conclusion.violation();
        (verdict.conclusion.as_str(), broken.map(|it| it.property.name))
    };
    Some(match (missed.as_slice(), invented.as_slice()) {
        ([], []) if told(&full) == told(&reduced) => Ok(()),
        ([], []) => Err(format!("in full {:?}, reduced {:?}", told(&full), told(&reduced))),
        _ => Err(format!("missed {missed:?}, invented {invented:?}")),
    })
}

fn workloads() -> impl Strategy<Value = Workload> {
    let script = || prop::collection::vec(program::op(), 1..5);
    let scripts = prop_oneof![
        3 => prop::collection::vec(script(), 2),
        1 => prop::collection::vec(prop::collection::vec(program::op(), 1..3), 3),
    ];
    let level = prop_oneof![Just(Level::Await), Just(Level::Lock)];
    let cancellations = prop_oneof![2 => Just(0_usize), 1 => Just(1)];
    (scripts, cancellations, level).prop_map(|(scripts, cancellations, level)| Workload {
        scripts,
        cancellations,
        level,
    })
}

#[test]
fn by_object_everything_is_observed_that_the_plain_search_observes() {
    let cases = std::env::var("SHARING_CASES").map_or(1_500, |n| n.parse().expect("a number"));
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let compared = Cell::new(0);
    let result = runner.run(&workloads(), |workload| {
        if let Some(result) = compare(&workload) {
            result.map_err(TestCaseError::fail)?;
            compared.set(compared.get() + 1);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let (compared, least) = (compared.get(), cases * 2 / 3);
    assert!(compared >= least, "only {compared} of {cases} were small enough to be run in full");
}

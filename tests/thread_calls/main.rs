//! Calls beside which their task does something else, at level `thread`: under a deadline, given
//! up, beside another call or a lock. Whatever can be seen at level `await` can be seen on threads
//! that are interrupted however often.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use authloom::auth::{TokenRefresher, UserId, World, operations::TOKEN};
use authloom::property::{Breach, Moment, Property, When};
use authloom::prove::{Bounds, Conclusion, Incomplete, Level, Options, Scenario, Search, Verdict};
use authloom::world::Release;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use program::{ALONE, BESIDE, Piece, Piece::*, Program, Told};

mod program;
#[path = "../yields/mod.rs"]
mod yields;

/// Which answers are held.
#[derive(Debug, Clone, Copy)]
enum Hold {
    None,
    /// The first, until two requests have arrived.
    UntilTwoHaveArrived,
    /// The first, until nothing else can move.
    ToTheEnd,
    /// Each in turn, until nothing else can move.
    Each,
}

const HELD: [Hold; 3] = [Hold::UntilTwoHaveArrived, Hold::ToTheEnd, Hold::Each];

/// What each caller does, and what befalls them.
#[derive(Debug, Clone)]
struct Workload {
    scripts: [Vec<Piece>; 2],
    cancellations: usize,
    faults: usize,
    hold: Hold,
}

impl Workload {
    fn has_deadline(&self) -> bool {
        let mut pieces = self.scripts.iter().flatten();
        pieces.any(|piece| matches!(piece, RequestWithDeadline | LoadWithDeadline))
    }
}

/// Who did what at the doubles, and what each caller was told.
type History = (Vec<String>, Told);

thread_local! {
    static TOLD: RefCell<Arc<StdMutex<Told>>> = RefCell::default();
}

/// A test has the histories for itself.
static ALONE_WITH_HISTORIES: StdMutex<()> = StdMutex::new(());

static HISTORIES: StdMutex<BTreeSet<History>> = StdMutex::new(BTreeSet::new());

/// Writes an execution down, and is never broken.
fn write_down(moment: &Moment<'_>) -> Option<Breach> {
    let told = TOLD.with_borrow(|told| told.lock().expect("nobody panics").clone());
    let entries = moment.ledger.entries().iter();
    let done = entries.map(|entry| format!("{:?} {:?}", entry.by, entry.event)).collect();
    HISTORIES.lock().expect("nobody panics").insert((done, told));
    None
}

const WRITES_DOWN: Property = Property {
    name: "writes-down",
    statement: "executions are written down",
    joins: &[],
    checks: &[(When::Eventually, write_down)],
};

fn explore(workload: &Workload, level: Level) -> (Verdict, BTreeSet<History>) {
    let executions_max = std::env::var("CALLS_MAX").map_or(2_000, |n| n.parse().expect("a number"));
    explore_within(workload, level, None, executions_max)
}

fn explore_within(
    workload: &Workload,
    level: Level,
    preemptions: Option<usize>,
    executions_max: u64,
) -> (Verdict, BTreeSet<History>) {
    let Workload { cancellations, faults, hold, .. } = *workload;
    let has_deadline = workload.has_deadline();
    let clock_advances = usize::from(has_deadline);
    let scenario = Scenario {
        name: "test/calls",
        summary: "calls beside which something else is done",
        bounds: Bounds { cancellations, faults, clock_advances, ..Bounds::callers(2) },
        properties: vec![WRITES_DOWN],
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            match hold {
                Hold::None => {}
                Hold::UntilTwoHaveArrived => {
                    let release = Release::AfterArrivals { operation: &TOKEN, count: 2 };
                    stage.withhold(&TOKEN, release);
                }
                Hold::ToTheEnd => stage.withhold(&TOKEN, Release::WhenNothingElseMoves),
                Hold::Each => stage.hold_each(&TOKEN),
            }
            let refresher = stage.instance();
            for name in ["0", "1"] {
                let (world, refresher) = (stage.world().clone(), Arc::clone(&refresher));
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new(name)).await;
                });
            }
            if has_deadline {
                stage.clock_advances_by(Duration::from_secs(1));
            }
        }),
    };
    let scripts = workload.scripts.clone();
    let build = move |world: &World| -> Arc<dyn TokenRefresher> {
        let told: Arc<StdMutex<Told>> = Arc::default();
        TOLD.set(Arc::clone(&told));
        Arc::new(Program::new(world, scripts.clone(), told))
    };
    let search = Search::Plain;
    let options = Options { level, search, preemptions, executions_max, ..Options::default() };
    let verdict = scenario.explore(build, &options, &mut |_| {});
    (verdict, std::mem::take(&mut *HISTORIES.lock().expect("nobody panics")))
}

/// `None` when it has more executions or tasks than can be run.
fn compare(workload: &Workload) -> Option<Result<(), String>> {
    // Not level `lock`: where that suspends, real code may not, and a call beside it is earlier.
    let (full, coarse) = explore(workload, Level::Await);
    if !full.is_exhausted {
        return None;
    }
    let (verdict, fine) = explore(workload, Level::Thread);
    match &verdict.conclusion {
        Conclusion::Proved => {}
        Conclusion::Incomplete(
            Incomplete::TooManyThreads { .. }
            | Incomplete::ExecutionLimit { .. }
            // No request, so no fault.
            | Incomplete::OtherBound { .. },
        ) => return None,
        other => return Some(Err(format!("{other:?}"))),
    }
    let missing: Vec<&History> = coarse.difference(&fine).collect();
    Some(match missing.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} of {}: {first:#?}", missing.len(), coarse.len())),
    })
}

fn workloads() -> impl Strategy<Value = Workload> {
    let first = (prop::sample::select(&BESIDE), prop::option::of(prop::sample::select(&ALONE)));
    let first = (first, any::<bool>()).prop_map(|((beside, alone), is_late)| {
        let mut script: Vec<Piece> = std::iter::once(beside).chain(alone).collect();
        if is_late {
            script.reverse();
        }
        script
    });
    let second = prop_oneof![
        3 => prop::sample::select(&ALONE[..]),
        1 => prop::sample::select(&BESIDE[..]),
    ];
    let befalls = prop_oneof![3 => Just((0, 0)), 1 => Just((1, 0)), 1 => Just((0, 1))];
    let hold = prop_oneof![2 => Just(Hold::None), 1 => prop::sample::select(&HELD[..])];
    (first, second, befalls, hold).prop_map(|(first, second, (cancellations, faults), hold)| {
        Workload { scripts: [first, vec![second]], cancellations, faults, hold }
    })
}

/// Nothing befalls it.
fn undisturbed(scripts: [Vec<Piece>; 2]) -> Workload {
    Workload { scripts, cancellations: 0, faults: 0, hold: Hold::None }
}

/// First any two pieces, each a caller's, then random ones.
#[test]
fn threads_show_every_history_that_level_await_shows() {
    let _alone = ALONE_WITH_HISTORIES.lock();
    let cases = std::env::var("CALLS_CASES").map_or(40, |n| n.parse().expect("a number"));
    let compared = Cell::new(0);
    let check = |workload: &Workload| {
        if let Some(result) = compare(workload) {
            result.map_err(TestCaseError::fail)?;
            compared.set(compared.get() + 1);
        }
        Ok(())
    };
    for beside in BESIDE {
        for other in ALONE.into_iter().chain(BESIDE) {
            let workload = undisturbed([vec![beside], vec![other]]);
            check(&workload).unwrap_or_else(|error| panic!("{workload:?}: {error}"));
        }
    }
    assert!(compared.get() > 3 * BESIDE.len(), "only {} pairs", compared.get());
    compared.set(0);
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&workloads(), |workload| check(&workload));
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let (compared, least) = (compared.get(), cases as usize / 3);
    assert!(compared >= least, "only {compared} of {cases} were small enough to be run in full");
}

/// Where an entry of a history is by what it begins with.
fn position(history: &History, begins: &str) -> Option<usize> {
    history.0.iter().position(|entry| entry.starts_with(begins))
}

/// A request arrives before what its task does after it in the same breath, too: the other caller
/// counts first though it comes after that.
#[test]
fn a_request_arrives_before_what_is_done_beside_it() {
    let _alone = ALONE_WITH_HISTORIES.lock();
    let workload = undisturbed([vec![RequestBesideCount], vec![Count]]);
    let (_, histories) = explore(&workload, Level::Thread);
    let is_it = |history: &&History| {
        let arrived = position(history, "Lane(0) RefreshTokenPresented");
        arrived.is_some()
            && arrived < position(history, "Lane(1) TokenAsked")
            && history.1[1] == ["1"]
    };
    assert!(histories.iter().any(|history| is_it(&history)), "{histories:#?}");
}

/// Whoever is notified while a request that was given up is on its way can send the next before
/// that arrives.
#[test]
fn a_request_that_was_given_up_is_overtaken() {
    let _alone = ALONE_WITH_HISTORIES.lock();
    let workload = undisturbed([vec![NotifiedBesideRequestGivenUp], vec![Notify]]);
    for level in [Level::Await, Level::Thread] {
        let (_, histories) = explore(&workload, level);
        let is_it = |history: &History| history.1[0] == ["refreshed after 2"];
        assert!(histories.iter().any(is_it), "{level:?} {histories:#?}");
    }
}

/// Between two destructors of a cancelled task its request can arrive.
#[test]
fn a_request_arrives_between_destructors() {
    let _alone = ALONE_WITH_HISTORIES.lock();
    let scripts = [vec![RequestUnderTwoLocks], vec![TryBothLocks]];
    let workload = Workload { cancellations: 1, ..undisturbed(scripts) };
    let (preemptions, executions_max) = (Some(3), u64::MAX);
    let (_, histories) = explore_within(&workload, Level::Thread, preemptions, executions_max);
    let is_it = |(done, told): &History| {
        let told = told[1] == ["2 (true, false)"];
        let order: Vec<bool> = done
            .iter()
            .filter(|entry| entry.contains("TokensLoaded") || entry.contains("Presented"))
            .map(|entry| entry.contains("Presented"))
            .collect();
        told && order == [false, true, false]
    };
    assert!(histories.iter().any(is_it), "{histories:#?}");
}

/// An answer that is held comes back when nothing else can move, whatever else its task does.
#[test]
fn a_held_answer_is_held_beside_something_else() {
    let _alone = ALONE_WITH_HISTORIES.lock();
    let scripts = [vec![RequestBesideCount], vec![Load, Count]];
    let workload = Workload { hold: Hold::ToTheEnd, ..undisturbed(scripts) };
    let (verdict, histories) = explore(&workload, Level::Thread);
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
    assert!(!histories.is_empty());
    for history in &histories {
        let returned = ["Lane(1) Returned", "Lane(0) Returned"].map(|one| position(history, one));
        assert!(returned.is_sorted() && returned[0].is_some(), "{history:#?}");
    }
}

fn conclusion(scripts: [Vec<Piece>; 2], preemptions: Option<usize>) -> Conclusion {
    let _alone = ALONE_WITH_HISTORIES.lock();
    explore_within(&undisturbed(scripts), Level::Thread, preemptions, u64::MAX).0.conclusion
}

/// Seven requests, each of which could be under way when its deadline passes: loom has threads for
/// two of them at a time.
#[test]
fn who_has_brought_a_call_brings_the_next() {
    let conclusion =
        conclusion([vec![RequestWithDeadline; 5], vec![RequestWithDeadline; 2]], Some(0));
    assert!(matches!(conclusion, Conclusion::Proved), "{conclusion:?}");
}

/// Five calls under way at a time.
#[test]
fn more_calls_than_threads_are_no_pass() {
    let conclusion = conclusion([vec![RequestGivenUp; 3], vec![RequestBesideRequest]], None);
    let one_more = String::from("a call of 0, beside which that goes on");
    let expected = Incomplete::TooManyThreads { threads_max: 4, one_more };
    let Conclusion::Incomplete(reason) = conclusion else { panic!("{conclusion:?}") };
    assert_eq!(reason, expected);
}

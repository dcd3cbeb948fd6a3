//! The reduced search against the plain one on random programs that use all that a world offers,
//! and that share what they can: futures, gates, wakers, locks, tasks.
//!
//! The two searches see the same declared accesses, so agreeing on classes would show nothing of
//! an access that is not declared. What is compared is what the programs *observe*: each keeps a
//! log of everything that it is told, and both searches must come to the same logs.

mod interpreter;
mod shared;
#[path = "../yields/mod.rs"]
mod yields;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use authloom::auth::{TokenRefresher, UserId, operations};
use authloom::property::{Breach, Moment, Property, When};
use authloom::prove::{Bounds, Options, Scenario, Search, Stage, Verdict};
use authloom::world::{Fault, Release};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use interpreter::{Interpreter, Op};

/// A workload: what callers there are, and what the stage does.
#[derive(Debug, Clone)]
struct Workload {
    callers: usize,
    /// One for each caller, or one for all, who are then identical.
    scripts: Vec<Vec<Op>>,
    gates: Vec<u8>,
    is_pull_held_in_turn: bool,
    cancellations: usize,
    /// The one kind of fault that befalls a call, if one does.
    fault: Option<usize>,
    /// Whether the first caller is in a process of its own, and all others are in another.
    is_in_processes: bool,
    crashes: usize,
}

thread_local! {
    /// What was told so far in this execution.
    static TOLD: RefCell<Told> = RefCell::default();
}

/// What was told to each process, before and after a crash: they share no log, as no code does
/// that is of several processes.
#[derive(Default)]
struct Told {
    processes: [Arc<Mutex<String>>; 2],
    /// The process that is being started.
    starting: usize,
    /// Whether the processes are explored up to their names.
    are_alike: bool,
    /// What all executions came to.
    all: Arc<Mutex<Logs>>,
}

/// Every log of a process that some execution came to, and all logs together at its end.
type Logs = BTreeSet<String>;

/// Breaks never: it is there to be asked at the end of each execution.
const IS_OBSERVED: Property = Property {
    name: "is-observed",
    statement: "what was told at the end is observed",
    joins: &[],
    checks: &[(When::Eventually, observe)],
};

fn observe(_: &Moment<'_>) -> Option<Breach> {
    TOLD.with_borrow(|told| {
        let mut lines =
            told.processes.each_ref().map(|lines| lines.lock().expect("nobody panics").clone());
        if told.are_alike {
            lines.sort();
        }
        told.all.lock().expect("nobody panics").insert(lines.join("| "));
    });
    None
}

const CALLERS: [&str; 3] = ["0", "1", "2"];

fn scenario(workload: &Workload, all: Arc<Mutex<Logs>>) -> Scenario<dyn TokenRefresher> {
    let workload = workload.clone();
    let Workload { callers, cancellations, fault, crashes, .. } = workload;
    let faults = usize::from(fault.is_some());
    Scenario {
        name: "test/workload",
        summary: "random callers",
        bounds: Bounds { cancellations, faults, crashes, ..Bounds::callers(callers) },
        properties: vec![IS_OBSERVED],
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            TOLD.replace(Told { all: Arc::clone(&all), ..Told::default() });
            for kind in &workload.gates {
                withhold(stage, *kind);
            }
            if workload.is_pull_held_in_turn {
                stage.hold_each(&operations::PULL);
            }
            if let Some(fault) = workload.fault {
                stage.faults_are(&Fault::ALL[fault..=fault]);
            }
            let users = CALLERS.map(UserId::new);
            for user in &users[..workload.scripts.len()] {
                stage.world().server().log_in_expired(user);
            }
            if !workload.is_in_processes {
                return add_callers(stage, &workload, 0..callers);
            }
            if callers == 2 && workload.scripts.len() == 1 {
                TOLD.with_borrow_mut(|told| told.are_alike = true);
                let workload = workload.clone();
                return stage.identical_processes(&CALLERS[..2], move |process, name| {
                    let number = CALLERS.iter().position(|other| *other == name);
                    let number = number.expect("it is one of these");
                    TOLD.with_borrow_mut(|told| told.starting = number);
                    add_callers(process, &workload, number..number + 1);
                });
            }
            for (number, share) in [0..1, 1..callers].into_iter().enumerate() {
                let workload = workload.clone();
                stage.process(move |process| {
                    TOLD.with_borrow_mut(|told| told.starting = number);
                    add_callers(process, &workload, share.clone());
                });
            }
        }),
    }
}

fn add_callers(
    stage: &Stage<'_, dyn TokenRefresher>,
    workload: &Workload,
    share: std::ops::Range<usize>,
) {
    let (world, refresher) = (stage.world().clone(), stage.instance());
    let caller = |user: UserId| {
        let (world, refresher) = (world.clone(), refresher.clone());
        async move {
            let _ = world.ask_for_token(&*refresher, &user).await;
        }
    };
    if workload.scripts.len() == 1 {
        return stage.identical_callers(&CALLERS[share], || caller(UserId::new(CALLERS[0])));
    }
    for name in &CALLERS[share] {
        stage.caller(name, caller(UserId::new(name)));
    }
}

fn withhold(stage: &Stage<'_, dyn TokenRefresher>, kind: u8) {
    let after = |operation| Release::AfterArrivals { operation, count: 1 };
    match kind {
        0 => stage.withhold(&operations::TOKEN, Release::WhenNothingElseMoves),
        1 => stage.withhold(&operations::PULL, Release::WhenNothingElseMoves),
        2 => stage.withhold(&operations::FIND_SESSION, Release::WhenNothingElseMoves),
        3 => stage.withhold(&operations::TOKEN, after(&operations::PULL)),
        _ => stage.withhold(&operations::PULL, after(&operations::FIND_SESSION)),
    }
}

fn explore(workload: &Workload, search: Search, jobs: usize) -> (Verdict, Logs) {
    let logs: Arc<Mutex<Logs>> = Arc::default();
    let (shared, scripts) = (Arc::clone(&logs), workload.scripts.clone());
    // Of the reduced search, those count too after which it began again.
    let executions_max = if search == Search::Plain { 5_000 } else { u64::MAX };
    // What is looked at first would hide what the search misses.
    let has_first_look = false;
    let options = Options { search, jobs, has_first_look, executions_max, ..Options::default() };
    let verdict = scenario(workload, Arc::clone(&logs)).explore(
        move |world| {
            let lines = TOLD.with_borrow(|told| Arc::clone(&told.processes[told.starting]));
            let interpreter = Interpreter::new(world, scripts.clone(), lines, Arc::clone(&shared));
            Arc::new(interpreter) as Arc<dyn TokenRefresher>
        },
        &options,
        &mut |_| {},
    );
    let logs = std::mem::take(&mut *logs.lock().expect("no interpreter panics"));
    (verdict, logs)
}

/// `None` when there are too many schedules to run them all.
fn compare(workload: &Workload) -> Option<Result<(), String>> {
    let (full, all_logs) = explore(workload, Search::Plain, 1);
    if !full.is_exhausted {
        return None;
    }
    let found = compare_with(workload, (&full, &all_logs), 1);
    Some(found.and_then(|()| compare_with(workload, (&full, &all_logs), 2)))
}

/// Whether so many threads find by reduction what was found in full.
fn compare_with(
    workload: &Workload,
    (full, all_logs): (&Verdict, &Logs),
    jobs: usize,
) -> Result<(), String> {
    let (reduced, logs) = explore(workload, Search::Optimal, jobs);
    // Identical callers are explored up to their names, which no log says.
    let told = |verdict: &Verdict| {
        let broken = verdict.conclusion.violation();
        (verdict.conclusion.as_str(), broken.map(|it| (it.property.name, it.others.clone())))
    };
    let missed: Vec<&String> = all_logs.difference(&logs).take(1).collect();
    let invented: Vec<&String> = logs.difference(all_logs).take(1).collect();
    if !missed.is_empty() || !invented.is_empty() {
        return Err(format!("{jobs} jobs: missed {missed:?}, invented {invented:?}"));
    }
    if told(full) != told(&reduced) {
        let (full, reduced) = (told(full), told(&reduced));
        return Err(format!("{jobs} jobs: in full {full:?}, reduced {reduced:?}"));
    }
    Ok(())
}

fn workloads() -> impl Strategy<Value = Workload> {
    let script = || prop::collection::vec(interpreter::op(), 1..4);
    let callers = prop_oneof![
        4 => prop::collection::vec(script(), 2).prop_map(|scripts| (2, scripts)),
        1 => prop::collection::vec(script(), 3).prop_map(|scripts| (3, scripts)),
        2 => (2_usize..4, prop::collection::vec(script(), 1)),
    ];
    let gates = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(0_u8..5, 1..3)];
    let held = prop::bool::weighted(0.2);
    let cancellations = prop_oneof![6 => Just(0_usize), 2 => Just(1), 1 => Just(2)];
    let fault = prop_oneof![4 => Just(None), 1 => (0..Fault::ALL.len()).prop_map(Some)];
    let processes =
        prop_oneof![3 => Just((false, 0_usize)), 1 => Just((true, 0)), 1 => Just((true, 1))];
    (callers, gates, held, cancellations, fault, processes).prop_map(
        |((callers, scripts), gates, is_pull_held_in_turn, cancellations, fault, processes)| {
            let (is_in_processes, crashes) = processes;
            Workload {
                callers,
                scripts,
                gates,
                is_pull_held_in_turn,
                cancellations,
                fault,
                is_in_processes,
                crashes,
            }
        },
    )
}

#[test]
fn the_reduced_search_observes_what_the_plain_one_does() {
    const CASES: u32 = 1_000;
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let compared = Cell::new(0);
    let result = TestRunner::new_with_rng(config, rng).run(&workloads(), |workload| {
        if let Some(result) = compare(&workload) {
            result.map_err(TestCaseError::fail)?;
            compared.set(compared.get() + 1);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let (compared, least) = (compared.get(), CASES * 2 / 3);
    assert!(compared >= least, "only {compared} of {CASES} were small enough to be run in full");
}

/// Two answers are held. The one that stays may be let go by the caller that the other one woke,
/// and is then no held answer any more.
#[test]
fn an_answer_held_beside_another_may_go_first() {
    let workload = Workload {
        callers: 3,
        scripts: vec![vec![Op::Find, Op::ReleaseGate], vec![Op::HoldToken], vec![Op::Refresh]],
        gates: vec![2],
        is_pull_held_in_turn: false,
        cancellations: 0,
        fault: None,
        is_in_processes: false,
        crashes: 0,
    };
    assert_eq!(compare(&workload), Some(Ok(())));
}

/// Whether a call comes after the one from which on all are lost decides what it is told, though
/// the two share nothing else.
#[test]
fn what_lasts_befalls_whoever_comes_after() {
    let workload = Workload {
        callers: 2,
        scripts: vec![vec![Op::Pull], vec![Op::Pull]],
        gates: Vec::new(),
        is_pull_held_in_turn: false,
        cancellations: 0,
        fault: Some(Fault::RequestLost as usize),
        is_in_processes: false,
        crashes: 0,
    };
    assert_eq!(compare(&workload), Some(Ok(())));
}

/// A process crashes while the tasks of another begin in either order.
#[test]
fn a_crash_comes_beside_either_order_of_others() {
    let workload = Workload {
        callers: 3,
        scripts: vec![vec![Op::Find], vec![Op::Lock(0)], vec![Op::AwaitShared]],
        gates: Vec::new(),
        is_pull_held_in_turn: false,
        cancellations: 0,
        fault: None,
        is_in_processes: true,
        crashes: 1,
    };
    assert_eq!(compare(&workload), Some(Ok(())));
}

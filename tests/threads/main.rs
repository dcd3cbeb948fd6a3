//! Level `thread`: the catalogue as declared, and everything that must not read as a pass there.

use std::collections::BTreeSet;
use std::env;
use std::ops::Range;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use authloom::auth::{TokenRefresher, World};
use authloom::prove::{Conclusion, Incomplete, Level, Options, Verdict};
use authloom::report;
use authloom::sync::atomic::{AtomicU32, Ordering};
use authloom_models::refresh::SerializedWithRecheck;
use authloom_scenarios::{Cell, Size, cells, cells_at, refresh};

mod findings;
mod limits;
#[path = "../refresher/mod.rs"]
mod refresher;

use refresher::Refresher;

fn explore<R>(callers: usize, options: Options, build: fn(&World) -> R) -> Verdict
where
    R: TokenRefresher + 'static,
{
    let build = move |world: &World| -> Arc<dyn TokenRefresher> { Arc::new(build(world)) };
    let options = Options { level: Level::Thread, ..options };
    refresh::concurrent_callers(callers).explore(build, &options, &mut |_| {})
}

fn right(world: &World) -> impl TokenRefresher + use<> {
    SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
}

fn incomplete(verdict: &Verdict) -> &Incomplete {
    match &verdict.conclusion {
        Conclusion::Incomplete(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_catalogue_is_as_declared_and_replays() {
    for cell in cells_at(Level::Thread) {
        let verdict = cell.explore(Size::default(), &mut |_| {});
        let text = report::verdict_text(&verdict);
        assert!(cell.declared.agrees_with(&verdict), "{} {text}", cell.model);
        let (named, preemptions) = match (cell.race().name(), cell.model) {
            ("refresh/crash-with-grace", "refresh/detached-exchange") => (", 1 preemption", 1),
            _ => (", 2 preemptions", 2),
        };
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("level thread") && words.contains(named), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let row = report::json_row(&verdict, cell.declared.as_str());
        assert_eq!(row["bounds"]["preemptions"], preemptions);
        if let Conclusion::Violated(violation) = &verdict.conclusion {
            assert_eq!(replayed(&cell, &text), report::violation_text(violation));
        }
    }
}

/// What the schedule in a report shows when it is run again.
fn replayed(cell: &Cell, text: &str) -> String {
    let schedule = report::parse_schedule(text).expect("it was just written");
    assert_eq!(schedule.level, Level::Thread);
    let violation = cell.replay(&schedule).unwrap_or_else(|error| panic!("{error:?} {text}"));
    report::violation_text(&violation)
}

/// Names a cell to the process that explores it, by its place in the catalogue.
const CELL: &str = "AUTHLOOM_TEST_CELL";

/// What that process says if there are more threads than loom has.
const TOO_MANY: &str = "more threads than loom has";

/// With three callers too, wherever a scenario has three. Where callers start tasks of their own,
/// there can be more threads than loom has: that is no proof, and no finding either. Returns those.
///
/// Each cell has a process of its own: loom maps its stacks anew in each execution, and for that
/// the threads of one process would wait for one another.
fn too_many_with_three_callers(crashes: Range<usize>) -> Vec<(&'static str, &'static str)> {
    let is_wanted = |cell: &Cell| {
        crashes.contains(&cell.race().crashes()) && cell.race().callers_range().contains(&3)
    };
    let cells: Vec<_> = cells_at(Level::Thread).into_iter().enumerate().collect();
    let wanted: Vec<_> = cells.iter().filter(|(_, cell)| is_wanted(cell)).collect();
    let (next, too_many) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let explore_cells = || {
        while let Some((place, cell)) = wanted.get(next.fetch_add(1, Relaxed)) {
            let name = cell.model;
            let arguments = ["--exact", "three_callers_in_this_process", "--ignored"];
            let mut child = Command::new(env::current_exe().expect("it runs"));
            child.args(arguments).arg("--nocapture").env(CELL, place.to_string());
            let Output { status, stdout, stderr } = child.output().expect("it can be started");
            let [said, failed] =
                [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
            assert!(status.success() && said.contains("1 passed"), "{name} {said} {failed}");
            if said.contains(TOO_MANY) {
                too_many.lock().expect("nobody panics").insert(*place);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(explore_cells);
        }
    });
    let too_many = too_many.into_inner().expect("nobody panics");
    too_many.into_iter().map(|at| (cells[at].1.race().name(), cells[at].1.model)).collect()
}

#[test]
#[ignore = "run for each cell by those below"]
fn three_callers_in_this_process() {
    let place = env::var(CELL).expect("it names a cell").parse().expect("it is a place");
    let cell = cells_at(Level::Thread).into_iter().nth(place).expect("the catalogue has it");
    let size = Size { callers: Some(3), ..Size::default() };
    // A crash has so many more executions.
    let preemptions = Some(if cell.race().crashes() == 0 { 2 } else { 1 });
    let options = Options { preemptions, ..Options::default() };
    let verdict = cell.explore_with(options, size, &mut |_| {});
    if !cell.declared.agrees_with(&verdict) {
        let text = report::verdict_text(&verdict);
        assert!(matches!(incomplete(&verdict), Incomplete::TooManyThreads { .. }), "{text}");
        println!("{TOO_MANY}");
    }
}

#[test]
fn three_callers_are_as_declared() {
    // Those that start a task for each exchange or renewal.
    assert_eq!(
        too_many_with_three_callers(0..1),
        [
            ("refresh/concurrent-callers", "refresh/detached-exchange"),
            ("refresh/concurrent-callers", "refresh/reference"),
            ("refresh/cancelled-caller", "refresh/waiter-clears-slot"),
            ("refresh/cancelled-caller", "refresh/detached-exchange"),
            ("refresh/cancelled-caller", "refresh/reference"),
            ("refresh/expiry-at-any-moment", "refresh/detached-exchange"),
            ("refresh/failed-refresh", "refresh/detached-exchange"),
            ("refresh/failed-renewal", "refresh/failed-renewal-published"),
            ("refresh/failed-renewal", "refresh/failed-renewal-ignored"),
            ("refresh/replicas-without-grace", "refresh/reference"),
            ("callback/double-submit", "callback/reference"),
            ("callback/two-replicas", "callback/reference"),
        ]
    );
}

/// Interrupted once.
#[test]
fn three_callers_of_processes_that_crash_are_as_declared() {
    assert_eq!(
        too_many_with_three_callers(1..usize::MAX),
        [
            ("refresh/crash-without-grace", "refresh/detached-exchange"),
            ("refresh/crash-with-grace", "refresh/detached-exchange"),
            ("refresh/everything-at-once", "refresh/reference"),
            ("refresh/loss-without-grace", "refresh/reference"),
        ]
    );
}

/// What is explored with fewer callers than at other levels could not be with as many.
#[test]
fn what_has_fewer_callers_has_no_threads_for_more() {
    let mut smaller = 0;
    for (cell, coarse) in cells_at(Level::Thread).into_iter().zip(cells()) {
        if cell.callers() == coarse.callers() {
            continue;
        }
        let size = Size { callers: Some(coarse.callers()), ..Size::default() };
        let verdict = cell.explore(size, &mut |_| {});
        assert!(matches!(incomplete(&verdict), Incomplete::TooManyThreads { .. }));
        smaller += 1;
    }
    assert!(smaller > 0);
}

/// The bound hides nothing in the right models: without one, they are proved as well.
#[test]
fn without_a_bound_the_right_ones_are_proved_too() {
    let options = Options { preemptions: None, ..Options::default() };
    let bounded = explore(2, Options::default(), right);
    let verdict = explore(2, options, right);
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
    assert!(verdict.executions > bounded.executions);
    assert!(report::json_row(&verdict, "proved")["bounds"]["preemptions"].is_null());
}

/// A schedule that does not fit is refused with its line.
#[test]
fn a_stale_schedule_is_refused_with_its_line() {
    let named = |model: &str| {
        let mut all = cells_at(Level::Thread).into_iter();
        all.find(|cell| cell.model == model).expect("the catalogue has it")
    };
    let verdict = named("refresh/check-then-act").explore(Size::default(), &mut |_| {});
    let text = report::verdict_text(&verdict);
    let parsed = |text: &str| report::parse_schedule(text).expect("it is one");
    let refused = |model: &str, text: &str| {
        let error = named(model).replay(&parsed(text)).expect_err("it does not fit");
        report::replay_error_text(&error)
    };
    let line = parsed(&text).steps[0].line;
    let found = refused("refresh/serialized-with-recheck", &text);
    assert!(found.contains("is not possible here"), "{found}");
    let first = parsed(&text).steps[0].text.clone();
    let found = refused("refresh/check-then-act", &text.replace(&first, "realtime goes on"));
    assert_eq!(
        found,
        format!(
            "line {line}: `realtime goes on` is not possible here; possible: `execution N, \
             preemptions N|none[, strict atomics]`"
        )
    );
    let late = "execution 9999999, preemptions 0";
    let found = refused("refresh/check-then-act", &text.replace(&first, late));
    assert!(found.contains(&format!("line {line}: `{late}` is not possible here")), "{found}");
}

/// A schedule says what was done: the same callers doing something else are no reproduction.
#[test]
fn a_schedule_of_other_operations_is_refused() {
    fn build<F, Fut>(does: F) -> impl Fn(&World) -> Arc<dyn TokenRefresher>
    where
        F: Fn(Arc<AtomicU32>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        move |_: &World| {
            let (does, count) = (does.clone(), Arc::new(AtomicU32::new(0)));
            Arc::new(Refresher(move || does(Arc::clone(&count))))
        }
    }
    let loads = build(async |count| assert_eq!(count.load(Ordering::Acquire), 1));
    let swaps = build(async |count| assert_eq!(count.swap(1, Ordering::AcqRel), 1));
    let scenario = refresh::concurrent_callers(1);
    let options =
        Options { level: Level::Thread, focus: Some("never-panics"), ..Options::default() };
    let verdict = scenario.explore(loads, &options, &mut |_| {});
    let violation = verdict.conclusion.violation().expect("it panics").clone();
    let schedule = violation.schedule.expect("it can be replayed");
    let error = scenario.replay(swaps, &schedule).expect_err("it is of other code");
    let text = report::replay_error_text(&error);
    assert!(text.contains("AtomicU32::load"), "{text}");
    assert!(text.contains("AtomicU32::swap"), "{text}");
}

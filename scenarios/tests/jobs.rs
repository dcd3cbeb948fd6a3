//! Whether several threads, and several machines, come to what one comes to: over the whole
//! catalogue.

use authloom::prove::{
    Bounds, Conclusion, Level, MergedConclusion, Options, Shard, ShardResult, Verdict, merge,
};
use authloom::report;
use authloom_scenarios::{Cell, Size, cells_at};

fn explore(cell: &Cell, jobs: usize) -> Verdict {
    let options = Options { jobs, ..Options::default() };
    cell.explore_with(options, Size::default(), &mut |_| {})
}

fn is_small(cell: &Cell) -> bool {
    let options = Options { executions_max: EXECUTIONS_MAX, ..Options::default() };
    cell.explore_with(options, Size::default(), &mut |_| {}).is_exhausted
}

/// All that people see of a verdict, but for what was counted and how long it took.
fn shown(verdict: &Verdict) -> String {
    match verdict.conclusion.violation() {
        None => report::conclusion_text(&verdict.conclusion),
        Some(violation) => {
            let schedule = violation.schedule.as_ref().map(report::schedule_text);
            let text = report::violation_text(violation);
            format!("{text}{:?}{}", violation.others, schedule.unwrap_or_default())
        }
    }
}

fn all_cells() -> Vec<Cell> {
    [Level::Await, Level::Lock].into_iter().flat_map(cells_at).collect()
}

/// Larger cells would take minutes.
const EXECUTIONS_MAX: u64 = 4_000;

/// With the same counterexample, to the letter.
#[test]
fn each_cell_gets_the_same_verdict_from_any_number_of_threads() {
    for cell in all_cells() {
        let name = format!("{} {} {:?}", cell.race().name(), cell.model, cell.level);
        if !is_small(&cell) {
            continue;
        }
        let one = explore(&cell, 1);
        let (two, three) = (explore(&cell, 2), explore(&cell, 3));
        assert_eq!(shown(&two), shown(&one), "{name}");
        assert_eq!(shown(&three), shown(&one), "{name}");
        let counts = |verdict: &Verdict| (verdict.executions, verdict.redundant, verdict.steps);
        assert_eq!(counts(&three), counts(&two), "{name}");
        if one.is_exhausted {
            let classes = two.executions - two.redundant;
            // Inside of a part, a step is known to touch less than in a search of all.
            assert!(classes <= one.executions, "{name}: {classes} of {}", one.executions);
        }
    }
}

fn has_one_plan(bounds: Bounds) -> bool {
    bounds.cancellations + bounds.faults + bounds.crashes == 0
}

/// The lines of a schedule up to its steps, and how many those are.
fn size(schedule: Option<&String>) -> Option<(Vec<&str>, usize)> {
    let lines: Vec<&str> = schedule?.lines().collect();
    let steps = lines.iter().position(|line| line.starts_with("1 "))?;
    Some((lines[..steps].to_vec(), lines.len() - steps))
}

/// The results of all shards of a cell, through their files.
fn shards(cell: &Cell, of: usize) -> Vec<ShardResult> {
    let shard = |index| {
        let options = Options { shard: Some(Shard { index, of }), ..Options::default() };
        let verdict = cell.explore_with(options, Size::default(), &mut |_| {});
        assert!(!matches!(verdict.conclusion, Conclusion::Proved), "a share proves nothing");
        let text = report::shard_text(&verdict).expect("it is a share");
        report::parse_shard(&text).expect("it was just written")
    };
    (1..=of).map(shard).collect()
}

/// With a counterexample that is as simple, and as many executions as on one machine if nothing
/// befalls: from one plan to the next, a share does not know what steps have touched elsewhere.
///
/// Which of several that are equally simple it is depends on which plan a shard came to first.
#[test]
fn each_cell_gets_the_same_verdict_from_any_number_of_machines() {
    for (at, cell) in all_cells().iter().enumerate() {
        let name = format!("{} {} {:?}", cell.race().name(), cell.model, cell.level);
        if !is_small(cell) {
            continue;
        }
        let one = explore(cell, 1);
        let two = explore(cell, 2);
        let merged = merge(&shards(cell, 2 + at % 3)).expect("they belong together");
        match (&merged.conclusion, &one.conclusion) {
            (MergedConclusion::Proved, Conclusion::Proved) if has_one_plan(one.bounds) => {
                assert_eq!(merged.executions, two.executions, "{name}");
            }
            (MergedConclusion::Proved, Conclusion::Proved) => {}
            (MergedConclusion::Violated { schedule, .. }, Conclusion::Violated(violation)) => {
                let expected = violation.schedule.as_ref().map(report::schedule_text);
                assert_eq!(size(schedule.as_ref()), size(expected.as_ref()), "{name}");
            }
            (merged, one) => panic!("{name}: {merged:?}, alone {}", one.as_str()),
        }
    }
}

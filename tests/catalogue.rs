//! The catalogue as tests, one a cell, by name: `cargo test --test catalogue keyed-lock`.
//!
//! Each explores its cell and asserts the declared verdict; that the counterexample, taken through
//! its text form, breaks the same property again; that the report reads as pinned; and that the
//! README's row says the same. `in-full` runs every schedule and compares.

use authloom::prove::{Conclusion, Search, Verdict};
use authloom::report;
use authloom_scenarios::{Cell, Size, cells};
use libtest_mimic::{Arguments, Failed, Trial};

const README: &str = include_str!("../README.md");

/// Cells of which not every schedule can be run: with one caller, it can.
const TOO_LARGE_IN_FULL: [(&str, &str); 2] = [
    ("refresh/replicas-without-grace", "refresh/reference"),
    ("callback/two-replicas", "callback/reference"),
];

fn main() {
    let arguments = Arguments::from_args();
    let trials = cells().into_iter().flat_map(|cell| {
        let name = format!("{}::{}", cell.race().name(), cell.model);
        let in_full = Trial::test(format!("{name}::in-full"), move || compare(&cell));
        [Trial::test(name, move || check(&cell)), in_full]
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn check(cell: &Cell) -> Result<(), Failed> {
    let verdict = cell.explore(Size::default(), &mut |_| {});
    if !cell.declared.agrees_with(&verdict) {
        return Err(report::verdict_text(&verdict).into());
    }
    let row = readme_row(cell, &verdict);
    if !README.contains(&row) {
        return Err(format!("the README lacks the row\n{row}").into());
    }
    let Conclusion::Violated(violation) = &verdict.conclusion else { return Ok(()) };

    let text = report::verdict_text(&verdict);
    let schedule = report::parse_schedule(&text)?;
    let replayed = cell.replay(&schedule).map_err(|error| report::replay_error_text(&error))?;
    if report::violation_text(&replayed) != report::violation_text(violation) {
        return Err("the schedule replays to another violation".into());
    }
    let name = format!("{}__{}", cell.race().name(), cell.model).replace('/', "_");
    insta::assert_snapshot!(name, text);
    Ok(())
}

/// Runs every schedule instead of one a class: the same verdict, the same properties broken, the
/// same counterexample. The reduction then has missed nothing, and the counterexample is the one
/// with the fewest switches, then the fewest steps, of all there are.
fn compare(cell: &Cell) -> Result<(), Failed> {
    let mut size = Size::default();
    if TOO_LARGE_IN_FULL.contains(&(cell.race().name(), cell.model)) {
        size.callers = Some(1);
    }
    let reduced = cell.explore(size, &mut |_| {});
    let full = cell.search(Search::Plain, size, &mut |_| {});
    let told = |verdict: &Verdict| {
        let violation = verdict.conclusion.violation();
        let broken = violation.map(|it| (it.property.name, it.others.clone()));
        let schedule = violation.and_then(|it| it.schedule.clone());
        (verdict.conclusion.as_str(), broken, schedule)
    };
    if told(&reduced) != told(&full) {
        return Err(format!("{:?}\nin full: {:?}", told(&reduced), told(&full)).into());
    }
    if reduced.redundant != 0 || reduced.executions > full.executions {
        let counts = (reduced.executions, reduced.redundant, full.executions);
        return Err(format!("executions, redundant, in full: {counts:?}").into());
    }
    Ok(())
}

fn readme_row(cell: &Cell, verdict: &Verdict) -> String {
    let conclusion = report::conclusion_text(&verdict.conclusion);
    let (scenario, executions) = (verdict.scenario, verdict.executions);
    format!("| `{scenario}` | `{}` | {conclusion} | {executions} |", cell.model)
}

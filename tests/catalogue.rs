//! The catalogue as tests, one a cell, by name: `cargo test --test catalogue keyed-lock`.
//!
//! Each explores its cell and asserts the declared verdict; that the counterexample, taken through
//! its text form, breaks the same property again; that the report reads as pinned; and that the
//! README's row says the same.

use authloom::prove::{Conclusion, Verdict};
use authloom::report;
use authloom_scenarios::{Cell, cells};
use libtest_mimic::{Arguments, Failed, Trial};

const README: &str = include_str!("../README.md");

fn main() {
    let arguments = Arguments::from_args();
    let trials = cells().into_iter().map(|cell| {
        let name = format!("{}::{}", cell.race().name(), cell.model);
        Trial::test(name, move || check(&cell))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn check(cell: &Cell) -> Result<(), Failed> {
    let verdict = cell.explore(None, &mut |_| {});
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

fn readme_row(cell: &Cell, verdict: &Verdict) -> String {
    let conclusion = report::conclusion_text(&verdict.conclusion);
    let (scenario, executions) = (verdict.scenario, verdict.executions);
    format!("| `{scenario}` | `{}` | {conclusion} | {executions} |", cell.model)
}

//! Whether several threads, and several machines, come to what one comes to: over the whole
//! catalogue.

use authloom::prove::{Level, Options, Verdict};
use authloom::report;
use authloom_scenarios::{Cell, Size, cells_at};

fn explore(cell: &Cell, jobs: usize) -> Verdict {
    let options = Options { jobs, ..Options::default() };
    cell.explore_with(options, Size::default(), &mut |_| {})
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

/// With the same counterexample, to the letter.
#[test]
fn each_cell_gets_the_same_verdict_from_any_number_of_threads() {
    for cell in all_cells() {
        let name = format!("{} {} {:?}", cell.race().name(), cell.model, cell.level);
        let (one, two, three) = (explore(&cell, 1), explore(&cell, 2), explore(&cell, 3));
        assert_eq!(shown(&two), shown(&one), "{name}");
        assert_eq!(shown(&three), shown(&one), "{name}");
        let counts = |verdict: &Verdict| (verdict.executions, verdict.redundant, verdict.steps);
        assert_eq!(counts(&three), counts(&two), "{name}");
        println!("{name}: {:?} {:?}", counts(&one), counts(&two));
        if one.is_exhausted {
            let classes = two.executions - two.redundant;
            if classes != one.executions {
                println!("CLASSES {classes} {} {name}", one.executions);
            }
        }
    }
}

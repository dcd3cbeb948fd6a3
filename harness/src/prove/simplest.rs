//! From counterexamples that a reduced search came upon to the simplest one there is.

use super::judge::{Counterexample, Subject, find_breach_after_step};
use crate::explore::{Limits, Path, Progress, fewest_switches};
use crate::property::Property;

/// Executions in which to look for it under one plan. When they are not enough, the simplest that
/// the search came upon has to do.
const EXECUTIONS_MAX: u64 = 200_000;

/// The counterexample in which the least befalls, then with the fewest switches, then steps, of all
/// that there are. Those that were `found`, one a plan, only say under which plans to look and how
/// many switches are enough.
pub(super) fn simplest(
    subject: &mut Subject,
    limits: Limits,
    progress: &Progress,
    property: Property,
    found: &[Counterexample],
) -> Counterexample {
    let marks = |one: &Counterexample| one.plan.marks().len();
    let size = |one: &Counterexample| (marks(one), one.switches, one.steps.len());
    let fewest = found.iter().map(marks).min().unwrap_or(0);
    let with_fewest = found.iter().filter(|one| marks(one) == fewest);
    let looked_for = with_fewest.map(|one| {
        subject.set_plan(one.plan.clone());
        simplest_under_plan(subject, limits, progress, property, one)
    });
    let simplest = looked_for.min_by_key(size);
    simplest.expect("a broken property has a counterexample")
}

fn simplest_under_plan(
    subject: &mut Subject,
    limits: Limits,
    progress: &Progress,
    property: Property,
    found: &Counterexample,
) -> Counterexample {
    let mut shown = None;
    let shows = |subject: &Subject, path: &Path, is_quiescent: bool| {
        let breach = find_breach_after_step(&property, subject, 0, is_quiescent);
        let is_shown = breach.is_some();
        shown = breach.map(|breach| (path.switches(), breach)).or(shown.take());
        is_shown
    };
    let bounds = (found.switches, EXECUTIONS_MAX);
    match (fewest_switches(subject, limits, progress, bounds, shows), shown) {
        (Ok(Some(steps)), Some((switches, breach))) => {
            Counterexample { plan: found.plan.clone(), switches, steps, breach }
        }
        // Nondeterministic, which the recording will notice; or too many.
        _ => found.clone(),
    }
}

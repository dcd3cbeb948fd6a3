//! From counterexamples that a search came upon to the simplest one there is.

use super::judge::{Counterexample, Subject, find_breach_after_step};
use crate::explore::{Limits, Path, Progress, fewer_switches, fewest_switches};
use crate::property::Property;

/// Executions in which to look for it under one plan.
const EXECUTIONS_MAX: u64 = 200_000;

/// The counterexample in which the least befalls, then with the fewest switches, then steps, of all
/// that there are. Those that were `found`, one a plan, only say under which plans to look and how
/// many switches are enough.
///
/// Where there are too many to look at all, what was found is made simpler as far as small changes
/// do.
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
        let simpler = simpler(subject, limits, progress, property, one);
        least(subject, limits, progress, property, &simpler).unwrap_or(simpler)
    });
    let simplest = looked_for.min_by_key(size);
    simplest.expect("a broken property has a counterexample")
}

/// What small changes lead to.
fn simpler(
    subject: &mut Subject,
    limits: Limits,
    progress: &Progress,
    property: Property,
    found: &Counterexample,
) -> Counterexample {
    let mut simpler = found.clone();
    fewer_switches(subject, limits, progress, &found.steps, |subject, path, is_quiescent| {
        let breach = find_breach_after_step(&property, subject, 0, is_quiescent);
        let is_shown = breach.is_some();
        if let Some(breach) = breach
            && (path.switches(), path.len()) < (simpler.switches, simpler.steps.len())
        {
            let (plan, switches, steps) =
                (found.plan.clone(), path.switches(), path.taken().collect());
            simpler = Counterexample { plan, switches, steps, breach };
        }
        is_shown
    });
    simpler
}

/// The simplest there is under the same plan. `None` when there are too many to look at, or when
/// the subject is not deterministic, which the recording will notice.
fn least(
    subject: &mut Subject,
    limits: Limits,
    progress: &Progress,
    property: Property,
    known: &Counterexample,
) -> Option<Counterexample> {
    let mut shown = None;
    let shows = |subject: &Subject, path: &Path, is_quiescent: bool| {
        let breach = find_breach_after_step(&property, subject, 0, is_quiescent);
        let is_shown = breach.is_some();
        shown = breach.map(|breach| (path.switches(), breach)).or(shown.take());
        is_shown
    };
    let bounds = (known.switches, EXECUTIONS_MAX);
    let steps = fewest_switches(subject, limits, progress, bounds, shows).ok()??;
    let (switches, breach) = shown?;
    Some(Counterexample { plan: known.plan.clone(), switches, steps, breach })
}

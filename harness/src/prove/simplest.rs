//! From counterexamples that a search came upon to the simplest one there is.

use super::judge::{Counterexample, Subject, find_breach_after_step};
use crate::explore::{Lane, Limits, Path, Program as _, Progress, fewer_switches, fewest_switches};
use crate::property::Property;
use crate::world::Mark;

/// Executions in which to look for it under one plan.
const EXECUTIONS_MAX: u64 = 200_000;

/// The counterexample that is not of a coarser level, then in which the least befalls, then with
/// the fewest of identical callers, then the fewest switches, then steps, of all that there are.
/// Those that were `found`, one a plan, only say under which plans to look and how many switches
/// are enough.
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
    let befalls = |one: &Counterexample| (one.plan.is_coarser, one.plan.befalls());
    let size = |one: &Counterexample| (befalls(one), one.switches, one.steps.len());
    let fewest = found.iter().map(befalls).min();
    let with_fewest = found.iter().filter(|one| Some(befalls(one)) == fewest);
    let looked_for = with_fewest.map(|one| {
        subject.set_plan(one.plan.clone());
        let simpler = simpler(subject, limits, progress, property, one);
        least(subject, limits, progress, property, &simpler).unwrap_or(simpler)
    });
    let simplest = looked_for.min_by_key(size).expect("a broken property has a counterexample");
    among_fewer(subject, limits, progress, property, simplest)
}

/// The same without callers of whom there are others, as far as it takes fewer.
fn among_fewer(
    subject: &mut Subject,
    limits: Limits,
    progress: &Progress,
    property: Property,
    mut simplest: Counterexample,
) -> Counterexample {
    loop {
        subject.set_plan(simplest.plan.clone());
        subject.reset();
        let takes_part = |lane: &Lane| simplest.steps.iter().any(|one| one.process.lane == *lane);
        let mut spare = subject.spare_callers().into_iter().filter(takes_part);
        let fewer = spare.find_map(|lane| {
            let plan = simplest.plan.and(Mark::Absent(lane));
            subject.set_plan(plan.clone());
            // That it stays away is a step too.
            let known =
                Counterexample { plan, switches: simplest.switches + 1, ..simplest.clone() };
            least(subject, limits, progress, property, &known)
        });
        match fewer {
            Some(fewer) => simplest = fewer,
            None => return simplest,
        }
    }
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

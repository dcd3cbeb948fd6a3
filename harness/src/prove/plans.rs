//! Every plan within the bounds: so many cancellations, faults and crashes, or one call held.

use std::collections::{BTreeSet, VecDeque};

use super::judge::Subject;
use super::verdict::Bounds;
use crate::explore::{Ended, ProcessId};
use crate::world::{Mark, Plan};

/// What executions under a plan have shown that more plans can be made of.
pub(super) struct Befell {
    /// What can befall besides, within the bounds.
    pub(super) marks: Vec<Mark>,
    /// The calls, of all plans so far, each of which is to be held in executions of its own.
    pub(super) calls_to_hold: BTreeSet<ProcessId>,
}

/// Runs `search` under every plan that extends `root`, those in which the least befalls first, as
/// long as it gets on.
///
/// Which plans there are is found on the way: a caller can be cancelled after each of its runs that
/// some execution has shown, a process can crash if a task of it has waited in some, and a call can
/// meet a fault or be held if some execution has made it. What can befall only after something else
/// has is found under the plan in which that has; so each plan is extended by whatever its own
/// executions show.
///
/// # Errors
/// Where `search` did not get on.
pub(super) fn under_every_plan<E>(
    root: &Plan,
    mut search: impl FnMut(&Plan) -> Result<Befell, E>,
) -> Result<(), E> {
    let mut calls = extend(root.clone(), &mut search)?;
    let mut done = BTreeSet::new();
    while let Some(&call) = calls.difference(&done).next() {
        done.insert(call);
        calls.append(&mut extend(root.clone().holding(call), &mut search)?);
    }
    Ok(())
}

/// Searches under a plan, and under all that extend it. Returns the calls that can be held.
fn extend<E>(
    plan: Plan,
    search: &mut impl FnMut(&Plan) -> Result<Befell, E>,
) -> Result<BTreeSet<ProcessId>, E> {
    let mut known = BTreeSet::from([plan.clone()]);
    let mut next = VecDeque::from([plan]);
    let mut calls = BTreeSet::new();
    while let Some(plan) = next.pop_front() {
        let Befell { marks, mut calls_to_hold } = search(&plan)?;
        calls.append(&mut calls_to_hold);
        for extended in marks.into_iter().map(|mark| plan.and(mark)) {
            if known.insert(extended.clone()) {
                next.push_back(extended);
            }
        }
    }
    Ok(calls)
}

/// Puts the subject under every plan within the bounds that extends `root`, as long as each search
/// ends exhausted.
pub(super) fn search_under_every_plan(
    subject: &mut Subject,
    bounds: Bounds,
    root: &Plan,
    mut search: impl FnMut(&mut Subject, &Plan) -> Ended,
) -> Ended {
    let searched = under_every_plan(root, |plan| {
        subject.set_plan(plan.clone());
        match search(subject, plan) {
            Ended::Exhausted => {
                let budget = Budget::left(bounds, plan, subject.world().faults_staged());
                Ok(Befell {
                    marks: budget.affordable(subject.what_can_befall()),
                    calls_to_hold: subject.calls_to_hold().clone(),
                })
            }
            ended => Err(ended),
        }
    });
    searched.err().unwrap_or(Ended::Exhausted)
}

/// How much more may befall.
pub(super) struct Budget {
    cancellations: usize,
    faults: usize,
    crashes: usize,
}

impl Budget {
    /// The faults that the scenario stages itself are a part of the bounds.
    pub(super) fn left(bounds: Bounds, plan: &Plan, faults_staged: usize) -> Self {
        let faults = plan.faults().count() + faults_staged;
        Budget {
            cancellations: bounds.cancellations.saturating_sub(plan.cancellations().count()),
            faults: bounds.faults.saturating_sub(faults),
            crashes: bounds.crashes.saturating_sub(plan.crashes().count()),
        }
    }

    /// Those of the marks that it is enough for.
    pub(super) fn affordable(&self, mut marks: Vec<Mark>) -> Vec<Mark> {
        marks.retain(|mark| self.allows(mark));
        marks
    }

    fn allows(&self, mark: &Mark) -> bool {
        let left = match mark {
            Mark::Cancelled(_) => self.cancellations,
            Mark::Faulted(_) => self.faults,
            Mark::Crashed(_) => self.crashes,
            // That is for a simpler counterexample only.
            Mark::Absent(_) => 0,
        };
        left > 0
    }
}

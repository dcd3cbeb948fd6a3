//! Every plan within the bounds: so many cancellations, faults and crashes, or one call held.

use std::collections::{BTreeSet, VecDeque};

use super::judge::Subject;
use super::verdict::Bounds;
use crate::explore::Ended;
use crate::world::{Mark, Plan};

/// Runs `search` under every plan, those in which the least befalls first, as long as each ends
/// exhausted.
///
/// Which plans there are is found on the way: a caller can be cancelled, and a process crash, after
/// each run of its tasks that some execution has shown; a call can meet a fault or be held if some
/// execution has made it. What can befall only after something else has is found under the plan in
/// which that has; so each plan is extended by whatever its own executions show.
pub(super) fn under_every_plan(
    subject: &mut Subject,
    bounds: Bounds,
    search: &mut impl FnMut(&mut Subject, &Plan) -> Ended,
) -> Ended {
    let mut ended = extend(subject, Plan::default(), bounds, search);
    let mut done = BTreeSet::new();
    while ended == Ended::Exhausted {
        let Some(&call) = subject.calls_to_hold().difference(&done).next() else { break };
        done.insert(call);
        ended = extend(subject, Plan::holding(call), bounds, search);
    }
    ended
}

/// Searches under a plan, and under all that extend it.
fn extend(
    subject: &mut Subject,
    plan: Plan,
    bounds: Bounds,
    search: &mut impl FnMut(&mut Subject, &Plan) -> Ended,
) -> Ended {
    let mut known = BTreeSet::from([plan.clone()]);
    let mut next = VecDeque::from([plan]);
    while let Some(plan) = next.pop_front() {
        subject.set_plan(plan.clone());
        let ended = search(subject, &plan);
        if ended != Ended::Exhausted {
            return ended;
        }
        let left = Budget::left(subject, bounds, &plan);
        let marks = subject.what_can_befall().into_iter().filter(|mark| left.allows(mark));
        for extended in marks.map(|mark| plan.and(mark)) {
            if known.insert(extended.clone()) {
                next.push_back(extended);
            }
        }
    }
    Ended::Exhausted
}

/// How much more may befall.
struct Budget {
    cancellations: usize,
    faults: usize,
    crashes: usize,
}

impl Budget {
    /// What is staged is a part of the bounds.
    fn left(subject: &Subject, bounds: Bounds, plan: &Plan) -> Self {
        let faults = plan.faults().count() + subject.world().faults_staged();
        Budget {
            cancellations: bounds.cancellations.saturating_sub(plan.cancellations().count()),
            faults: bounds.faults.saturating_sub(faults),
            crashes: bounds.crashes.saturating_sub(plan.crashes().count()),
        }
    }

    fn allows(&self, mark: &Mark) -> bool {
        let left = match mark {
            Mark::Cancelled(_) => self.cancellations,
            Mark::Faulted(_) => self.faults,
            Mark::Crashed(_) => self.crashes,
        };
        left > 0
    }
}

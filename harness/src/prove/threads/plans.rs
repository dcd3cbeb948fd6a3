//! Every plan of at most so many cancellations, or with one call held.

use std::collections::{BTreeSet, VecDeque};

use crate::explore::{Lane, ProcessId};
use crate::world::{Cancellation, Mark, Plan};

/// What executions under a plan showed that more plans can be made of.
pub(super) struct Befell {
    /// The callers, each with the most moves that it made without ending.
    pub(super) callers: Vec<(Lane, usize)>,
    /// The calls, of all plans so far, each of which is to be held in executions of its own.
    pub(super) calls_to_hold: BTreeSet<ProcessId>,
}

/// Runs `search` under every plan, the fewest cancellations first.
///
/// Which plans there are is found on the way: a caller can be cancelled after each of its moves
/// that some execution under a plan without that has shown; a call can be held if some execution
/// has made it.
pub(super) fn under_every_plan(cancellations: usize, mut search: impl FnMut(&Plan) -> Befell) {
    let mut calls = extend(Plan::default(), cancellations, &mut search);
    let mut done = BTreeSet::new();
    while let Some(&call) = calls.difference(&done).next() {
        done.insert(call);
        calls.append(&mut extend(Plan::holding(call), cancellations, &mut search));
    }
}

/// Searches under a plan, and under all that extend it. Returns the calls that can be held.
fn extend(
    plan: Plan,
    cancellations: usize,
    search: &mut impl FnMut(&Plan) -> Befell,
) -> BTreeSet<ProcessId> {
    let mut known = BTreeSet::from([plan.clone()]);
    let mut next = VecDeque::from([plan]);
    let mut calls = BTreeSet::new();
    while let Some(plan) = next.pop_front() {
        let Befell { callers, mut calls_to_hold } = search(&plan);
        calls.append(&mut calls_to_hold);
        if plan.cancellations().count() == cancellations {
            continue;
        }
        let is_left = |lane: Lane| plan.cancellations().all(|one| one.lane != lane);
        for (lane, moves) in callers.into_iter().filter(|(lane, _)| is_left(*lane)) {
            for runs in 1..=moves {
                let extended = plan.and(Mark::Cancelled(Cancellation { lane, runs }));
                if known.insert(extended.clone()) {
                    next.push_back(extended);
                }
            }
        }
    }
    calls
}

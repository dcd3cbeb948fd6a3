//! Every plan of at most so many cancellations, or with one call held.

use std::collections::BTreeSet;

use crate::explore::{Lane, ProcessId};
use crate::world::{Cancellation, Plan};

/// What executions under a plan showed that more plans can be made of.
pub(super) struct Befell {
    /// The callers, each with the most moves that it made without ending.
    pub(super) callers: Vec<(Lane, usize)>,
    /// The calls, of all plans so far, each of which is to be held in executions of its own.
    pub(super) calls_to_hold: BTreeSet<ProcessId>,
}

/// Runs `search` under every plan, the fewest cancellations first along each branch.
///
/// Which plans there are is found on the way: a caller can be cancelled after each of its moves
/// that some execution has shown; a call can be held if some execution has made it.
pub(super) fn under_every_plan(cancellations: usize, mut search: impl FnMut(&Plan) -> Befell) {
    let mut calls = extend(&Plan::default(), Lane(0), cancellations, &mut search);
    let mut done = BTreeSet::new();
    while let Some(&call) = calls.difference(&done).next() {
        done.insert(call);
        calls.append(&mut extend(&Plan::holding(call), Lane(0), cancellations, &mut search));
    }
}

/// The plans that extend `plan` by lanes from `first` on. Returns the calls that can be held.
fn extend(
    plan: &Plan,
    first: Lane,
    cancellations: usize,
    search: &mut impl FnMut(&Plan) -> Befell,
) -> BTreeSet<ProcessId> {
    let Befell { callers, mut calls_to_hold } = search(plan);
    let Some(left) = cancellations.checked_sub(1) else { return calls_to_hold };
    for (lane, moves) in callers.into_iter().filter(|(lane, _)| *lane >= first) {
        for runs in 1..=moves {
            let next = plan.and(Cancellation { lane, runs });
            calls_to_hold.append(&mut extend(&next, Lane(lane.0 + 1), left, search));
        }
    }
    calls_to_hold
}

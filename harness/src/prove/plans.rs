//! Every plan of at most so many cancellations, or with one call held.

use std::collections::BTreeSet;

use super::judge::Subject;
use crate::explore::{Ended, Lane};
use crate::world::{Cancellation, Plan};

/// Runs `search` under every plan, the fewest cancellations first along each branch, as long as
/// each ends exhausted.
///
/// Which plans there are is found on the way: a caller can be cancelled after each of its runs that
/// some execution has shown; a call can be held if some execution has made it.
pub(super) fn under_every_plan(
    subject: &mut Subject,
    cancellations: usize,
    search: &mut impl FnMut(&mut Subject, &Plan) -> Ended,
) -> Ended {
    let mut ended = extend(subject, &Plan::default(), Lane(0), cancellations, search);
    let mut done = BTreeSet::new();
    while ended == Ended::Exhausted {
        let Some(&call) = subject.calls_to_hold().difference(&done).next() else { break };
        done.insert(call);
        ended = extend(subject, &Plan::holding(call), Lane(0), cancellations, search);
    }
    ended
}

/// The plans that extend `plan` by lanes from `first` on.
fn extend(
    subject: &mut Subject,
    plan: &Plan,
    first: Lane,
    cancellations: usize,
    search: &mut impl FnMut(&mut Subject, &Plan) -> Ended,
) -> Ended {
    subject.set_plan(plan.clone());
    let ended = search(subject, plan);
    let Some(left) = cancellations.checked_sub(1).filter(|_| ended == Ended::Exhausted) else {
        return ended;
    };
    let cancellable = subject.cancellable().into_iter().filter(|(lane, _)| *lane >= first);
    for (lane, after) in cancellable {
        for runs in after {
            let next = plan.and(Cancellation { lane, runs });
            let ended = extend(subject, &next, Lane(lane.0 + 1), left, search);
            if ended != Ended::Exhausted {
                return ended;
            }
        }
    }
    Ended::Exhausted
}

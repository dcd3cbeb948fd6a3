//! Runs a class in another order, to see whether what was taken for independent is.
//!
//! Reduction rests on what programs declare that they touch. If something is left out, two steps
//! that depend on each other are never tried in both orders, and nothing shows of it. But if the
//! declarations are right, every order of a class comes to the same; so some of the executions are
//! run once more, with as many independent steps as possible the other way round.

use super::happens_before::{Before, Event};
use super::path::Path;
use super::program::{Choice, Program};
use super::progress::Progress;

/// The steps of a class in another order, up to the first that was not what it had been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderMatters {
    /// The steps up to there. If all are there, it is what they came to that differs.
    pub steps: Vec<Choice>,
}

/// An order of the positions of an execution in which each comes after what must come before it,
/// and otherwise the latest first.
fn other_order(before: &[Before]) -> Vec<usize> {
    let mut order = Vec::with_capacity(before.len());
    let mut is_left = vec![true; before.len()];
    while order.len() < before.len() {
        let is_next = |&at: &usize| {
            is_left[at]
                && (0..at).all(|earlier| !is_left[earlier] || !before[at].all.contains(earlier))
        };
        let next =
            (0..before.len()).rev().find(is_next).expect("the earliest left can always come");
        is_left[next] = false;
        order.push(next);
    }
    order
}

/// Runs the class of the execution that `program` has just come to the end of in another order, if
/// it has one.
///
/// # Errors
/// When a step is not possible, touches more than it did, or all come to something else.
pub(super) fn check_other_order<P: Program>(
    program: &mut P,
    progress: &Progress,
    path: &Path,
    (events, before): (&[Event], &[Before]),
) -> Result<(), OrderMatters> {
    let order = other_order(before);
    if order.is_sorted() {
        return Ok(());
    }
    let outcome = program.outcome();
    let taken: Vec<Choice> = path.taken().collect();
    let mut possible = Vec::new();
    let mut steps = Vec::new();
    progress.probe_begins();
    program.reset();
    for at in order {
        steps.push(taken[at]);
        program.enabled(&mut possible);
        let Some(position) = possible.iter().position(|choice| *choice == taken[at]) else {
            return Err(OrderMatters { steps });
        };
        progress.probe_step_begins(position);
        let touched = program.step(taken[at].process);
        if touched.iter().any(|access| !events[at].accesses.contains(access)) {
            return Err(OrderMatters { steps });
        }
    }
    program.enabled(&mut possible);
    match possible.is_empty() && program.outcome() == outcome {
        true => Ok(()),
        false => Err(OrderMatters { steps }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::happens_before::before;
    use super::super::program::{Access, Lane, ObjectId, ProcessId};
    use super::*;

    fn order_of(accesses: &[(u16, Access)]) -> Vec<usize> {
        let (mut events, mut known) = (Vec::new(), Vec::new());
        for &(lane, access) in accesses {
            let process = ProcessId { lane: Lane(lane), index: 0 };
            let event = Event { process, accesses: [access].into() };
            known.push(before(&event, &events, &known, None));
            events.push(event);
        }
        other_order(&known)
    }

    #[test]
    fn only_what_is_independent_changes_places() {
        let [a, b] = [0, 1].map(|key| ObjectId { kind: 0, key });
        let read_a = Access::read(a);
        assert_eq!(order_of(&[(0, read_a), (1, read_a), (2, read_a)]), [2, 1, 0]);
        assert_eq!(order_of(&[(0, read_a), (1, Access::write(a)), (2, read_a)]), [0, 1, 2]);
        assert_eq!(
            order_of(&[(0, Access::write(a)), (1, Access::write(b)), (0, read_a)]),
            [1, 0, 2]
        );
    }
}

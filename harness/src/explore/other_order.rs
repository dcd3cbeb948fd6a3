//! Runs a class in another order, to see whether what was taken for independent is.
//!
//! Reduction rests on what programs declare that they touch. If something is left out, two steps
//! that depend on each other are never tried in both orders, and nothing shows of it. But if the
//! declarations are right, every order of a class comes to the same; so some of the executions are
//! run once more: with as many independent steps as possible the other way round, or with another
//! process taking each step if one can.

use super::depth_first::Ended;
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

/// Which order it is, besides the one that an execution had.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// The latest first.
    Reversed,
    /// Another process first, and of those the latest.
    Alternating,
}

impl Order {
    /// One for each execution, about as often the one as the other.
    fn of(path: &Path) -> Self {
        let positions = (0..path.len()).map(|depth| path.position_at(depth));
        match (path.len() + positions.sum::<usize>()) % 2 {
            0 => Order::Reversed,
            _ => Order::Alternating,
        }
    }

    /// The positions of an execution in this order, but each after what must come before it.
    fn positions(self, events: &[Event], before: &[Before]) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::with_capacity(events.len());
        let mut is_left = vec![true; events.len()];
        while order.len() < events.len() {
            let comes_before =
                |at: usize, earlier: usize| is_left[earlier] && before[at].all.contains(earlier);
            let is_possible =
                |&at: &usize| is_left[at] && !(0..at).any(|earlier| comes_before(at, earlier));
            let mut possible = (0..events.len()).rev().filter(is_possible);
            let last = order.last().map(|&last| events[last].process);
            let latest = possible.clone().next().expect("the earliest left can always come");
            let next = match self {
                Order::Reversed => latest,
                Order::Alternating => {
                    possible.find(|&at| Some(events[at].process) != last).unwrap_or(latest)
                }
            };
            is_left[next] = false;
            order.push(next);
        }
        order
    }
}

/// How often the same order is run again where another one made a difference: more than once, for
/// what is different every other time.
const SAME_ORDER_AGAIN: usize = 2;

/// Runs the class of the execution that `program` has just come to the end of in another order, if
/// it has one. If that makes a difference, the same order is run again too: perhaps it is not that.
///
/// # Errors
/// When a step is not possible, touches more than it did, or all come to something else; or when
/// the same order does not come to the same.
pub(super) fn check_other_order<P: Program>(
    program: &mut P,
    progress: &Progress,
    path: &Path,
    (events, before): (&[Event], &[Before]),
) -> Result<(), Ended> {
    let Err(difference) = run_in_other_order(program, progress, path, (events, before)) else {
        return Ok(());
    };
    for _ in 0..SAME_ORDER_AGAIN {
        progress.probe_begins();
        program.reset();
        path.repeat(program, progress, |_| {}).map_err(Ended::Diverged)?;
    }
    Err(Ended::OrderMatters(difference))
}

fn run_in_other_order<P: Program>(
    program: &mut P,
    progress: &Progress,
    path: &Path,
    (events, before): (&[Event], &[Before]),
) -> Result<(), OrderMatters> {
    let order = Order::of(path).positions(events, before);
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

    fn positions(order: Order, accesses: &[(u16, Access)]) -> Vec<usize> {
        let (mut events, mut known) = (Vec::new(), Vec::new());
        for &(lane, access) in accesses {
            let process = ProcessId { lane: Lane(lane), index: 0 };
            let event = Event { process, accesses: [access].into() };
            known.push(before(&event, &events, &known, None));
            events.push(event);
        }
        order.positions(&events, &known)
    }

    #[test]
    fn only_what_is_independent_changes_places() {
        let [a, b] = [0, 1].map(|key| ObjectId { kind: 0, key });
        let (read, write) = (Access::read(a), Access::write(a));
        let reversed = |accesses: &[_]| positions(Order::Reversed, accesses);
        assert_eq!(reversed(&[(0, read), (1, read), (2, read)]), [2, 1, 0]);
        assert_eq!(reversed(&[(0, read), (1, write), (2, read)]), [0, 1, 2]);
        assert_eq!(reversed(&[(0, write), (1, Access::write(b)), (0, read)]), [1, 0, 2]);
    }

    #[test]
    fn processes_take_turns_where_they_can() {
        let read = Access::read(ObjectId { kind: 0, key: 0 });
        let accesses = [(0, read), (0, read), (1, read), (1, read)];
        assert_eq!(positions(Order::Reversed, &accesses), [2, 3, 0, 1]);
        assert_eq!(positions(Order::Alternating, &accesses), [2, 0, 3, 1]);
    }
}

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

/// Two steps that were taken for independent, and are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderMatters {
    /// The steps of an execution up to these two, which are the last. With the two the other way
    /// round, something else comes of it, at once or later on.
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
/// When a step is not possible, touches more than it did, or all come to something else: then with
/// two neighbours that make the difference. Or when the same order does not come to the same.
pub(super) fn check_other_order<P: Program>(
    program: &mut P,
    progress: &Progress,
    path: &Path,
    (events, before): (&[Event], &[Before]),
) -> Result<(), Ended> {
    let order = Order::of(path).positions(events, before);
    if order.is_sorted() {
        return Ok(());
    }
    let mut class = Class { outcome: program.outcome(), program, progress, path, events };
    if class.comes_to_the_same(&order) {
        return Ok(());
    }
    let steps = class.order_that_matters(&order);
    for _ in 0..SAME_ORDER_AGAIN {
        progress.probe_begins();
        class.program.reset();
        path.repeat(class.program, progress, |_| {}).map_err(Ended::Diverged)?;
        if class.program.outcome() != class.outcome {
            return Err(Ended::OutcomeChanged);
        }
    }
    Err(Ended::OrderMatters(OrderMatters { steps }))
}

/// One execution, to be run in other orders.
struct Class<'a, P: Program> {
    program: &'a mut P,
    progress: &'a Progress,
    path: &'a Path,
    events: &'a [Event],
    outcome: u64,
}

impl<P: Program> Class<'_, P> {
    /// Whether the steps are all possible in this order, touch no more than they did, and come to
    /// the same.
    fn comes_to_the_same(&mut self, order: &[usize]) -> bool {
        let taken: Vec<Choice> = self.path.taken().collect();
        let mut possible = Vec::new();
        self.progress.probe_begins();
        self.program.reset();
        for &at in order {
            self.program.enabled(&mut possible);
            let Some(position) = possible.iter().position(|choice| *choice == taken[at]) else {
                return false;
            };
            self.progress.probe_step_begins(position);
            let touched = self.program.step(taken[at].process);
            if touched.iter().any(|access| !self.events[at].accesses.contains(access)) {
                return false;
            }
        }
        self.program.enabled(&mut possible);
        possible.is_empty() && self.program.outcome() == self.outcome
    }

    /// Goes from the order that the execution had towards one that does not come to the same, in
    /// which what depends on each other does not change places: on the way are two neighbours that
    /// make the difference. Returns the steps up to these.
    fn order_that_matters(&mut self, order: &[usize]) -> Vec<Choice> {
        let (mut same, mut other) = (0, swaps_to(order));
        while other - same > 1 {
            let middle = same.midpoint(other);
            match self.comes_to_the_same(&on_the_way(order, middle).0) {
                true => same = middle,
                false => other = middle,
            }
        }
        let (mut positions, next) = on_the_way(order, same);
        positions.truncate(next + 2);
        let taken: Vec<Choice> = self.path.taken().collect();
        positions.into_iter().map(|at| taken[at]).collect()
    }
}

/// How many neighbours have to change places for the positions to come into this order.
fn swaps_to(order: &[usize]) -> usize {
    let later = |at: usize| order[at + 1..].iter().filter(move |&&later| later < order[at]);
    (0..order.len()).map(|at| later(at).count()).sum()
}

/// The positions after the first `swaps` of these, and the first of the two that are next; none
/// are when it is the number of positions.
fn on_the_way(order: &[usize], swaps: usize) -> (Vec<usize>, usize) {
    let mut positions: Vec<usize> = (0..order.len()).collect();
    let mut left = swaps;
    for (place, wanted) in order.iter().enumerate() {
        let from = positions.iter().position(|at| at == wanted).expect("each is there once");
        let to = from - left.min(from - place);
        positions[to..=from].rotate_right(1);
        left -= from - to;
        if to > place {
            return (positions, to - 1);
        }
    }
    (positions, order.len())
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

    /// Expected, by hand: 2 comes past 1 and 0, then 1 past 0.
    #[test]
    fn an_order_comes_from_the_first_by_swaps_of_neighbours() {
        let order = [2, 1, 0];
        assert_eq!(swaps_to(&order), 3);
        assert_eq!(on_the_way(&order, 0), (vec![0, 1, 2], 1));
        assert_eq!(on_the_way(&order, 1), (vec![0, 2, 1], 0));
        assert_eq!(on_the_way(&order, 2), (vec![2, 0, 1], 1));
        assert_eq!(on_the_way(&order, 3).0, order);
    }
}

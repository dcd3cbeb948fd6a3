//! The order in which processes came to be able to move: who has waited longest is first.
//!
//! What a fair scheduler with one queue would do, so that callers who start together check together
//! before the first of them goes on. Most races show in it at once, or a step or two away from it.

use super::program::{Choice, ProcessId};

/// The processes that can move.
#[derive(Debug, Default)]
pub(super) struct WakeOrder {
    queue: Vec<ProcessId>,
}

impl WakeOrder {
    /// Goes back to before the first step.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }

    /// Takes note of what is possible after a step of `moved`, who goes to the end like those who
    /// were not able to move before.
    pub(super) fn goes_on(&mut self, moved: Option<ProcessId>, possible: &[Choice]) {
        let is_possible = |process: &ProcessId| {
            possible.binary_search_by_key(process, |choice| choice.process).is_ok()
        };
        self.queue.retain(|process| Some(*process) != moved && is_possible(process));
        for choice in possible {
            if !self.queue.contains(&choice.process) {
                self.queue.push(choice.process);
            }
        }
    }

    /// The processes, who has waited longest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = ProcessId> {
        self.queue.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::Lane;

    fn process(lane: u16) -> ProcessId {
        ProcessId { lane: Lane(lane), index: 0 }
    }

    fn order(steps: &[(Option<u16>, &[u16])]) -> Vec<u16> {
        let mut order = WakeOrder::default();
        for (moved, possible) in steps {
            let choice = |&lane: &u16| Choice { process: process(lane), label: "runs" };
            let possible: Vec<Choice> = possible.iter().map(choice).collect();
            order.goes_on(moved.map(process), &possible);
        }
        order.iter().map(|process| process.lane.0).collect()
    }

    #[test]
    fn who_moved_waits_behind_those_who_did_not() {
        assert_eq!(order(&[(None, &[0, 1, 2]), (Some(0), &[0, 1, 2])]), [1, 2, 0]);
    }

    #[test]
    fn who_wakes_comes_last() {
        assert_eq!(order(&[(None, &[1, 2]), (Some(2), &[0, 1])]), [1, 0]);
    }
}

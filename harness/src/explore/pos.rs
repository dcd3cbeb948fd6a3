//! Partial order sampling: each step that is possible has a random priority, the highest is taken,
//! and those that race with it draw again, so that each order of two racing steps stays likely
//! however many steps do not race with them.
//!
//! Source: Yuan, Yang, Gu: "Partial Order Aware Concurrency Sampling", CAV 2018.
//!
//! What a step touches is known only once it was taken. Whether a step that waits races with one
//! that was taken is therefore told by what the same process's step of the same number touched in
//! the execution before; where there was none, it keeps its priority.

use std::collections::BTreeMap;

use super::program::{Access, Choice, ProcessId};
use super::random::Random;

/// The strategy, with what it has learnt of the program.
#[derive(Debug, Default)]
pub struct Pos {
    /// The priority of each process's next step. Higher goes first.
    priorities: BTreeMap<ProcessId, u64>,
    /// Steps that each process has taken in the running execution.
    taken: BTreeMap<ProcessId, usize>,
    /// What the step of this number touched when it was last taken.
    touched: BTreeMap<(ProcessId, usize), Vec<Access>>,
}

impl Pos {
    pub(super) fn begin(&mut self) {
        self.priorities.clear();
        self.taken.clear();
    }

    pub(super) fn choose(&mut self, possible: &[Choice], random: &mut Random) -> usize {
        for choice in possible {
            self.priorities.entry(choice.process).or_insert_with(|| random.next());
        }
        let priority = |&at: &usize| self.priorities[&possible[at].process];
        (0..possible.len()).max_by_key(priority).unwrap_or(0)
    }

    pub(super) fn took(&mut self, choice: Choice, accesses: &[Access]) {
        let number = self.taken.entry(choice.process).or_default();
        self.touched.insert((choice.process, *number), accesses.to_vec());
        *number += 1;
        let (taken, touched) = (&self.taken, &self.touched);
        self.priorities.retain(|process, _| {
            let next = (*process, taken.get(process).copied().unwrap_or(0));
            let next = touched.get(&next).map_or(&[][..], Vec::as_slice);
            let races = next.iter().any(|a| accesses.iter().any(|b| a.conflicts_with(*b)));
            *process != choice.process && !races
        });
    }
}

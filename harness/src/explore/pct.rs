//! Probabilistic concurrency testing: a bug that needs few steps in a certain order is found with a
//! chance that has a lower limit.
//!
//! Each process has a random priority, and the highest that can move does. After `depth - 1` steps,
//! chosen at random, the process that took the step falls below all others. A bug of depth `d` is
//! one that shows whenever certain `d` steps come in a certain order.
//!
//! Source: Burckhardt, Kothari, Musuvathi, Nagarakatte: "A Randomized Scheduler with Probabilistic
//! Guarantees of Finding Bugs", ASPLOS 2010.

use std::collections::BTreeMap;

use super::program::{Choice, ProcessId};
use super::random::Random;

/// The strategy, with what it has learnt of the program.
#[derive(Debug)]
pub struct Pct {
    depth: usize,
    /// Higher goes first. The lowest `depth` are kept for those that fall.
    priorities: BTreeMap<ProcessId, u64>,
    /// The steps, counted from 1, after which the process that took them falls: the first to the
    /// lowest priority.
    changes: Vec<usize>,
    /// Steps of the running execution.
    steps: usize,
    /// The most processes and steps that an execution had.
    processes_max: usize,
    steps_max: usize,
    /// Executions begun since one last had more steps than all before it.
    executions: u64,
}

/// What [`Pct`] promises: each of `executions` executions shows a bug of this depth with a chance
/// of at least `1 / (processes * steps ^ (depth - 1))`, provided that no execution has more
/// processes or steps than the largest that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PctBound {
    /// The steps whose order makes the bug.
    pub depth: usize,
    /// The most processes that an execution had.
    pub processes: usize,
    /// The most steps that an execution had.
    pub steps: usize,
    /// Executions for which the chance holds: those that were begun when `steps` was known.
    pub executions: u64,
}

impl PctBound {
    /// The least chance of an execution, from 0 to 1.
    pub fn chance(self) -> f64 {
        let changes = i32::try_from(self.depth - 1).unwrap_or(i32::MAX);
        1.0 / (self.processes as f64 * (self.steps as f64).powi(changes))
    }
}

impl Pct {
    /// For bugs of so many steps in order; 0 is taken for 1.
    pub fn new(depth: usize) -> Self {
        Pct {
            depth: depth.max(1),
            priorities: BTreeMap::new(),
            changes: Vec::new(),
            steps: 0,
            processes_max: 0,
            steps_max: 0,
            executions: 0,
        }
    }

    /// What the executions so far promise; `None` before there was one that had as many steps to
    /// choose from as the longest.
    pub fn bound(&self) -> Option<PctBound> {
        let Pct { depth, processes_max: processes, steps_max: steps, executions, .. } = *self;
        let is_known = executions > 0 && processes > 0;
        is_known.then_some(PctBound { depth, processes, steps, executions })
    }

    pub(super) fn begin(&mut self, random: &mut Random) {
        self.priorities.clear();
        self.steps = 0;
        let end = self.steps_max.max(1);
        self.changes.clear();
        self.changes.extend((1..self.depth).map(|_| random.below(end) + 1));
        self.executions += 1;
    }

    pub(super) fn choose(&mut self, possible: &[Choice], random: &mut Random) -> usize {
        let lowest = self.depth as u64;
        for choice in possible {
            // Who comes later draws from the same numbers: every order is equally likely.
            self.priorities.entry(choice.process).or_insert_with(|| random.next().max(lowest));
        }
        let priority = |&at: &usize| self.priorities[&possible[at].process];
        (0..possible.len()).max_by_key(priority).unwrap_or(0)
    }

    pub(super) fn took(&mut self, choice: Choice) {
        self.steps += 1;
        for (rank, &change) in self.changes.iter().enumerate() {
            if change == self.steps {
                self.priorities.insert(choice.process, rank as u64);
            }
        }
    }

    pub(super) fn end(&mut self) {
        self.processes_max = self.processes_max.max(self.priorities.len());
        if self.steps > self.steps_max {
            self.steps_max = self.steps;
            self.executions = 0;
        }
    }
}

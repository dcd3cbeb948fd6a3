//! The schedules that are still to be tried from a state: the beginnings of executions, none of
//! which is covered by another (Abdulla, Aronsson, Jonsson, Sagonas: "Source Sets: A Foundation for
//! Optimal Dynamic Partial Order Reduction", JACM 2017, section 6).

use super::happens_before::{Event, Positions};
use super::program::Choice;
use super::progress::Progress;

/// Ordered: what is first is tried first.
#[derive(Debug, Default)]
pub(super) struct WakeupTree {
    branches: Vec<Branch>,
}

/// A step to take, and what to try after it.
#[derive(Debug)]
struct Branch {
    event: Event,
    subtree: WakeupTree,
}

/// A sequence of events to reverse a race: those after the earlier event that do not depend on it,
/// then the later one.
pub(super) struct Sequence<'a> {
    items: Vec<Item<'a>>,
}

struct Item<'a> {
    /// Its position in the execution that it is taken from.
    position: usize,
    event: &'a Event,
    before: &'a Positions,
}

impl<'a> Sequence<'a> {
    pub(super) fn new() -> Self {
        Sequence { items: Vec::new() }
    }

    pub(super) fn push(&mut self, position: usize, event: &'a Event, before: &'a Positions) {
        self.items.push(Item { position, event, before });
    }

    /// Whether some execution that begins with this sequence can also begin with `event`: its
    /// process comes first in it, or moves independently of all of it.
    pub(super) fn can_begin_with(&self, event: &Event) -> bool {
        match self.first_of(event) {
            Some(at) => self.is_initial(at),
            None => self.items.iter().all(|item| !item.event.conflicts_with(event)),
        }
    }

    /// Whether `event`, which is possible now, could as well come first in this sequence. What it
    /// touches now is what counts, not what the sequence was taken from.
    pub(super) fn begins_with(&self, event: &Event) -> bool {
        let at = self.first_of(event);
        at.is_some_and(|at| self.items[..at].iter().all(|item| !item.event.conflicts_with(event)))
    }

    fn first_of(&self, event: &Event) -> Option<usize> {
        self.items.iter().position(|item| item.event.process == event.process)
    }

    fn is_initial(&self, at: usize) -> bool {
        self.items[..at].iter().all(|item| !self.items[at].before.contains(item.position))
    }

    fn remove_first_of(&mut self, event: &Event) {
        if let Some(at) = self.first_of(event) {
            self.items.remove(at);
        }
    }
}

impl WakeupTree {
    /// Takes out the first branch that is possible: its position in `possible` and what comes after
    /// it. Branches before it that are not possible are dropped, and counted: there are none if the
    /// accesses are complete.
    pub(super) fn take_first(
        &mut self,
        possible: &[Choice],
        progress: &Progress,
    ) -> Option<(usize, WakeupTree)> {
        while !self.branches.is_empty() {
            let branch = self.branches.remove(0);
            let is_it = |choice: &Choice| choice.process == branch.event.process;
            if let Some(position) = possible.iter().position(is_it) {
                return Some((position, branch.subtree));
            }
            progress.plan_was_impossible();
        }
        None
    }

    /// Adds a sequence of one event, unless a branch begins with it.
    pub(super) fn add(&mut self, event: Event) {
        if self.branches.iter().all(|branch| branch.event.process != event.process) {
            self.branches.push(Branch { event, subtree: WakeupTree::default() });
        }
    }

    /// Adds a sequence, unless a schedule that is to be tried already covers it.
    pub(super) fn insert(&mut self, mut sequence: Sequence<'_>) {
        let mut tree = self;
        loop {
            let matching =
                tree.branches.iter().position(|branch| sequence.can_begin_with(&branch.event));
            let Some(matching) = matching else { break };
            let branch = &mut tree.branches[matching];
            sequence.remove_first_of(&branch.event);
            if branch.subtree.branches.is_empty() {
                return;
            }
            tree = &mut branch.subtree;
        }
        for item in sequence.items {
            let branch = Branch { event: item.event.clone(), subtree: WakeupTree::default() };
            tree.branches.push(branch);
            tree = &mut tree.branches.last_mut().expect("it was just pushed").subtree;
        }
    }
}

//! Callers and processes that differ in their names only: every execution is, under other names,
//! one in which they begin in their order, and in which what befalls one of them alone befalls the
//! first.

use super::{Execution, Setting};
use crate::explore::Lane;
use crate::world::plan::Mark;

/// What tells whether a process waits for another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Like {
    /// The group of identical processes that it belongs to.
    group: Option<usize>,
    /// Whether something befalls it, or an answer to it is held, which sets it apart.
    is_concerned: bool,
    /// The first of its tasks on the stage.
    first: Option<Lane>,
}

impl<W: Setting> Execution<W> {
    /// From now on, identical callers and processes begin in their order.
    pub(crate) fn explore_up_to_renaming(&mut self) {
        self.is_up_to_renaming = true;
    }

    /// The stage is set: finds the processes that are alike.
    pub(super) fn compare_processes(&mut self) {
        let state = self.world.kernel().lock();
        self.alike.clear();
        self.alike.extend(state.processes.iter().enumerate().map(|(process, record)| Like {
            group: record.group,
            is_concerned: self.plan.lanes().any(|one| state.process_of_lane(one) == Some(process)),
            first: self.firsts.get(process).copied().flatten(),
        }));
    }

    /// Whether a task that has not begun is identical to another before it that has not either, or
    /// its process is.
    pub(super) fn has_to_wait_for_its_like(&self, lane: usize) -> bool {
        self.is_up_to_renaming
            && self.runs[lane] == 0
            && (self.waits_for_a_caller(lane) || self.waits_for_a_process(lane))
    }

    fn waits_for_a_caller(&self, lane: usize) -> bool {
        let is_waiting =
            |lane: usize| self.runs[lane] == 0 && !self.plan.concerns(Lane(lane as u16));
        let Some(group) = self.groups[lane] else { return false };
        is_waiting(lane)
            && (0..lane).any(|other| self.groups[other] == Some(group) && is_waiting(other))
    }

    /// The first task of a process waits for the first task of the other: for a single step, or it
    /// would matter which of several made it possible.
    fn waits_for_a_process(&self, lane: usize) -> bool {
        let Some(process) = self.processes[lane] else { return false };
        let is_waiting = |like: &Like| {
            let has_begun = like.first.is_none_or(|first| self.runs[usize::from(first.0)] > 0);
            !has_begun && !like.is_concerned
        };
        self.alike[process].first.is_some_and(|first| usize::from(first.0) == lane)
            && is_waiting(&self.alike[process])
            && self.earlier_alike(process).any(|other| is_waiting(&self.alike[other]))
    }

    /// The processes before this one that are like it.
    fn earlier_alike(&self, process: usize) -> impl Iterator<Item = usize> {
        let group = self.alike[process].group;
        let is_like = move |&other: &usize| group.is_some() && self.alike[other].group == group;
        (0..process).filter(is_like)
    }

    /// What is to be tried for a mark that was found possible. Executions in which it befalls a
    /// process like another are, under other names, those in which it befalls the earliest of them
    /// that nothing befalls; and of two, a crash befalls the earlier.
    pub(super) fn up_to_renaming(&self, mark: Mark) -> Option<Mark> {
        let state = self.world.kernel().lock();
        let process = state.process_of_lane(mark.lane()).filter(|_| self.is_up_to_renaming);
        let Some(process) = process else { return Some(mark) };
        let crashes = |process: usize| {
            self.plan.crashes().any(|one| state.process_of_lane(one.lane) == Some(process))
        };
        let comes_first = |&other: &usize| match mark {
            Mark::Crashed(_) => !crashes(other),
            _ => !self.alike[other].is_concerned,
        };
        let Some(other) = self.earlier_alike(process).find(comes_first) else { return Some(mark) };
        // Perhaps only the one that begins later comes so far.
        let is_concerned = self.alike[other].is_concerned || self.alike[process].is_concerned;
        let lane = state.lane_alike(mark.lane(), process, other).filter(|_| !is_concerned);
        lane.map(|lane| mark.of(lane))
    }
}

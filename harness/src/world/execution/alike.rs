//! Callers and processes that differ in their names only: every execution is, under other names,
//! one in which they begin in their order, and what befalls one befalls the first of them.

use super::{Execution, Setting};
use crate::explore::Lane;
use crate::world::plan::Mark;

/// What tells whether a process waits for another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Like {
    /// The group of identical processes that it belongs to.
    group: Option<usize>,
    /// Whether something befalls it, which sets it apart.
    is_concerned: bool,
    pub(super) has_begun: bool,
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
            has_begun: false,
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

    fn waits_for_a_process(&self, lane: usize) -> bool {
        let Some(process) = self.processes[lane] else { return false };
        let is_waiting = |like: &Like| !like.has_begun && !like.is_concerned;
        is_waiting(&self.alike[process])
            && self.earlier_alike(process).any(|other| is_waiting(&self.alike[other]))
    }

    /// The processes before this one that are like it.
    fn earlier_alike(&self, process: usize) -> impl Iterator<Item = usize> {
        let group = self.alike[process].group;
        let is_like = move |&other: &usize| group.is_some() && self.alike[other].group == group;
        (0..process).filter(is_like)
    }

    /// Whether a mark need not befall a process, since executions in which it befalls another like
    /// it are the same under other names: something befalls the earliest of them, a crash first of
    /// all.
    pub(super) fn is_as_well_of_another(&self, mark: &Mark) -> bool {
        let state = self.world.kernel().lock();
        let process = state.process_of_lane(mark.lane());
        let Some(process) = process.filter(|_| self.is_up_to_renaming) else { return false };
        let crashes = |process: usize| {
            self.plan.crashes().any(|one| state.process_of_lane(one.lane) == Some(process))
        };
        self.earlier_alike(process).any(|other| match mark {
            Mark::Crashed(_) => !crashes(other),
            _ => !self.alike[other].is_concerned,
        })
    }
}

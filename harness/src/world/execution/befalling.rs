//! What a plan has befall an execution's tasks, and what another plan could have befall it.

use std::ops::RangeInclusive;

use super::{Execution, RUNS, Setting};
use crate::explore::{Choice, Lane, ProcessId};
use crate::world::plan::{Cancellation, Crash, IS_CANCELLED, Mark, Requests, STAYS_AWAY};
use crate::world::task::{TaskState, TaskStatus};

impl<W: Setting> Execution<W> {
    /// The tasks that the stage has added, before the first step.
    pub(crate) fn staged(&self) -> &[TaskStatus] {
        &self.statuses[..self.staged]
    }

    /// What can befall besides what the plan has, up to renaming: callers are cancelled after any
    /// of the runs that they have taken without ending; processes crash; calls meet any fault that
    /// they can; in some execution under this plan.
    pub(crate) fn what_can_befall(&mut self) -> Vec<Mark> {
        self.note_calls();
        let mut marks = Vec::new();
        for index in 0..self.seen.len() {
            let lane = Lane(index as u16);
            for runs in self.cancellable_after(index).into_iter().flatten() {
                marks.push(Mark::Cancelled(Cancellation { lane, runs }));
            }
            if self.seen[index].could_crash && self.plan.crash_of(lane).is_none() {
                let matters = |one: &Crash| {
                    one.requests == Requests::Arrive || self.seen[index].requests_matter
                };
                marks.extend(Crash::all(lane).filter(matters).map(Mark::Crashed));
            }
        }
        marks.extend(self.plan.more_faults(&self.faultable));
        marks.into_iter().filter_map(|mark| self.up_to_renaming(mark)).collect()
    }

    /// What the plan could have besides, for its next step to befall: of each, the step too.
    pub(crate) fn marks_now(&self) -> Vec<(Choice, Mark)> {
        let mut marks = Vec::new();
        for (index, task) in self.tasks.iter().enumerate() {
            let (lane, runs) = (Lane(index as u16), self.runs[index]);
            let process = ProcessId { lane, index: 0 };
            if runs == 0 && self.is_spare(index) {
                let choice = Choice { process, label: STAYS_AWAY };
                marks.push((choice, Mark::Absent(lane)));
            }
            if !task.is_unfinished() || runs == 0 || self.plan.cancels(lane, runs) {
                continue;
            }
            if self.statuses[index].is_caller {
                let mark = Mark::Cancelled(Cancellation { lane, runs });
                marks.push((Choice { process, label: IS_CANCELLED }, mark));
            }
        }
        for first in self.all_that_can_crash() {
            if self.plan.crash_of(first).is_none() {
                marks.extend(Crash::all(first).map(|one| (one.choice(), Mark::Crashed(one))));
            }
        }
        let state = self.world.kernel().lock();
        let faults = state.faults_now().flat_map(|(call, fault)| Mark::faults(call, fault));
        let faulted = |mark: Mark| match mark {
            Mark::Faulted(one) => Some((state.faulty_step(one)?, mark)),
            _ => None,
        };
        marks.extend(faults.filter_map(faulted));
        marks
    }

    /// The last of each group of identical callers that could as well not be there.
    pub(crate) fn spare_callers(&self) -> Vec<Lane> {
        let is_last = |&lane: &usize| {
            let mut later = lane + 1..self.staged;
            !later.any(|later| self.groups[later] == self.groups[lane] && self.is_spare(later))
        };
        let spare = (0..self.staged).filter(|&lane| self.is_spare(lane)).filter(is_last);
        spare.map(|lane| Lane(lane as u16)).collect()
    }

    /// Whether nothing befalls this caller, and there is another like it.
    fn is_spare(&self, lane: usize) -> bool {
        let is_there = |lane: usize| !self.plan.is_absent(Lane(lane as u16));
        let group = self.groups.get(lane).copied().flatten().filter(|_| lane < self.staged);
        let mut others = (0..self.staged).filter(|&other| other != lane);
        group.is_some_and(|group| {
            !self.plan.concerns(Lane(lane as u16))
                && others.any(|other| self.groups[other] == Some(group) && is_there(other))
        })
    }

    fn cancellable_after(&self, lane: usize) -> Option<RangeInclusive<usize>> {
        let cancelled =
            |lane: usize| self.plan.cancellations().find(|one| usize::from(one.lane.0) == lane);
        let singled_out = |lane: usize| self.plan.singles_out(Lane(lane as u16));
        if cancelled(lane).is_some() || !self.seen[lane].was_caller {
            return None;
        }
        let staged = self.groups.get(lane).filter(|_| lane < self.staged);
        let group = staged.copied().flatten().filter(|_| self.is_up_to_renaming);
        let Some(group) = group.filter(|_| !singled_out(lane)) else {
            return Some(1..=self.seen[lane].runs_max);
        };
        // Identical callers are cancelled in the order of their lanes, the earliest first.
        let is_like = |other: &usize| self.groups[*other] == Some(group) && !singled_out(*other);
        let all = || (0..self.staged).filter(is_like);
        let runs_max = all().map(|other| self.seen[other].runs_max).max().unwrap_or(0);
        let earlier = all().filter(|&other| other < lane);
        let runs: Option<Vec<usize>> = earlier.map(|other| Some(cancelled(other)?.runs)).collect();
        Some(runs?.into_iter().max().unwrap_or(1)..=runs_max)
    }

    /// What the task of a lane would do next, if it can do anything.
    pub(super) fn next_step(&self, lane: usize) -> Option<&'static str> {
        let (task, index) = (&self.tasks[lane], Lane(lane as u16));
        if !task.is_unfinished() || self.has_to_wait_for_its_like(lane) {
            return None;
        }
        if self.plan.has_marks() {
            let runs = self.runs[lane];
            if self.plan.is_absent(index) {
                return Some(STAYS_AWAY);
            }
            if self.statuses[lane].is_caller && self.plan.cancels(index, runs) {
                return Some(IS_CANCELLED);
            }
        }
        task.is_ready().then_some(RUNS)
    }

    /// Takes the step of a task.
    pub(super) fn step_task(&mut self, lane: usize) -> TaskState {
        match self.next_step(lane) {
            Some(IS_CANCELLED | STAYS_AWAY) => {
                self.world.kernel().lock().goes_otherwise(Lane(lane as u16));
                self.tasks[lane].cancel()
            }
            _ => self.run(lane),
        }
    }
}

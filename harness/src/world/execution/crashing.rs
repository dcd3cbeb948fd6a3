//! Processes that crash and are started again.

use super::{Execution, Setting};
use crate::explore::{Access, CutOff, Lane, ProcessId};
use crate::world::objects::life;
use crate::world::panics::attempt;
use crate::world::plan::{Crash, Requests};
use crate::world::task::TaskState;

/// A task whose process has crashed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gone {
    lane: Lane,
    /// The step in which that was.
    at: usize,
}

impl<W: Setting> Execution<W> {
    /// How many processes have crashed in this execution.
    pub(crate) fn crashes_met(&self) -> usize {
        self.crashes
    }

    /// Whether a process was started with this task first and one of its tasks waits for something.
    pub(super) fn can_crash(&self, first: Lane) -> bool {
        let process = self.processes.get(usize::from(first.0)).copied().flatten();
        let is_first = process.is_some_and(|process| self.firsts[process] == Some(first));
        let waits = |lane: usize| self.runs[lane] > 0 && self.tasks[lane].is_unfinished();
        is_first && (0..self.tasks.len()).any(|lane| self.processes[lane] == process && waits(lane))
    }

    /// Whether a planned crash can come now.
    pub(super) fn is_due(&self, crash: Crash) -> bool {
        self.can_crash(crash.lane) && !(self.is_up_to_renaming && self.forestalls(crash))
    }

    /// Whether the crash would keep something else from befalling its process that is planned. That
    /// is an execution under the plan without it.
    fn forestalls(&self, crash: Crash) -> bool {
        let state = self.world.kernel().lock();
        let ends = |lane: Lane| {
            let lane = usize::from(lane.0);
            let process = self.processes.get(lane).copied().flatten();
            process.is_some()
                && process == self.processes[usize::from(crash.lane.0)]
                && self.tasks[lane].is_unfinished()
        };
        let is_sent = |call| state.calls.iter().any(|sent| sent.process == call);
        self.plan.cancellations().any(|one| ends(one.lane))
            || self.plan.faults().any(|one| ends(one.call.lane) && !is_sent(one.call))
    }

    /// Of each process that can crash now, the task that it was started with first.
    pub(super) fn all_that_can_crash(&self) -> impl Iterator<Item = Lane> {
        self.firsts.iter().flatten().copied().filter(|&first| self.can_crash(first))
    }

    /// Takes note of a task that a process was started with, or that one of those has started.
    pub(super) fn belongs_to(&mut self, process: Option<usize>, lane: Lane) {
        let Some(process) = process else { return };
        self.firsts.resize(self.firsts.len().max(process + 1), None);
        self.firsts[process].get_or_insert(lane);
    }

    /// The process crashes that was started with this task first, and is started again. Nothing of
    /// it runs any more.
    pub(super) fn crash(&mut self, Crash { lane: first, requests }: Crash) {
        let process = self.processes[usize::from(first.0)];
        let process = process.expect("only what is of a process crashes");
        let is_of_it = |&lane: &usize| self.processes[lane] == Some(process);
        let lanes = (0..self.tasks.len()).filter(is_of_it);
        let gone: Vec<usize> = lanes.filter(|&lane| self.tasks[lane].is_unfinished()).collect();
        for &lane in &gone {
            if self.next_step(lane).is_some() {
                self.take_away_run(self.steps, Lane(lane as u16), None);
            }
        }
        for &lane in &gone {
            self.graves.extend(self.tasks[lane].take());
            self.statuses[lane].state = TaskState::Crashed;
            self.gone.push(Gone { lane: Lane(lane as u16), at: self.steps });
        }
        self.crashes += 1;
        self.firsts[process] = None;
        let gone: Vec<Lane> = gone.into_iter().map(|lane| Lane(lane as u16)).collect();
        let mut state = self.world.kernel().lock();
        state.touch_all_of_implementation(first);
        state.bury_foreign_wakers(&gone, |waker| {
            self.tasks.iter().any(|task| task.is_woken_by(waker))
        });
        let lost = match requests {
            Requests::Arrive => Vec::new(),
            Requests::GoDown => state.requests_go_down(&gone),
        };
        drop(state);
        for request in lost {
            self.take_away(self.steps, request, Access::write(life(request)), None);
        }
        self.world.went_down(&gone);
        if let Err(panic) = attempt(|| self.world.kernel().start_again(process)) {
            self.statuses[usize::from(first.0)].state = TaskState::Panicked(panic);
        }
    }

    /// The running step would have woken a task, had its process not crashed.
    pub(super) fn would_have_woken(&mut self, lane: Lane) {
        let gone = self.gone.iter().find(|gone| gone.lane == lane && gone.at < self.steps).copied();
        let process = ProcessId { lane, index: 0 };
        let is_known = |one: &CutOff| one.process == process;
        if let Some(gone) = gone.filter(|_| !self.cut_off.iter().any(is_known)) {
            self.take_away_run(gone.at, lane, Some(self.steps));
        }
    }

    fn take_away_run(&mut self, at: usize, lane: Lane, enabler: Option<usize>) {
        let access = self.world.kernel().lock().runs_implementation(lane);
        self.take_away(at, ProcessId { lane, index: 0 }, access, enabler);
    }

    /// Notes that the step at that place has taken the next one of a process away.
    fn take_away(&mut self, at: usize, process: ProcessId, access: Access, enabler: Option<usize>) {
        let history = self.world.kernel().lock().history_to_come(process);
        self.cut_off.push(CutOff { at, process, access, enabler, history });
    }

    /// A step begins: takes note of which planned crashes are possible.
    pub(super) fn note_what_is_due(&mut self) {
        self.due.clear();
        for crash in self.plan.crashes() {
            self.due.extend(self.is_due(crash).then_some(crash));
        }
    }

    /// A step ends: takes note of which planned crashes are not possible any more.
    pub(super) fn take_crashes_away(&mut self, taken: ProcessId) {
        for index in 0..self.due.len() {
            let crash = self.due[index];
            if crash.process() != taken && !self.is_due(crash) {
                let access = self.world.kernel().lock().all_of_implementation(crash.lane);
                self.take_away(self.steps, crash.process(), access, None);
            }
        }
    }
}

//! What tells a step from others in its place.

use super::State;
use crate::explore::{Lane, ProcessId};
use crate::world::call::Operation;
use crate::world::hash::mix;
use crate::world::plan::is_crash;

/// What a task has done, as a hash.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::world) struct History {
    /// Before the step that it took last.
    before: u64,
    /// All of it.
    all: u64,
}

impl History {
    /// That of a task which has only got its name.
    pub(super) fn new(name: &str) -> Self {
        let all = u64::from(crate::world::hash(name));
        History { before: all, all }
    }
}

impl State {
    /// A task is about to take a step.
    pub(in crate::world) fn goes_on(&mut self, lane: Lane) {
        let history = &mut self.lanes[usize::from(lane.0)].history;
        history.before = history.all;
    }

    /// The step that a task takes is that it is dropped.
    pub(in crate::world) fn goes_otherwise(&mut self, lane: Lane) {
        let history = &mut self.lanes[usize::from(lane.0)].history;
        history.before = mix(history.before, 0);
    }

    /// A task calls an operation.
    pub(super) fn has_called(&mut self, lane: Lane, operation: &Operation) {
        let history = &mut self.lanes[usize::from(lane.0)].history;
        history.all = mix(history.all, u64::from(operation.key));
    }

    /// What tells the step that was taken last: of a task, what it had called before that; of a
    /// call, what it is, and what is planned to befall it; of a crash, nothing.
    pub(in crate::world) fn history_of(&self, process: ProcessId) -> u64 {
        self.history(process, |history| history.before)
    }

    /// The same of the step that would be taken next.
    pub(in crate::world) fn history_to_come(&self, process: ProcessId) -> u64 {
        self.history(process, |history| history.all)
    }

    fn history(&self, process: ProcessId, of_task: fn(History) -> u64) -> u64 {
        if is_crash(process) {
            return 0;
        }
        let Some(call) = self.calls.iter().find(|call| call.process == process) else {
            return of_task(self.lanes[usize::from(process.lane.0)].history);
        };
        let planned = self.faults.iter().find(|one| one.call == process);
        let planned = planned.map_or(0, |one| 1 + 2 * one.fault as u64 + one.lasts as u64);
        mix(u64::from(call.operation.key), planned)
    }
}

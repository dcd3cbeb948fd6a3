//! Tasks that run, are woken, and are started.

use std::sync::Arc;
use std::task::Waker;

use super::{Execution, Seen, Setting};
use crate::explore::Lane;
use crate::world::driving::{Driving, driving, take_given_up, take_waits};
use crate::world::foreign::take_use;
use crate::world::kernel::{Kind, Newborn};
use crate::world::panics::attempt;
use crate::world::task::{Task, TaskState, TaskStatus};

impl<W: Setting> Execution<W> {
    /// Runs a task up to its next await that has to wait.
    pub(super) fn run(&mut self, lane: usize) -> TaskState {
        take_waits();
        take_use();
        take_given_up();
        let state = self.tasks[lane].run();
        let waits_unseen =
            state == TaskState::Running && take_waits() == 0 && !self.tasks[lane].is_ready();
        self.statuses[lane].waits_unseen = waits_unseen;
        if waits_unseen && !matches!(driving(), Driving::Nothing | Driving::Named) {
            self.outsiders.notice_unseen_wait(&self.statuses[lane].name);
        }
        if let Some(line) = take_given_up() {
            self.outsiders.notice_given_up(line);
        }
        if take_use() {
            self.outsiders.notice_unseen_use(&self.statuses[lane].name);
        }
        self.runs[lane] += 1;
        if state == TaskState::Running {
            self.seen[lane].runs_max = self.seen[lane].runs_max.max(self.runs[lane]);
            let first = self.processes[lane].and_then(|process| self.firsts[process]);
            if let Some(first) = first {
                self.seen[usize::from(first.0)].could_crash = true;
            }
        }
        state
    }

    /// Wakes whoever waited for a call of `lane`. A waker that is not a task's own runs foreign
    /// code: its panic is the caller's.
    pub(super) fn wake(&mut self, lane: Lane, wakers: impl IntoIterator<Item = Waker>) {
        for waker in wakers {
            if !self.tasks.iter().any(|task| task.is_woken_by(&waker)) {
                self.world.kernel().lock().touch_implementation(lane);
            }
            let lane = usize::from(lane.0);
            if let Err(panic) = attempt(|| waker.wake()) {
                self.tasks[lane].discard();
                self.statuses[lane].state = TaskState::Panicked(panic);
                self.world.kernel().lock().touch_endings(Lane(lane as u16));
            }
        }
    }

    /// Gives tasks that have been started their lanes.
    pub(super) fn adopt(&mut self, newborn: Vec<Newborn>) {
        for task in newborn {
            let lane = usize::from(task.lane.0);
            self.add_lanes_up_to(lane);
            self.tasks[lane].begin(Lane(lane as u16), task.future);
            self.groups[lane] = task.group;
            self.is_environment[lane] = task.kind == Kind::Environment;
            self.processes[lane] = task.process;
            self.belongs_to(task.process, task.lane);
            let is_caller = task.kind == Kind::Caller;
            self.seen[lane].was_caller |= is_caller;
            self.statuses[lane] = TaskStatus::new(task.name, is_caller, task.parent);
        }
    }

    /// Adds lanes that have no task, or none yet: each of several processes has lanes of its own.
    fn add_lanes_up_to(&mut self, last: usize) {
        for _ in self.tasks.len()..=last {
            let spare = self.spare.pop();
            self.tasks.push(spare.unwrap_or_else(|| Task::vacant(Arc::clone(&self.outsiders))));
            self.groups.push(None);
            self.is_environment.push(false);
            self.processes.push(None);
            self.runs.push(0);
            self.statuses.push(TaskStatus::vacant());
        }
        self.seen.resize(self.seen.len().max(self.tasks.len()), Seen::default());
    }
}

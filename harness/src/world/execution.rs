//! The [`Program`] that a world is to the search.

use std::sync::Arc;
use std::task::Waker;

use super::kernel::{Kernel, Move, Newborn};
use super::objects::{IMPLEMENTATION, mailbox};
use super::task::{Task, TaskState, TaskStatus};
use crate::explore::{Access, Choice, Lane, ProcessId, Program};

/// What an execution takes place in: a kernel, and whatever else its tasks share.
pub(crate) trait Setting {
    /// One in which nothing has happened.
    fn new() -> Self;

    /// Becomes one in which nothing has happened. Memory of the old one may be used again only if
    /// nobody has kept a handle on it.
    fn renew(&mut self);

    /// Its kernel.
    fn kernel(&self) -> &Kernel;
}

/// Arranges a fresh world: what exists, who calls.
pub(crate) type Stage<W> = Arc<dyn Fn(&W) + Send + Sync>;

/// An executor whose next step is chosen from outside.
pub(crate) struct Execution<W> {
    stage: Stage<W>,
    world: W,
    tasks: Vec<Task>,
    statuses: Vec<TaskStatus>,
    accesses: Vec<Access>,
    /// Tasks of earlier executions, to be used again.
    spare: Vec<Task>,
    /// As of the last look at what is enabled.
    only_held_answers_move: bool,
    woken_from_elsewhere: bool,
}

const RUNS: &str = "runs";

impl<W: Setting> Execution<W> {
    pub(crate) fn new(stage: Stage<W>) -> Self {
        Execution {
            stage,
            world: W::new(),
            tasks: Vec::new(),
            statuses: Vec::new(),
            accesses: Vec::new(),
            spare: Vec::new(),
            only_held_answers_move: false,
            woken_from_elsewhere: false,
        }
    }

    pub(crate) fn world(&self) -> &W {
        &self.world
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        self.world.kernel()
    }

    pub(crate) fn tasks(&self) -> &[TaskStatus] {
        &self.statuses
    }

    /// Whether answers held at gates are all that can still move.
    pub(crate) fn only_held_answers_move(&self) -> bool {
        self.only_held_answers_move
    }

    /// Whether a thread that is not the explorer's has woken a task, in any execution so far.
    pub(crate) fn woken_from_elsewhere(&self) -> bool {
        self.woken_from_elsewhere || self.tasks.iter().any(Task::was_woken_from_elsewhere)
    }

    /// Adds every enabled step but held answers; returns whether there are held answers.
    fn collect_unheld(&self, choices: &mut Vec<Choice>) -> bool {
        for (lane, task) in self.tasks.iter().enumerate() {
            if task.is_ready() {
                let process = ProcessId { lane: Lane(lane as u16), index: 0 };
                choices.push(Choice { process, label: RUNS });
            }
        }
        self.world.kernel().lock().enabled_calls(choices)
    }

    fn adopt(&mut self, newborn: Vec<Newborn>) {
        for task in newborn {
            debug_assert_eq!(usize::from(task.lane.0), self.tasks.len());
            let adopted = match self.spare.pop() {
                Some(spare) => spare.again(task.future),
                None => Task::new(task.future),
            };
            self.tasks.push(adopted);
            self.statuses.push(TaskStatus {
                name: task.name,
                is_caller: task.is_caller,
                state: TaskState::Running,
            });
        }
    }
}

impl<W: Setting> Program for Execution<W> {
    fn reset(&mut self) {
        self.woken_from_elsewhere = self.woken_from_elsewhere();
        // The old tasks go first: their destructors may still use the old world.
        self.tasks.iter_mut().for_each(Task::discard);
        self.spare.extend(self.tasks.drain(..).filter_map(Task::into_spare));
        self.statuses.clear();
        self.world.renew();
        (self.stage)(&self.world);
        let newborn = self.world.kernel().end_step(&mut self.accesses);
        self.adopt(newborn);
    }

    fn enabled(&mut self, choices: &mut Vec<Choice>) {
        choices.clear();
        let any_held = self.collect_unheld(choices);
        self.only_held_answers_move = choices.is_empty() && any_held;
        if self.only_held_answers_move {
            self.world.kernel().lock().enabled_held(choices);
        }
        choices.sort_unstable_by_key(|choice| choice.process);
    }

    fn step(&mut self, process: ProcessId) -> &[Access] {
        self.accesses.clear();
        match self.world.kernel().begin_step(process) {
            Move::Run => {
                let lane = usize::from(process.lane.0);
                self.statuses[lane].state = self.tasks[lane].run();
                self.accesses.push(Access::write(IMPLEMENTATION));
                self.accesses.push(Access::write(mailbox(process.lane)));
            }
            Move::Arrive { call, arrival, by } => self.world.kernel().deliver(call, arrival, by),
            Move::Respond { waker } => waker.into_iter().for_each(Waker::wake),
        }
        let newborn = self.world.kernel().end_step(&mut self.accesses);
        self.adopt(newborn);
        &self.accesses
    }
}

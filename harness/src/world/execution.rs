//! The [`Program`] that a world is to the search.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::task::Waker;

use super::driving::{Driving, driving, take_wait};
use super::foreign::take_use;
use super::holds::awaited_by;
use super::kernel::{Kernel, Kind, Move, Newborn};
use super::objects::{QUIESCENCE, joined};
use super::outsiders::Outsiders;
use super::panics::attempt;
use super::plan::{IS_CANCELLED, Plan};
use super::task::{Task, TaskState, TaskStatus};
use crate::explore::{Access, AccessKind, Choice, Lane, ObjectId, ProcessId, Program};

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
pub(crate) struct Execution<W: Setting> {
    stage: Stage<W>,
    plan: Plan,
    world: W,
    outsiders: Arc<Outsiders>,
    tasks: Vec<Task>,
    /// For each task, whether it is part of the environment and not of the implementation.
    is_environment: Vec<bool>,
    /// For each task, the group of identical callers that it belongs to.
    groups: Vec<Option<usize>>,
    /// Whether identical callers begin in the order of their lanes.
    is_up_to_renaming: bool,
    statuses: Vec<TaskStatus>,
    /// How often each task has run.
    runs: Vec<usize>,
    /// The most that each task has run without ending, over all executions under this plan.
    runs_max: Vec<usize>,
    /// The calls that are to be held in turn, of all executions so far.
    calls_to_hold: BTreeSet<ProcessId>,
    accesses: Vec<Access>,
    /// Sets of objects whose joint state somebody looks at.
    joined: Vec<&'static [ObjectId]>,
    /// Tasks of earlier executions, to be used again.
    spare: Vec<Task>,
    /// As of the last look at what is enabled.
    only_held_answers_move: bool,
    /// As of then: whose answer it is, if that is all that can still move.
    only_answer: Option<Lane>,
}

const RUNS: &str = "runs";

impl<W: Setting> Execution<W> {
    pub(crate) fn new(stage: Stage<W>) -> Self {
        let world = W::new();
        Execution {
            stage,
            plan: Plan::default(),
            runs: Vec::new(),
            runs_max: Vec::new(),
            calls_to_hold: BTreeSet::new(),
            outsiders: world.kernel().outsiders(),
            world,
            tasks: Vec::new(),
            is_environment: Vec::new(),
            groups: Vec::new(),
            is_up_to_renaming: false,
            statuses: Vec::new(),
            accesses: Vec::new(),
            joined: Vec::new(),
            spare: Vec::new(),
            only_held_answers_move: false,
            only_answer: None,
        }
    }

    /// The same under a plan.
    pub(crate) fn under(mut self, plan: Plan) -> Self {
        self.set_plan(plan);
        self
    }

    /// From the next reset on, executions are under this plan.
    pub(crate) fn set_plan(&mut self, plan: Plan) {
        self.plan = plan;
        self.runs_max.clear();
    }

    /// From now on, identical callers begin in the order of their lanes. Every other execution is
    /// one of these under other names.
    pub(crate) fn explore_up_to_renaming(&mut self) {
        self.is_up_to_renaming = true;
    }

    /// What can be cancelled besides what the plan cancels, up to renaming: callers, each after any
    /// of the runs that it has taken without ending, in some execution under this plan.
    pub(crate) fn cancellable(&self) -> Vec<(Lane, RangeInclusive<usize>)> {
        let lanes = (0..self.statuses.len()).filter(|&lane| self.statuses[lane].is_caller);
        lanes.filter_map(|lane| Some((Lane(lane as u16), self.cancellable_after(lane)?))).collect()
    }

    fn cancellable_after(&self, lane: usize) -> Option<RangeInclusive<usize>> {
        let cancelled = |lane: usize| {
            self.plan.cancellations.iter().find(|one| usize::from(one.lane.0) == lane)
        };
        if cancelled(lane).is_some() {
            return None;
        }
        let Some(group) = self.groups[lane].filter(|_| self.is_up_to_renaming) else {
            return Some(1..=self.runs_max[lane]);
        };
        // Identical callers are cancelled in the order of their lanes, the earliest first.
        let all = || (0..self.groups.len()).filter(|&other| self.groups[other] == Some(group));
        let runs_max = all().map(|other| self.runs_max[other]).max().unwrap_or(0);
        let earlier = all().filter(|&other| other < lane);
        let runs: Option<Vec<usize>> = earlier.map(|other| Some(cancelled(other)?.runs)).collect();
        Some(runs?.into_iter().max().unwrap_or(1)..=runs_max)
    }

    /// The calls, of all executions so far, each of which is to be held in executions of its own.
    pub(crate) fn calls_to_hold(&mut self) -> &BTreeSet<ProcessId> {
        self.note_calls_to_hold();
        &self.calls_to_hold
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

    /// From now on, any two steps that change objects of one of these sets conflict.
    pub(crate) fn join(&mut self, sets: Vec<&'static [ObjectId]>) {
        self.joined = sets;
    }

    /// Declares which joined sets the step changed something of.
    fn touch_joined(&mut self) {
        for (index, set) in self.joined.iter().enumerate() {
            let changes =
                |access: &Access| access.kind != AccessKind::Read && set.contains(&access.object);
            if self.accesses.iter().any(changes) {
                self.accesses.push(Access::write(joined(index)));
            }
        }
    }

    /// What was noticed of outsiders in any execution so far.
    pub(crate) fn outsiders(&self) -> &Outsiders {
        &self.outsiders
    }

    /// Whose answer it is, if one that has not come back yet is all that can still move.
    pub(crate) fn only_answer(&self) -> Option<Lane> {
        self.only_answer
    }

    /// Whether answers that are held are all that can still move.
    pub(crate) fn only_held_answers_move(&self) -> bool {
        self.only_held_answers_move
    }

    /// Whether no caller is still running.
    pub(crate) fn callers_have_ended(&self) -> bool {
        let running = |task: &TaskStatus| task.is_caller && task.state == TaskState::Running;
        !self.statuses.iter().any(running)
    }

    /// Takes the world down, and begins a new one in which nothing is.
    pub(crate) fn clear(&mut self) {
        self.note_calls_to_hold();
        // The old tasks go first: their destructors may still use the old world.
        self.tasks.iter_mut().for_each(Task::discard);
        self.spare.extend(self.tasks.drain(..).filter_map(Task::into_spare));
        self.statuses.clear();
        self.groups.clear();
        self.is_environment.clear();
        self.runs.clear();
        self.world.renew();
    }

    fn note_calls_to_hold(&mut self) {
        self.calls_to_hold.extend(self.world.kernel().calls_to_hold());
    }

    /// Adds every enabled step but held answers; returns whether there are held answers.
    fn collect_unheld(&self, choices: &mut Vec<Choice>) -> bool {
        for (lane, task) in self.tasks.iter().enumerate() {
            let process = ProcessId { lane: Lane(lane as u16), index: 0 };
            if self.has_to_wait_for_its_like(lane) {
                continue;
            }
            if task.is_unfinished() && self.plan.cancels(process.lane, self.runs[lane]) {
                choices.push(Choice { process, label: IS_CANCELLED });
            } else if task.is_ready() {
                choices.push(Choice { process, label: RUNS });
            }
        }
        self.world.kernel().lock().enabled_calls(choices)
    }

    /// Whether a caller that has not begun is identical to another before it that has not either.
    fn has_to_wait_for_its_like(&self, lane: usize) -> bool {
        let is_waiting =
            |lane: usize| self.runs[lane] == 0 && !self.plan.concerns(Lane(lane as u16));
        let Some(group) = self.groups[lane].filter(|_| self.is_up_to_renaming) else {
            return false;
        };
        is_waiting(lane)
            && (0..lane).any(|other| self.groups[other] == Some(group) && is_waiting(other))
    }

    fn run(&mut self, lane: usize) -> TaskState {
        take_wait();
        take_use();
        let state = self.tasks[lane].run();
        let waits_unseen = state == TaskState::Running && !take_wait();
        if waits_unseen && driving() == Driving::Steps && !self.tasks[lane].is_ready() {
            self.outsiders.notice_unseen_wait(&self.statuses[lane].name);
        }
        if take_use() {
            self.outsiders.notice_unseen_use(&self.statuses[lane].name);
        }
        self.runs[lane] += 1;
        if state == TaskState::Running {
            self.runs_max[lane] = self.runs_max[lane].max(self.runs[lane]);
        }
        state
    }

    /// Wakes whoever waited for a call of `lane`. A waker that is not a task's own runs foreign
    /// code: its panic is the caller's.
    fn wake(&mut self, lane: Lane, wakers: impl IntoIterator<Item = Waker>) {
        for waker in wakers {
            if !self.tasks.iter().any(|task| task.is_woken_by(&waker)) {
                self.world.kernel().touch_implementation();
            }
            let lane = usize::from(lane.0);
            if let Err(panic) = attempt(|| waker.wake()) {
                self.tasks[lane].discard();
                self.statuses[lane].state = TaskState::Panicked(panic);
            }
        }
    }

    fn adopt(&mut self, newborn: Vec<Newborn>) {
        for task in newborn {
            debug_assert_eq!(usize::from(task.lane.0), self.tasks.len());
            let adopted = match self.spare.pop() {
                Some(spare) => spare.again(task.future),
                None => Task::new(task.future, Arc::clone(&self.outsiders)),
            };
            self.tasks.push(adopted);
            self.groups.push(task.group);
            self.is_environment.push(task.kind == Kind::Environment);
            self.runs.push(0);
            self.runs_max.resize(self.runs_max.len().max(self.tasks.len()), 0);
            let is_caller = task.kind == Kind::Caller;
            self.statuses.push(TaskStatus::new(task.name, is_caller, task.parent));
        }
    }
}

impl<W: Setting> Drop for Execution<W> {
    /// Each future on its own: two destructors that panic must not meet.
    fn drop(&mut self) {
        self.clear();
    }
}

impl<W: Setting> Program for Execution<W> {
    fn reset(&mut self) {
        self.clear();
        self.world.kernel().hold_answer(self.plan.held);
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
        if choices.is_empty() {
            for (lane, status) in self.statuses.iter_mut().enumerate() {
                status.waits_for = awaited_by(Lane(lane as u16));
            }
        }
        choices.sort_unstable_by_key(|choice| choice.process);
        let is_answer = |process| self.world.kernel().lock().is_answer(process);
        self.only_answer = match choices.as_slice() {
            [only] if any_held == self.only_held_answers_move && is_answer(only.process) => {
                Some(only.process.lane)
            }
            _ => None,
        };
    }

    fn touches_as_others_let_it(&self) -> bool {
        true
    }

    fn contended(&self) -> Option<ObjectId> {
        self.only_held_answers_move.then_some(QUIESCENCE)
    }

    fn step(&mut self, process: ProcessId) -> &[Access] {
        self.accesses.clear();
        match self.world.kernel().begin_step(process) {
            Move::Run => {
                let lane = usize::from(process.lane.0);
                if !self.is_environment[lane] {
                    self.world.kernel().touch_implementation();
                }
                self.statuses[lane].state = match self.plan.cancels(process.lane, self.runs[lane]) {
                    true => self.tasks[lane].cancel(),
                    false => self.run(lane),
                };
            }
            Move::Arrive { call, arrival, by } => {
                let wakers = self.world.kernel().deliver(call, arrival, by);
                self.wake(process.lane, wakers);
            }
            Move::Respond { waker } => self.wake(process.lane, waker),
        }
        // A task that several steps could have made ready depends on the order of all of them.
        for (lane, task) in self.tasks.iter().enumerate() {
            if task.take_woken() {
                self.world.kernel().touch_mailbox(Lane(lane as u16));
            }
        }
        let newborn = self.world.kernel().end_step(&mut self.accesses);
        self.adopt(newborn);
        self.touch_joined();
        &self.accesses
    }
}

//! The [`Program`] that a world is to the search.

mod alike;
mod befalling;
mod crashing;
mod lost_requests;
mod running;
mod setting;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::blocked::{take_block, watch_for_block};
use super::fault::Fault;
use super::holds::{Awaited, awaited_by};
use super::kernel::{Kernel, Move};
use super::objects::{QUIESCENCE, joined};
use super::outsiders::Outsiders;
use super::panics::attempt;
use super::plan::{Crash, Mark, Plan, PlannedFault, Reach, is_crash};
use super::spawner::BoxFuture;
use super::task::{Task, TaskState, TaskStatus};
use crate::explore::{
    Access, AccessKind, Choice, CutOff, Footprints, Lane, ObjectId, ProcessId, Program,
};

use alike::Like;
use crashing::Gone;
use lost_requests::OnItsWay;
pub(crate) use setting::{Setting, Stage};
use shown::Seen;
pub(crate) use shown::Shown;

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
    /// For each task, the process that it belongs to.
    processes: Vec<Option<usize>>,
    /// What a crash has taken away for good.
    cut_off: Vec<CutOff>,
    /// The tasks whose process has crashed.
    gone: Vec<Gone>,
    /// Requests of processes that may still be on their way.
    on_their_way: Vec<OnItsWay>,
    /// Of each process, the task that it was started with first.
    firsts: Vec<Option<Lane>>,
    /// The planned crashes that were possible before the running step.
    due: Vec<Crash>,
    /// The steps taken.
    steps: usize,
    /// What is left of crashed processes. None of it runs, not even to be dropped, before the
    /// execution has ended.
    graves: Vec<BoxFuture>,
    /// The callers that the stage has added.
    staged: usize,
    /// How many processes have crashed.
    crashes: usize,
    /// Whether identical callers and processes begin in their order.
    is_up_to_renaming: bool,
    /// Of each process, what tells whether it waits for another like it.
    alike: Vec<Like>,
    statuses: Vec<TaskStatus>,
    /// How often each task has run.
    runs: Vec<usize>,
    /// What each lane has been, over all executions under this plan.
    seen: Vec<Seen>,
    /// What could have met a fault, over all executions under this plan.
    faultable: BTreeSet<(ProcessId, Fault)>,
    /// The calls that are to be held in turn, of all executions so far.
    calls_to_hold: BTreeSet<ProcessId>,
    accesses: Vec<Access>,
    /// What steps are known to touch under plans of the same reach.
    footprints: BTreeMap<Reach, Footprints>,
    /// Sets of objects whose joint state somebody looks at.
    joined: Vec<&'static [ObjectId]>,
    /// Tasks of earlier executions, to be used again.
    spare: Vec<Task>,
    /// As of the last look at what is enabled.
    only_held_answers_move: bool,
    /// As of then: whose answer it is, if that is all that can still move.
    only_answer: Option<Lane>,
    /// The task whose step blocks the thread, and on what: nothing moves any more.
    blocked: Option<(usize, Awaited)>,
}

const RUNS: &str = "runs";

impl<W: Setting> Execution<W> {
    pub(crate) fn new(stage: Stage<W>) -> Self {
        let world = W::new();
        Execution {
            stage,
            plan: Plan::default(),
            runs: Vec::new(),
            seen: Vec::new(),
            faultable: BTreeSet::new(),
            processes: Vec::new(),
            cut_off: Vec::new(),
            gone: Vec::new(),
            firsts: Vec::new(),
            on_their_way: Vec::new(),
            due: Vec::new(),
            steps: 0,
            graves: Vec::new(),
            staged: 0,
            crashes: 0,
            calls_to_hold: BTreeSet::new(),
            outsiders: world.kernel().outsiders(),
            world,
            tasks: Vec::new(),
            is_environment: Vec::new(),
            groups: Vec::new(),
            is_up_to_renaming: false,
            alike: Vec::new(),
            statuses: Vec::new(),
            accesses: Vec::new(),
            footprints: BTreeMap::new(),
            joined: Vec::new(),
            spare: Vec::new(),
            only_held_answers_move: false,
            only_answer: None,
            blocked: None,
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
        self.seen.clear();
        self.faultable.clear();
    }

    /// What befalls.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Has this mark, which [`Self::marks_now`] offers, befall this execution too.
    pub(crate) fn amend(&mut self, mark: Mark) {
        self.plan = self.plan.and(mark);
        self.plan_for_kernel();
    }

    fn plan_for_kernel(&mut self) {
        let faults: Vec<PlannedFault> = self.plan.faults().collect();
        self.world.kernel().plan(self.plan.held, &faults, self.plan.reach());
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

    /// What was noticed of outsiders in any execution so far; kept, for when this is gone.
    pub(crate) fn outsiders(&self) -> Arc<Outsiders> {
        Arc::clone(&self.outsiders)
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
        self.blocked.is_none() && !self.statuses.iter().any(running)
    }

    /// Takes the world down, and begins a new one in which nothing is.
    pub(crate) fn clear(&mut self) {
        self.note_calls();
        // The old tasks go first: their destructors may still use the old world.
        self.tasks.iter_mut().for_each(Task::discard);
        for future in self.graves.drain(..) {
            let _ = attempt(|| drop(future));
        }
        self.spare.extend(self.tasks.drain(..).filter_map(Task::into_spare));
        self.statuses.clear();
        self.groups.clear();
        self.processes.clear();
        self.cut_off.clear();
        self.gone.clear();
        self.firsts.clear();
        self.on_their_way.clear();
        self.steps = 0;
        self.crashes = 0;
        self.is_environment.clear();
        self.blocked = None;
        self.runs.clear();
        self.world.renew();
    }

    /// Adds every enabled step but held answers; returns whether there are held answers.
    fn collect_unheld(&self, choices: &mut Vec<Choice>) -> bool {
        for lane in 0..self.tasks.len() {
            if let Some(label) = self.next_step(lane) {
                let process = ProcessId { lane: Lane(lane as u16), index: 0 };
                choices.push(Choice { process, label });
            }
        }
        for crash in self.plan.crashes() {
            choices.extend(self.is_due(crash).then(|| crash.choice()));
        }
        self.world.kernel().lock().enabled_calls(choices)
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
        self.plan_for_kernel();
        (self.stage)(&self.world);
        let newborn = self.world.kernel().end_step(&mut self.accesses);
        self.adopt(newborn);
        self.staged = self.tasks.len();
        self.compare_processes();
    }

    fn enabled(&mut self, choices: &mut Vec<Choice>) {
        choices.clear();
        let any_held = self.blocked.is_none() && self.collect_unheld(choices);
        // That a process could crash keeps no answer back.
        self.only_held_answers_move =
            any_held && choices.iter().all(|choice| is_crash(choice.process));
        if self.only_held_answers_move {
            self.world.kernel().lock().enabled_held(choices);
        }
        if choices.is_empty() {
            for (lane, status) in self.statuses.iter_mut().enumerate() {
                status.waits_for = awaited_by(Lane(lane as u16));
            }
            if let Some((lane, awaited)) = &self.blocked {
                self.statuses[*lane].waits_for = vec![awaited.clone()];
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

    fn cut_off(&mut self, cut_off: &mut Vec<CutOff>) {
        cut_off.clone_from(&self.cut_off);
    }

    fn take_footprints(&mut self) -> Option<Footprints> {
        Some(self.footprints.remove(&self.plan.reach()).unwrap_or_default())
    }

    fn keep_footprints(&mut self, footprints: Footprints) {
        self.footprints.insert(self.plan.reach(), footprints);
    }

    /// A crash: what comes after a held answer is not to be had by moving a crash that came before
    /// it, and so is come to first.
    fn comes_last(&self, process: ProcessId) -> bool {
        is_crash(process)
    }

    fn history_of(&self, process: ProcessId) -> u64 {
        self.world.kernel().lock().history_of(process)
    }

    fn outcome(&self) -> u64 {
        self.hash_of_outcome()
    }

    fn contended(&self) -> Option<ObjectId> {
        self.only_held_answers_move.then_some(QUIESCENCE)
    }

    fn step(&mut self, process: ProcessId) -> &[Access] {
        self.accesses.clear();
        self.note_what_is_due();
        watch_for_block();
        match self.world.kernel().begin_step(process) {
            Move::Run => {
                let lane = usize::from(process.lane.0);
                if !self.is_environment[lane] {
                    self.world.kernel().lock().touch_implementation(process.lane);
                }
                self.statuses[lane].state = self.step_task(lane);
                if !self.is_environment[lane] && !self.tasks[lane].is_unfinished() {
                    self.world.kernel().lock().touch_endings(process.lane);
                }
            }
            Move::Arrive { call, arrival, by } => {
                let wakers = self.world.kernel().deliver(call, arrival, by);
                self.wake(process.lane, wakers);
            }
            Move::Respond { waker } => self.wake(process.lane, waker),
            Move::Crash => {
                let crash = self.plan.crash_of(process.lane);
                self.crash(crash.expect("it is planned"));
            }
        }
        if let Some(awaited) = take_block() {
            let lane = usize::from(process.lane.0);
            self.statuses[lane].state = TaskState::Blocked;
            self.blocked = Some((lane, awaited));
        }
        // A task that several steps could have made ready depends on the order of all of them.
        for lane in 0..self.tasks.len() {
            if self.tasks[lane].take_woken() {
                self.world.kernel().touch_mailbox(Lane(lane as u16));
                self.would_have_woken(Lane(lane as u16));
            }
        }
        self.take_crashes_away(process);
        let newborn = self.world.kernel().end_step(&mut self.accesses);
        self.adopt(newborn);
        self.note_requests(process);
        self.touch_joined();
        self.steps += 1;
        &self.accesses
    }
}

//! The handle through which tasks, calls, gates and the clock of one world share its state.

mod befalling;
mod sharing;
#[cfg(feature = "loom")]
mod threads;
mod turns;

use std::borrow::Cow;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use super::call::{Arrival, Operation, Phase};
use super::clock::Timestamp;
use super::driving::{Driving, drive};
use super::fault::Fault;
use super::gate::{GateState, Release};
use super::holds::{begin_world, next_number, step_as};
use super::objects::{CLOCK, QUIESCENCE, lanes, mailbox};
use super::outsiders::Outsiders;
use super::panics::attempt;
use super::plan::{Reach, is_crash};
use super::spawner::BoxFuture;
use super::state::{CallRecord, Driver, State};
use super::team::{self, Turn};
use super::touched;
use crate::explore::{Access, Lane, ProcessId};

/// A handle on the state that one world shares; clones are the same world.
///
/// It is behind a lock because code under test asks for doubles that are `Send + Sync`. No foreign
/// code (an effect, a waker or its destructor, a poll) ever runs while the lock is held.
#[derive(Clone)]
pub(crate) struct Kernel {
    state: Arc<Mutex<State>>,
    /// Stands before every call, where callers are threads.
    turn: Option<Arc<Turn>>,
}

/// What a step is.
pub(super) enum Move {
    /// A task runs.
    Run,
    /// A call arrives.
    Arrive { call: usize, arrival: Option<Arc<dyn Arrival>>, by: Lane },
    /// An answer is back; its caller is to be woken.
    Respond { waker: Option<Waker> },
    /// A process crashes.
    Crash,
}

/// Adds the tasks of a process.
pub(super) type StartProcess = Arc<dyn Fn() + Send + Sync>;

/// What a task is to an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It has to finish.
    Caller,
    /// The code under test has started it.
    Background,
    /// It is not code under test: the world itself moves.
    Environment,
}

/// A task on its way into the executor.
pub(super) struct Newborn {
    pub(super) lane: Lane,
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Kind,
    /// The group of identical callers that it belongs to.
    pub(super) group: Option<usize>,
    /// The process that it belongs to.
    pub(super) process: Option<usize>,
    /// The lane whose step started it.
    pub(super) parent: Option<Lane>,
    pub(super) future: BoxFuture,
}

/// What a report says of a call.
#[derive(Debug, Clone)]
pub(crate) struct CallView {
    pub(crate) operation: &'static Operation,
    pub(crate) location: &'static Location<'static>,
}

impl Kernel {
    /// A kernel whose every move is chosen by a search.
    pub(crate) fn explored() -> Self {
        Self::with(Driver::Explorer, Arc::new(Outsiders::new()), begin_world())
    }

    /// A kernel whose calls go through at once, for tests that hold gates by hand. It may be made
    /// in a step of another world's, which goes on.
    pub(crate) fn free() -> Self {
        let kernel = Self::with(Driver::Free, Arc::new(Outsiders::new()), next_number());
        kernel.lock().add_lane(Cow::Borrowed("test"), None);
        kernel
    }

    /// A kernel whose callers are the team that is here.
    #[cfg(feature = "loom")]
    pub(crate) fn of_team(outsiders: Arc<Outsiders>) -> Self {
        Self::with(Driver::Team, outsiders, begin_world())
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        let mut state = self.lock();
        state.touch(Access::read(CLOCK));
        Timestamp(state.now)
    }

    fn with(driver: Driver, outsiders: Arc<Outsiders>, number: u64) -> Self {
        let state = State {
            driver,
            now: Duration::ZERO,
            current: Lane(0),
            lanes: Vec::new(),
            staged: 0,
            calls: Vec::new(),
            gates: Vec::new(),
            newborn: Vec::new(),
            accesses: Vec::new(),
            is_stepping: false,
            held: None,
            held_in_turn: None,
            processes: Vec::new(),
            starting: None,
            has_code_of_no_process: false,
            groups: 0,
            graves: Vec::new(),
            sent_before: 0,
            has_recorded: false,
            reach: Reach::default(),
            faults: Vec::new(),
            fault_kinds: Fault::ALL,
            outages: Vec::new(),
            befalls: None,
            faults_met: 0,
            driving: Driving::Nothing,
            sees_sharing: false,
            has_begun: false,
            outsiders,
            number,
        };
        Kernel { state: Arc::new(Mutex::new(state)), turn: Turn::here().map(Arc::new) }
    }

    /// Begins a new world for the explorer. The memory of the old one is used again, unless
    /// somebody has kept a handle on it: then it stays theirs, and that is noticed.
    pub(crate) fn renew(&mut self) {
        self.let_go_of_foreign_code();
        let outsiders = self.outsiders();
        let Some(state) = Arc::get_mut(&mut self.state) else {
            outsiders.notice_kept_world();
            *self = Self::with(Driver::Explorer, outsiders, begin_world());
            return;
        };
        let state = state.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        let State { now, current, lanes, accesses, held, held_in_turn, .. } = state;
        (*now, *current) = (Duration::ZERO, Lane(0));
        state.staged = 0;
        (*held, *held_in_turn) = (None, None);
        (state.is_stepping, state.driving) = (false, Driving::Nothing);
        (state.befalls, state.faults_met, state.fault_kinds) = (None, 0, Fault::ALL);
        (state.starting, state.groups, state.reach) = (None, 0, Reach::default());
        (state.has_code_of_no_process, state.sees_sharing) = (false, false);
        state.faults.clear();
        state.outages.clear();
        lanes.clear();
        accesses.clear();
        state.number = begin_world();
    }

    /// Drops futures, requests and wakers, whose destructors are foreign code: one after the other,
    /// and what they panic with is not part of the execution any more.
    fn let_go_of_foreign_code(&self) {
        let mut state = self.lock();
        let mut calls = std::mem::take(&mut state.calls);
        let newborn = std::mem::take(&mut state.newborn);
        let mut gates = std::mem::take(&mut state.gates);
        let processes = std::mem::take(&mut state.processes);
        let graves = std::mem::take(&mut state.graves);
        drop(state);
        for process in processes {
            let _ = attempt(|| drop(process));
        }
        for waker in graves {
            let _ = attempt(|| drop(waker));
        }
        for call in calls.drain(..) {
            let _ = attempt(|| drop(call));
        }
        for newborn in newborn {
            let _ = attempt(|| drop(newborn));
        }
        for gate in gates.drain(..) {
            let _ = attempt(|| drop(gate));
        }
        // Their memory is used again.
        let mut state = self.lock();
        (state.calls, state.gates) = (calls, gates);
    }

    /// Begins a step: tells what it is, and from now on what is touched belongs to it.
    pub(super) fn begin_step(&self, process: ProcessId) -> Move {
        let mut state = self.lock();
        state.current = process.lane;
        (state.is_stepping, state.has_recorded) = (true, false);
        state.sent_before = state.calls.len();
        drive(state.driving);
        step_as(state.number, process.lane);
        touched::begin_step(process.lane);
        state.accesses.clear();
        let call = state.calls.iter().position(|call| call.process == process);
        // A held answer moves because nothing else can: after everything, whatever that touched. So
        // every step comes before quiescence ("releases" it), and that answer after it.
        let is_held = call.is_some_and(|call| {
            state.calls[call].phase == Phase::Arrived && state.is_held(&state.calls[call])
        });
        state.touch(match is_held {
            true => Access::acquire(QUIESCENCE),
            false => Access::release(QUIESCENCE),
        });
        if is_crash(process) {
            return Move::Crash;
        }
        if process.index == 0 {
            state.goes_on(process.lane);
            state.touch(Access::write(mailbox(process.lane)));
            return Move::Run;
        }
        let call = call.expect("an enabled call exists");
        match state.calls[call].phase {
            Phase::Sent => {
                state.touch_life(process);
                state.befall(call);
                let (arrival, by) = state.take_arrival(call);
                Move::Arrive { call, arrival, by }
            }
            Phase::Arrived => {
                state.touch_hold(call);
                Move::Respond { waker: state.answered(call) }
            }
            Phase::Answered => unreachable!("an answered call takes no more steps"),
        }
    }

    /// Ends a step: adds what it touched to `accesses` and hands out the tasks that it started.
    pub(super) fn end_step(&self, accesses: &mut Vec<Access>) -> Vec<Newborn> {
        let mut state = self.lock();
        let touched = touched::end_step();
        if std::mem::take(&mut state.is_stepping) {
            state.touch_sync(touched);
        }
        drive(Driving::Nothing);
        accesses.extend_from_slice(&state.accesses);
        std::mem::take(&mut state.newborn)
    }

    /// Declares that the running step woke a task.
    pub(super) fn touch_mailbox(&self, task: Lane) {
        self.touch(Access::write(mailbox(task)));
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whether tasks are started here and not on a runtime.
    pub(crate) fn starts_tasks(&self) -> bool {
        self.lock().driver != Driver::Free
    }

    /// What was noticed of outsiders, in all worlds that this one follows.
    pub(crate) fn outsiders(&self) -> Arc<Outsiders> {
        Arc::clone(&self.lock().outsiders)
    }

    /// Declares that the running step touched an object.
    pub(crate) fn touch(&self, access: Access) {
        self.lock().touch(access);
    }

    /// The lane whose task is running.
    pub(crate) fn current_lane(&self) -> Lane {
        self.lock().current()
    }

    /// The same; something that it did is recorded.
    pub(crate) fn recording_lane(&self) -> Lane {
        let mut state = self.lock();
        state.has_recorded = true;
        state.current()
    }

    pub(crate) fn lane_name(&self, lane: Lane) -> String {
        let state = self.lock();
        state.lanes.get(usize::from(lane.0)).map_or_else(String::new, |lane| lane.name.to_string())
    }

    /// Gives the executor a background task.
    pub(super) fn add_background(&self, name: &'static str, future: BoxFuture) {
        self.add_task(name, Kind::Background, None, future);
    }

    /// Something that happens of itself, step by step.
    pub(crate) fn add_environment(
        &self,
        name: &'static str,
        future: impl Future<Output = ()> + Send + 'static,
    ) {
        self.add_task(name, Kind::Environment, None, Box::pin(future));
    }

    /// A caller: a task that must finish. Callers of one group must differ in their names only.
    pub(crate) fn add_caller(
        &self,
        name: &'static str,
        group: Option<usize>,
        future: impl Future<Output = ()> + Send + 'static,
    ) {
        self.add_task(name, Kind::Caller, group, Box::pin(future));
    }

    /// Gives the executor a task, in a lane of its own.
    fn add_task(&self, name: &'static str, kind: Kind, group: Option<usize>, future: BoxFuture) {
        let mut state = self.lock();
        let team_is_running = state.driver == Driver::Team && state.has_begun;
        // What a process starts with is nobody's.
        let has_parent = (state.is_stepping || team_is_running) && state.starting().is_none();
        let parent = has_parent.then(|| state.current());
        let inherited = parent.and_then(|parent| state.lanes[usize::from(parent.0)].process);
        let process = state.starting().or(inherited).filter(|_| kind != Kind::Environment);
        state.has_code_of_no_process |= process.is_none() && kind != Kind::Environment;
        state.touch(Access::write(lanes(process)));
        let (lane, name) = state.add_lane(Cow::Borrowed(name), process);
        let newborn = Newborn { lane, name, kind, group, process, parent, future };
        // Before the first step, the whole team is started together.
        if team_is_running {
            drop(state);
            team::spawn(newborn);
        } else {
            state.newborn.push(newborn);
        }
    }

    /// Puts up a gate behind those that are there.
    pub(super) fn add_gate(&self, gate: GateState) -> usize {
        let mut state = self.lock();
        state.gates.push(gate);
        let index = state.gates.len() - 1;
        state.touch_gate(index);
        index
    }

    /// Holds the next call of `operation` that no earlier gate takes, without a hand on it.
    pub(crate) fn withhold(&self, operation: &'static Operation, release: Release) {
        self.add_gate(GateState::new(operation, release));
    }

    /// Asks for executions in which a call of `operation` is held, for each call in turn.
    pub(crate) fn hold_each(&self, operation: &'static Operation) {
        self.lock().held_in_turn = Some(operation);
    }

    /// The calls made so far that are to be held, each in an execution of its own.
    pub(crate) fn calls_to_hold(&self) -> Vec<ProcessId> {
        let state = self.lock();
        let Some(operation) = state.held_in_turn else { return Vec::new() };
        let of_it = state.calls.iter().filter(|call| std::ptr::eq(call.operation, operation));
        of_it.map(|call| call.process).collect()
    }

    /// Calls made so far, in the order of their sending.
    pub(crate) fn calls(&self) -> Vec<CallView> {
        let view =
            |call: &CallRecord| CallView { operation: call.operation, location: call.location };
        self.lock().calls.iter().map(view).collect()
    }
}

//! The handle through which tasks, calls, gates and the clock of one world share its state.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use super::call::{Arrival, Operation, Phase};
use super::gate::{GateState, Release};
use super::objects::{GATES, QUIESCENCE};
use super::spawner::BoxFuture;
use super::state::{CallRecord, Driver, State};
use crate::explore::{Access, Lane, ProcessId};

/// A handle on the state that one world shares; clones are the same world.
///
/// It is behind a lock because code under test asks for doubles that are `Send + Sync`. No foreign
/// code (an effect, a waker, a poll) ever runs while the lock is held.
#[derive(Clone)]
pub(crate) struct Kernel {
    state: Arc<Mutex<State>>,
}

/// What a step is.
pub(super) enum Move {
    /// A task runs.
    Run,
    /// A call arrives.
    Arrive { call: usize, arrival: Option<Arc<dyn Arrival>>, by: Lane },
    /// An answer is back; its caller is to be woken.
    Respond { waker: Option<Waker> },
}

/// A task on its way into the executor.
pub(super) struct Newborn {
    pub(super) lane: Lane,
    pub(super) name: Cow<'static, str>,
    pub(super) is_caller: bool,
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
        Self::with(Driver::Explorer)
    }

    /// A kernel whose calls go through at once, for tests that hold gates by hand.
    pub(crate) fn free() -> Self {
        let kernel = Self::with(Driver::Free);
        kernel.lock().add_lane(Cow::Borrowed("test"));
        kernel
    }

    fn with(driver: Driver) -> Self {
        let state = State {
            driver,
            now: Duration::ZERO,
            current: Lane(0),
            lanes: Vec::new(),
            calls: Vec::new(),
            gates: Vec::new(),
            newborn: Vec::new(),
            accesses: Vec::new(),
            home: thread::current().id(),
            used_from_elsewhere: false,
        };
        Kernel { state: Arc::new(Mutex::new(state)) }
    }

    /// Begins a new world for the explorer. The memory of the old one is used again, unless
    /// somebody has kept a handle on it: then it stays theirs.
    pub(crate) fn renew(&mut self) {
        let Some(state) = Arc::get_mut(&mut self.state) else {
            *self = Kernel::explored();
            return;
        };
        let state = state.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        let State { driver, now, current, lanes, calls, gates, newborn, accesses, .. } = state;
        (*driver, *now, *current) = (Driver::Explorer, Duration::ZERO, Lane(0));
        lanes.clear();
        calls.clear();
        gates.clear();
        newborn.clear();
        accesses.clear();
        state.home = thread::current().id();
        state.used_from_elsewhere = false;
    }

    /// Begins a step: tells what it is, and from now on what is touched belongs to it.
    pub(super) fn begin_step(&self, process: ProcessId) -> Move {
        let mut state = self.lock();
        state.current = process.lane;
        state.accesses.clear();
        if !state.gates.is_empty() {
            state.touch(Access::release(QUIESCENCE));
        }
        if process.index == 0 {
            return Move::Run;
        }
        let position = state.calls.iter().position(|call| call.process == process);
        let call = position.expect("an enabled call exists");
        match state.calls[call].phase {
            Phase::Sent => {
                let (arrival, by) = state.take_arrival(call);
                Move::Arrive { call, arrival, by }
            }
            Phase::Arrived => {
                if state.is_held(&state.calls[call]) {
                    // It goes because nothing else can: after everything, whatever it touched.
                    state.touch(Access::acquire(QUIESCENCE));
                } else if state.calls[call].gate.is_some() {
                    state.touch(Access::read(GATES));
                }
                Move::Respond { waker: state.answered(call) }
            }
            Phase::Answered => unreachable!("an answered call takes no more steps"),
        }
    }

    /// Ends a step: adds what it touched to `accesses` and hands out the tasks that it started.
    pub(super) fn end_step(&self, accesses: &mut Vec<Access>) -> Vec<Newborn> {
        let mut state = self.lock();
        accesses.extend_from_slice(&state.accesses);
        std::mem::take(&mut state.newborn)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn is_explored(&self) -> bool {
        self.lock().driver == Driver::Explorer
    }

    /// Whether a thread has used it that is not its own.
    pub(crate) fn was_used_from_elsewhere(&self) -> bool {
        self.lock().used_from_elsewhere
    }

    /// Declares that the running step touched an object.
    pub(crate) fn touch(&self, access: Access) {
        self.lock().touch(access);
    }

    /// The lane whose task is running.
    pub(crate) fn current_lane(&self) -> Lane {
        self.lock().current
    }

    pub(crate) fn lane_name(&self, lane: Lane) -> String {
        let state = self.lock();
        state.lanes.get(usize::from(lane.0)).map_or_else(String::new, |lane| lane.name.to_string())
    }

    /// Gives the executor a task, in a lane of its own.
    pub(super) fn add_task(&self, name: Cow<'static, str>, is_caller: bool, future: BoxFuture) {
        let mut state = self.lock();
        let (lane, name) = state.add_lane(name);
        state.newborn.push(Newborn { lane, name, is_caller, future });
    }

    /// A caller: a task that must finish.
    pub(crate) fn add_caller(
        &self,
        name: &'static str,
        future: impl Future<Output = ()> + Send + 'static,
    ) {
        self.add_task(Cow::Borrowed(name), true, Box::pin(future));
    }

    /// Puts up a gate behind those that are there.
    pub(super) fn add_gate(&self, gate: GateState) -> usize {
        let mut state = self.lock();
        state.gates.push(gate);
        state.gates.len() - 1
    }

    /// Holds the next call of `operation` that no earlier gate takes, and all that the same lane
    /// makes after it, without a hand on them.
    pub(crate) fn withhold(&self, operation: &'static Operation, release: Release) {
        self.add_gate(GateState::withholding(operation, release));
    }

    /// The lanes whose answers are on their way back, held or not.
    pub(crate) fn lanes_with_answers(&self) -> Vec<Lane> {
        let state = self.lock();
        let arrived = state.calls.iter().filter(|call| call.phase == Phase::Arrived);
        arrived.map(|call| call.process.lane).collect()
    }

    /// Calls made so far, in the order of their sending.
    pub(crate) fn calls(&self) -> Vec<CallView> {
        let view =
            |call: &CallRecord| CallView { operation: call.operation, location: call.location };
        self.lock().calls.iter().map(view).collect()
    }
}

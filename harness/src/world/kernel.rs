//! The state that tasks, calls, gates and the clock of one world share.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use self::objects::{GATES, QUIESCENCE, mailbox};
use super::call::{Arrival, Operation, Phase, Trip};
use super::gate::{GateState, Release};
use super::spawner::BoxFuture;
use crate::explore::{Access, Choice, Lane, ObjectId, ProcessId};

/// Who decides when a call moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// The search, step by step.
    Explorer,
    /// The calls themselves, at once, except where a gate holds them.
    Free,
}

/// A handle on the state that one world shares; clones are the same world.
///
/// It is behind a lock because code under test asks for doubles that are `Send + Sync`. No foreign
/// code (an effect, a waker, a poll) ever runs while the lock is held.
#[derive(Clone)]
pub(crate) struct Kernel {
    state: Arc<Mutex<State>>,
}

pub(super) struct State {
    driver: Driver,
    pub(super) now: Duration,
    /// The lane whose task is being polled.
    current: Lane,
    lanes: Vec<LaneRecord>,
    calls: Vec<CallRecord>,
    pub(super) gates: Vec<GateState>,
    /// Tasks that wait to be adopted by the executor.
    newborn: Vec<Newborn>,
    accesses: Vec<Access>,
}

struct LaneRecord {
    name: Cow<'static, str>,
    calls_made: u16,
}

pub(super) struct CallRecord {
    process: ProcessId,
    operation: &'static Operation,
    location: &'static Location<'static>,
    phase: Phase,
    arrival: Option<Arc<dyn Arrival>>,
    waker: Option<Waker>,
    /// The gate that holds its answer.
    gate: Option<usize>,
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
        let State { driver, now, current, lanes, calls, gates, newborn, accesses } = state;
        (*driver, *now, *current) = (Driver::Explorer, Duration::ZERO, Lane(0));
        lanes.clear();
        calls.clear();
        gates.clear();
        newborn.clear();
        accesses.clear();
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

    /// Holds the next call of `operation` that no earlier gate takes.
    pub(super) fn add_gate(&self, operation: &'static Operation, release: Release) -> usize {
        let mut state = self.lock();
        state.gates.push(GateState::new(operation, release));
        state.gates.len() - 1
    }

    /// Holds the next call of `operation` that no earlier gate takes, without a hand on it.
    pub(crate) fn withhold(&self, operation: &'static Operation, release: Release) {
        self.add_gate(operation, release);
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

impl State {
    /// Declares that the running step touched an object. Without an explorer there are no steps.
    pub(super) fn touch(&mut self, access: Access) {
        if self.driver == Driver::Explorer {
            self.accesses.push(access);
        }
    }

    /// Opens a lane. A name that is taken gets a number.
    fn add_lane(&mut self, name: Cow<'static, str>) -> (Lane, Cow<'static, str>) {
        let lane = Lane(u16::try_from(self.lanes.len()).expect("fewer than 65,536 tasks"));
        let taken = self.lanes.iter().filter(|other| same_stem(&other.name, &name)).count();
        let name = if taken == 0 { name } else { Cow::Owned(format!("{name}-{}", taken + 1)) };
        self.lanes.push(LaneRecord { name: name.clone(), calls_made: 0 });
        (lane, name)
    }

    /// Records that the running task sends a call; `arrival` is what happens when it arrives.
    pub(super) fn send(
        &mut self,
        operation: &'static Operation,
        location: &'static Location<'static>,
        arrival: Arc<dyn Arrival>,
        waker: Waker,
    ) -> usize {
        let lane = self.current;
        let record = &mut self.lanes[usize::from(lane.0)];
        record.calls_made = record.calls_made.saturating_add(1);
        self.calls.push(CallRecord {
            process: ProcessId { lane, index: record.calls_made },
            operation,
            location,
            phase: Phase::Sent,
            arrival: Some(arrival),
            waker: Some(waker),
            gate: None,
        });
        self.calls.len() - 1
    }

    /// Whether calls go through without a search.
    pub(super) fn runs_free(&self) -> bool {
        self.driver == Driver::Free
    }

    pub(super) fn phase(&self, call: usize) -> Phase {
        self.calls[call].phase
    }

    pub(super) fn listen(&mut self, call: usize, waker: Waker) {
        self.calls[call].waker = Some(waker);
    }

    /// The effect of a call that is about to arrive, and the lane it acts for.
    pub(super) fn take_arrival(&mut self, call: usize) -> (Option<Arc<dyn Arrival>>, Lane) {
        let call = &mut self.calls[call];
        (call.arrival.take(), call.process.lane)
    }

    /// The call's effect has happened. Returns whom to wake: those who wait at its gate and, if
    /// the answer needs no step of its own, the caller.
    pub(super) fn arrived(&mut self, call: usize) -> Vec<Waker> {
        let operation = self.calls[call].operation;
        self.calls[call].phase = Phase::Arrived;
        if !self.gates.is_empty() {
            self.touch(Access::write(GATES));
        }
        let gate = self.gates.iter().position(|gate| gate.wants(operation));
        if let Some(index) = gate {
            self.calls[call].gate = Some(index);
            return self.gates[index].take_in();
        }
        match (operation.trip, self.driver) {
            (Trip::Network, Driver::Explorer) => Vec::new(),
            _ => self.answered(call).into_iter().collect(),
        }
    }

    /// The answer has reached the caller's side. Returns whom to wake.
    pub(super) fn answered(&mut self, call: usize) -> Option<Waker> {
        self.calls[call].phase = Phase::Answered;
        self.touch(Access::write(mailbox(self.calls[call].process.lane)));
        self.calls[call].waker.take()
    }

    /// Opens a gate. Returns whom to wake: those who wait at it and, without an explorer, the
    /// callers of what it held.
    pub(super) fn release(&mut self, gate: usize) -> Vec<Waker> {
        self.touch(Access::write(GATES));
        let mut wakers = self.gates[gate].open();
        if self.driver == Driver::Free {
            let held: Vec<usize> =
                (0..self.calls.len()).filter(|&call| self.holds(gate, call)).collect();
            wakers.extend(held.into_iter().filter_map(|call| self.answered(call)));
        }
        wakers
    }

    fn holds(&self, gate: usize, call: usize) -> bool {
        self.calls[call].phase == Phase::Arrived && self.calls[call].gate == Some(gate)
    }

    /// Adds the steps that calls can take, except the answers that gates hold. Returns whether
    /// any answer is held.
    pub(super) fn enabled_calls(&self, choices: &mut Vec<Choice>) -> bool {
        let mut any_held = false;
        for call in &self.calls {
            let label = match call.phase {
                Phase::Sent => call.operation.arrives,
                Phase::Arrived if self.is_held(call) => {
                    any_held = true;
                    continue;
                }
                Phase::Arrived => call.operation.responds,
                Phase::Answered => continue,
            };
            choices.push(Choice { process: call.process, label });
        }
        any_held
    }

    /// Adds the answers that gates hold: they go on when nothing else can.
    pub(super) fn enabled_held(&self, choices: &mut Vec<Choice>) {
        let held = self.calls.iter().filter(|call| call.phase == Phase::Arrived);
        choices.extend(
            held.map(|call| Choice { process: call.process, label: call.operation.responds }),
        );
    }

    fn is_held(&self, call: &CallRecord) -> bool {
        let Some(gate) = call.gate.map(|gate| &self.gates[gate]) else { return false };
        gate.holds(|operation| {
            let there = |call: &&CallRecord| {
                std::ptr::eq(call.operation, operation) && call.phase != Phase::Sent
            };
            self.calls.iter().filter(there).count()
        })
    }
}

fn same_stem(existing: &str, name: &str) -> bool {
    match existing.strip_prefix(name) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix('-')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())),
        None => false,
    }
}

/// Objects that this module itself declares accesses on.
pub(super) mod objects {
    use super::{Lane, ObjectId};

    /// The code under test: its inside is not visible, so any two of its steps conflict.
    pub(in crate::world) const IMPLEMENTATION: ObjectId = ObjectId { kind: 0, key: 0 };

    /// The virtual clock.
    pub(in crate::world) const CLOCK: ObjectId = ObjectId { kind: 0, key: 1 };

    /// The gates: which call takes which, and what lets it go.
    pub(in crate::world) const GATES: ObjectId = ObjectId { kind: 0, key: 2 };

    /// That nothing but held answers can move: every other step has to come first.
    pub(in crate::world) const QUIESCENCE: ObjectId = ObjectId { kind: 0, key: 3 };

    /// The answers that have come back to a lane: its next run sees them all.
    pub(in crate::world) fn mailbox(lane: Lane) -> ObjectId {
        ObjectId { kind: 1, key: u32::from(lane.0) }
    }
}

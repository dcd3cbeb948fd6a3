//! What a world knows of its lanes, calls and gates, and how a call moves.

mod befalling;
mod carrying;
mod history;
mod lanes;
mod shared;

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::call::{Arrival, Operation, Phase, Trip};
use super::driving::Driving;
use super::fault::Fault;
use super::gate::GateState;
use super::kernel::{Newborn, StartProcess};
use super::objects::{gates, mailbox};
use super::outsiders::Outsiders;
use super::plan::{PlannedFault, Reach};
use super::team::current_lane;
use crate::explore::{Access, AccessKind, Choice, Lane, ProcessId};

use carrying::BroughtBy;
use lanes::LaneRecord;

/// Who decides when a call moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    /// The search, step by step.
    Explorer,
    /// The calls themselves, at once, except where a gate holds them.
    Free,
    /// The threads of a team that bring them.
    Team,
}

pub(super) struct State {
    pub(super) driver: Driver,
    pub(super) now: Duration,
    /// The lane whose task is being polled.
    pub(super) current: Lane,
    pub(super) lanes: Vec<LaneRecord>,
    /// How many of them the stage has opened.
    pub(super) staged: usize,
    pub(super) calls: Vec<CallRecord>,
    pub(super) gates: Vec<GateState>,
    /// Tasks that wait to be adopted by the executor.
    pub(super) newborn: Vec<Newborn>,
    pub(super) accesses: Vec<Access>,
    /// Whether a step is being taken.
    pub(super) is_stepping: bool,
    /// The call whose answer the execution's plan holds.
    pub(super) held: Option<ProcessId>,
    /// The operation each of whose calls is to be held in turn.
    pub(super) held_in_turn: Option<&'static Operation>,
    pub(super) processes: Vec<ProcessRecord>,
    /// The process that is being started, and by whom.
    pub(super) starting: Option<(usize, Lane)>,
    /// Whether some code under test is of no process.
    pub(super) has_code_of_no_process: bool,
    /// How many groups of identical callers or processes there are.
    pub(super) groups: usize,
    /// Wakers that crashed processes have left behind.
    pub(super) graves: Vec<Waker>,
    /// How many calls had been made when the running step began.
    pub(super) sent_before: usize,
    /// Whether the running step has recorded something.
    pub(super) has_recorded: bool,
    /// What of the execution's plan makes a difference to all.
    pub(super) reach: Reach,
    /// What the execution's plan has befall calls.
    pub(super) faults: Vec<PlannedFault>,
    /// The kinds that may befall calls.
    pub(super) fault_kinds: &'static [Fault],
    /// What befalls all calls of an operation by now.
    pub(super) outages: Vec<(&'static Operation, Fault)>,
    /// What befalls the call that is arriving.
    pub(super) befalls: Option<Fault>,
    /// How many of the planned faults have befallen a call.
    pub(super) faults_met: usize,
    /// Whether a team has started.
    pub(super) has_begun: bool,
    /// What objects of `sync` are that are made in its steps.
    pub(super) driving: Driving,
    /// Whether all that tasks share is seen: objects of `sync`, and what is the world's.
    pub(super) sees_sharing: bool,
    pub(super) outsiders: Arc<Outsiders>,
    /// Tells it from other worlds of its thread.
    pub(super) number: u64,
}

pub(super) struct ProcessRecord {
    /// Starts it, now and after a crash.
    pub(super) start: StartProcess,
    /// The group of identical processes that it belongs to.
    pub(super) group: Option<usize>,
}

pub(super) struct CallRecord {
    pub(super) process: ProcessId,
    pub(super) operation: &'static Operation,
    pub(super) location: &'static Location<'static>,
    pub(super) phase: Phase,
    arrival: Option<Arc<dyn Arrival>>,
    waker: Option<Waker>,
    /// Who brings it where callers are threads.
    brought_by: BroughtBy,
    /// Whether its future is gone, on a thread.
    pub(super) is_given_up: bool,
    /// The gate that holds its answer.
    pub(super) gate: Option<usize>,
    /// Whether its request never reached the double.
    is_lost: bool,
}

/// What listening for an answer came to, with a waker to drop once the kernel is not locked.
pub(super) enum Listening {
    /// It is there.
    Answered { _unused: Waker },
    /// It is not.
    Waits { _former: Option<Waker> },
}

impl State {
    /// Declares that the running step touched an object. Without an explorer there are no steps.
    pub(super) fn touch(&mut self, access: Access) {
        if self.driver != Driver::Free {
            self.outsiders.notice_thread();
        }
        if self.driver == Driver::Explorer {
            self.declare(access);
        }
    }

    /// What an earlier access of the step says already is not said again.
    fn declare(&mut self, access: Access) {
        let is_said = |earlier: &Access| {
            earlier.object == access.object
                && (earlier.kind == access.kind || earlier.kind == AccessKind::Write)
        };
        if !self.accesses.iter().any(is_said) {
            self.accesses.push(access);
        }
    }

    /// # Panics
    /// When an explorer drives and no step is being taken: then nobody's call it would be.
    pub(super) fn assert_may_call(&self, operation: &Operation) {
        self.outsiders.notice_thread();
        assert!(
            self.is_stepping || self.runs_free(),
            "`{}` was called outside a step, say while the implementation was built or dropped: \
             only callers and spawned tasks can make calls",
            operation.name
        );
    }

    /// Records that the running task sends a call; `arrival` is what happens when it arrives.
    pub(super) fn send(
        &mut self,
        operation: &'static Operation,
        location: &'static Location<'static>,
        arrival: Arc<dyn Arrival>,
        waker: Waker,
    ) -> usize {
        let lane = self.current();
        let record = &mut self.lanes[usize::from(lane.0)];
        record.calls_made = record.calls_made.saturating_add(1);
        let index = record.calls_made;
        self.has_called(lane, operation);
        self.calls.push(CallRecord {
            process: ProcessId { lane, index },
            operation,
            location,
            phase: Phase::Sent,
            arrival: Some(arrival),
            waker: Some(waker),
            brought_by: BroughtBy::ItsTask,
            is_given_up: false,
            gate: None,
            is_lost: false,
        });
        self.calls.len() - 1
    }

    /// Whether calls go through without a search.
    pub(super) fn runs_free(&self) -> bool {
        self.driver != Driver::Explorer
    }

    /// Whether a call arrives as soon as it is sent. On threads, somebody brings it there.
    pub(super) fn arrives_at_once(&self) -> bool {
        self.driver == Driver::Free
    }

    /// The lane whose task is running.
    pub(super) fn current(&self) -> Lane {
        match self.driver {
            Driver::Team => current_lane(),
            Driver::Explorer | Driver::Free => self.current,
        }
    }

    /// Looks whether a call has been answered, or else has `waker` woken when it is.
    pub(super) fn listen(&mut self, call: usize, waker: Waker) -> Listening {
        // A call that outlived its world is never answered.
        let Some(record) = self.calls.get_mut(call) else {
            return Listening::Waits { _former: Some(waker) };
        };
        let lane = record.process.lane;
        let listening = match record.phase {
            Phase::Answered => Listening::Answered { _unused: waker },
            _ => Listening::Waits { _former: record.waker.replace(waker) },
        };
        self.touch(Access::read(mailbox(lane)));
        listening
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
        if self.befalls.take() == Some(Fault::RequestLost) {
            // No gate takes it, and none counts it.
            self.calls[call].is_lost = true;
            return match self.driver {
                Driver::Team => self.let_go_of_unheld(call),
                Driver::Explorer | Driver::Free => Vec::new(),
            };
        }
        self.touch_gates_of(operation);
        if operation.trip == Trip::Store {
            // Held or not, so that what a step touches does not depend on who came first.
            let task = self.calls[call].process.lane;
            self.touch(Access::write(mailbox(task)));
        }
        let gate = self.gates.iter().position(|gate| gate.wants(operation));
        self.calls[call].gate = gate;
        let mut wakers = gate.map(|gate| self.gates[gate].take_in()).unwrap_or_default();
        match (operation.trip, self.driver) {
            (_, Driver::Team) => wakers.extend(self.let_go_of_unheld(call)),
            (Trip::Network, Driver::Explorer) => {}
            _ if gate.is_some() => {}
            _ => wakers.extend(self.answered(call)),
        }
        wakers
    }

    /// The calls of a lane that have not arrived.
    pub(super) fn sent_by(&self, lane: Lane) -> impl Iterator<Item = usize> {
        let is_sent = move |call: &usize| {
            let record = &self.calls[*call];
            record.phase == Phase::Sent && record.process.lane == lane
        };
        (0..self.calls.len()).filter(is_sent)
    }

    /// The answer has reached the caller's side. Returns whom to wake.
    pub(super) fn answered(&mut self, call: usize) -> Option<Waker> {
        self.calls[call].phase = Phase::Answered;
        let task = self.calls[call].process.lane;
        self.touch(Access::write(mailbox(task)));
        self.calls[call].waker.take()
    }

    /// Opens a gate. Returns whom to wake: those who wait at it and, without an explorer, the
    /// callers of what it held.
    pub(super) fn release(&mut self, gate: usize) -> Vec<Waker> {
        if self.gates.len() <= gate {
            // It outlived its world.
            return Vec::new();
        }
        self.touch_gate(gate);
        let mut wakers = self.gates[gate].open();
        if self.runs_free() {
            let held: Vec<usize> =
                (0..self.calls.len()).filter(|&call| self.holds(gate, call)).collect();
            wakers.extend(held.into_iter().filter_map(|call| self.answered(call)));
        }
        wakers
    }

    /// Declares that a call of `operation` arrives: it may be what a gate takes or counts.
    fn touch_gates_of(&mut self, operation: &'static Operation) {
        self.touch(Access::read(gates(operation)));
        for gate in 0..self.gates.len() {
            if self.gates[gate].operations().any(|one| std::ptr::eq(one, operation)) {
                self.touch_gate(gate);
            }
        }
    }

    /// Declares that the running step changes a gate.
    pub(super) fn touch_gate(&mut self, gate: usize) {
        for operation in self.gates[gate].operations() {
            self.touch(Access::write(gates(operation)));
        }
    }

    /// Declares that the running step depends on whether a call is held.
    pub(super) fn touch_hold(&mut self, call: usize) {
        let Some(gate) = self.calls[call].gate else { return };
        for operation in self.gates[gate].operations() {
            self.touch(Access::read(gates(operation)));
        }
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
                Phase::Sent => self.arrival_label(call),
                Phase::Arrived if self.is_held(call) => {
                    any_held = true;
                    continue;
                }
                Phase::Arrived => call.operation.labels.responds,
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
            held.map(|call| Choice {
                process: call.process,
                label: call.operation.labels.responds,
            }),
        );
    }

    /// Whether the answer of a call has come back.
    pub(super) fn is_answered(&self, call: usize) -> bool {
        self.calls[call].phase == Phase::Answered
    }

    /// Whether the next step of a process is that an answer comes back.
    pub(super) fn is_answer(&self, process: ProcessId) -> bool {
        self.calls.iter().any(|call| call.process == process && call.phase == Phase::Arrived)
    }

    /// Whether a gate or the plan keeps its answer from coming back.
    pub(super) fn is_held(&self, call: &CallRecord) -> bool {
        if self.held == Some(call.process) {
            return true;
        }
        let Some(gate) = call.gate.map(|gate| &self.gates[gate]) else { return false };
        gate.holds(|operation| {
            let there = |call: &&CallRecord| {
                std::ptr::eq(call.operation, operation)
                    && call.phase != Phase::Sent
                    && !call.is_lost
            };
            self.calls.iter().filter(there).count()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::Kernel;

    #[test]
    fn no_two_lanes_have_the_same_name() {
        let kernel = Kernel::explored();
        let mut state = kernel.lock();
        let asked = ["worker-2", "worker", "worker", "worker-2", "worker"];
        let names = asked.map(|name| state.add_lane(name.into(), None).1);
        assert_eq!(names, ["worker-2", "worker", "worker-3", "worker-2-2", "worker-4"]);
    }
}

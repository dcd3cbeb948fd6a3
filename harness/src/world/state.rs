//! What a world knows of its lanes, calls and gates, and how a call moves.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::call::{Arrival, Operation, Phase, Trip};
use super::gate::GateState;
use super::kernel::Newborn;
use super::objects::{GATES, mailbox};
use crate::explore::{Access, Choice, Lane, ProcessId};

/// Who decides when a call moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    /// The search, step by step.
    Explorer,
    /// The calls themselves, at once, except where a gate holds them.
    Free,
}

pub(super) struct State {
    pub(super) driver: Driver,
    pub(super) now: Duration,
    /// The lane whose task is being polled.
    pub(super) current: Lane,
    pub(super) lanes: Vec<LaneRecord>,
    pub(super) calls: Vec<CallRecord>,
    pub(super) gates: Vec<GateState>,
    /// Tasks that wait to be adopted by the executor.
    pub(super) newborn: Vec<Newborn>,
    pub(super) accesses: Vec<Access>,
    /// The explorer's thread.
    pub(super) home: ThreadId,
    pub(super) used_from_elsewhere: bool,
}

pub(super) struct LaneRecord {
    pub(super) name: Cow<'static, str>,
    calls_made: u16,
}

pub(super) struct CallRecord {
    pub(super) process: ProcessId,
    pub(super) operation: &'static Operation,
    pub(super) location: &'static Location<'static>,
    pub(super) phase: Phase,
    arrival: Option<Arc<dyn Arrival>>,
    waker: Option<Waker>,
    /// The gate that holds its answer.
    pub(super) gate: Option<usize>,
}

impl State {
    /// Declares that the running step touched an object. Without an explorer there are no steps.
    pub(super) fn touch(&mut self, access: Access) {
        if self.driver == Driver::Explorer {
            self.note_thread();
            self.accesses.push(access);
        }
    }

    /// Notices a thread that the explorer does not own.
    fn note_thread(&mut self) {
        self.used_from_elsewhere |= thread::current().id() != self.home;
    }

    /// Opens a lane. A name that is taken gets a number.
    pub(super) fn add_lane(&mut self, name: Cow<'static, str>) -> (Lane, Cow<'static, str>) {
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
        self.note_thread();
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
        let lane = self.calls[call].process.lane;
        let gate = self.gates.iter().position(|gate| gate.wants(operation, lane));
        if let Some(index) = gate {
            self.calls[call].gate = Some(index);
            return self.gates[index].take_in(lane);
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

    pub(super) fn is_held(&self, call: &CallRecord) -> bool {
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

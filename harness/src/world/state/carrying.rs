//! How calls move where callers are threads: nobody chooses steps there, so that somebody has to
//! bring each to where it arrives, and its answer back.

use std::task::Waker;

use super::State;
use crate::world::call::{Phase, Trip};

#[cfg(feature = "loom")]
use crate::explore::Lane;

/// Who brings a call and its answer.
pub(super) enum BroughtBy {
    /// The thread of the task that sent it, unless that does something else before it is answered.
    ItsTask,
    /// A thread that does nothing else, while the task may go on. If a gate holds the answer, it is
    /// to be woken when that lets go.
    #[cfg_attr(not(feature = "loom"), expect(dead_code, reason = "then nobody is a thread"))]
    Carrier(Option<Waker>),
}

impl State {
    /// A call has arrived: answers that nothing holds come back, or those go on who bring them.
    /// Returns whom to wake.
    pub(super) fn let_go_of_unheld(&mut self, arrived: usize) -> Vec<Waker> {
        let is_free = |call: &usize| {
            self.calls[*call].phase == Phase::Arrived && !self.is_held(&self.calls[*call])
        };
        let free: Vec<usize> = (0..self.calls.len()).filter(is_free).collect();
        let wakers = free.into_iter().filter_map(|call| {
            let record = &mut self.calls[call];
            let is_back = call == arrived && record.operation.trip == Trip::Store;
            match &mut record.brought_by {
                BroughtBy::Carrier(waker) if !is_back => waker.take(),
                BroughtBy::Carrier(_) | BroughtBy::ItsTask => self.answered(call),
            }
        });
        wakers.collect()
    }

    /// The future of a call is gone, whether or not it has arrived.
    pub(in crate::world) fn give_up(&mut self, call: usize) {
        if let Some(record) = self.calls.get_mut(call) {
            record.is_given_up = true;
        }
    }

    /// Whether a call has arrived that the task which sent it has brought itself.
    pub(in crate::world) fn was_brought_by_its_task(&self, call: usize) -> bool {
        let call = self.calls.get(call).filter(|call| call.phase != Phase::Sent);
        call.is_some_and(|call| matches!(call.brought_by, BroughtBy::ItsTask))
    }
}

#[cfg(feature = "loom")]
impl State {
    /// The calls that a task has sent and has to bring itself.
    pub(in crate::world) fn to_bring(&self, lane: Lane) -> impl Iterator<Item = usize> {
        self.sent_by(lane).filter(|&call| {
            let record = &self.calls[call];
            // If nothing is left to arrive, it panicked when that did.
            matches!(record.brought_by, BroughtBy::ItsTask) && record.arrival.is_some()
        })
    }

    /// A carrier brings this call.
    pub(in crate::world) fn leave_to_carrier(&mut self, call: usize) {
        self.calls[call].brought_by = BroughtBy::Carrier(None);
    }

    /// Whether the answer to a call is held; then `carrier` is woken when it is not any more.
    pub(in crate::world) fn waits_at_gate(&mut self, call: usize, carrier: Waker) -> bool {
        let record = &self.calls[call];
        let is_held = record.phase == Phase::Arrived && self.is_held(record);
        if is_held {
            self.calls[call].brought_by = BroughtBy::Carrier(Some(carrier));
        }
        is_held
    }

    /// The calls whose answers are held, and whose they are.
    pub(in crate::world) fn held_calls(&self) -> Vec<(usize, Lane)> {
        let calls = self.calls.iter().enumerate();
        let held = calls.filter(|(_, call)| call.phase == Phase::Arrived && self.is_held(call));
        held.map(|(index, call)| (index, call.process.lane)).collect()
    }

    /// The answer to a call is back. Returns whom to wake.
    pub(in crate::world) fn come_back(&mut self, call: usize) -> Vec<Waker> {
        let carrier = match &mut self.calls[call].brought_by {
            BroughtBy::Carrier(waker) => waker.take(),
            BroughtBy::ItsTask => None,
        };
        self.answered(call).into_iter().chain(carrier).collect()
    }
}

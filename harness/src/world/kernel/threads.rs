//! What a kernel does where its tasks are threads: nobody chooses steps there.

use std::task::Waker;

use super::{Kernel, Newborn};
use crate::explore::Lane;
use crate::world::call::Phase;
use crate::world::plan::Requests;

impl Kernel {
    /// The tasks that there are, which from now on move.
    pub(in crate::world) fn take_team(&self) -> Vec<Newborn> {
        let mut state = self.lock();
        state.has_begun = true;
        std::mem::take(&mut state.newborn)
    }

    /// Has the calls arrive that a task has sent and has to bring itself, a turn each. Returns
    /// whether there were any.
    pub(in crate::world) fn bring(&self, lane: Lane) -> bool {
        let mut has_brought = false;
        loop {
            let sent = self.lock().to_bring(lane).next();
            let Some(call) = sent else { return has_brought };
            has_brought |= self.arrive(call);
        }
    }

    /// How many calls a task has sent and has to bring itself.
    pub(in crate::world) fn has_to_bring(&self, lane: Lane) -> usize {
        self.lock().to_bring(lane).count()
    }

    /// Whether a task has given up a call before it has arrived, and goes on meanwhile.
    pub(in crate::world) fn has_given_up(&self, lane: Lane) -> bool {
        let state = self.lock();
        state.to_bring(lane).any(|call| state.calls[call].is_given_up)
    }

    /// The calls that a task has sent and would have to bring itself are left to carriers.
    pub(in crate::world) fn leave_to_carriers(&self, lane: Lane) -> Vec<usize> {
        let mut state = self.lock();
        let sent: Vec<usize> = state.to_bring(lane).collect();
        sent.iter().for_each(|&call| state.leave_to_carrier(call));
        sent
    }

    /// A call arrives, behind a turn. Returns whether it did: it may have gone down with its
    /// process.
    pub(in crate::world) fn arrive(&self, call: usize) -> bool {
        self.take_turn();
        let mut state = self.lock();
        if state.calls[call].phase != Phase::Sent {
            return false;
        }
        state.befall(call);
        let (arrival, by) = state.take_arrival(call);
        drop(state);
        self.deliver(call, arrival, by).into_iter().for_each(Waker::wake);
        true
    }

    /// The answer to a call that has arrived comes back, behind a turn, unless it is back by then.
    pub(in crate::world) fn respond(&self, call: usize) {
        if self.lock().is_answered(call) {
            return;
        }
        self.take_turn();
        self.answer(call);
    }

    /// The answer to a call has reached its caller's side.
    pub(in crate::world) fn answer(&self, call: usize) {
        let wakers = self.lock().come_back(call);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether the answer to a call is held; then `carrier` is woken when it is not any more.
    pub(in crate::world) fn waits_at_gate(&self, call: usize, carrier: Waker) -> bool {
        self.lock().waits_at_gate(call, carrier)
    }

    /// The task that has sent a call.
    pub(in crate::world) fn sender_of(&self, call: usize) -> Lane {
        self.lock().calls[call].process.lane
    }

    /// The calls whose answers are held, and whose they are.
    pub(in crate::world) fn held_calls(&self) -> Vec<(usize, Lane)> {
        self.lock().held_calls()
    }

    /// Of each process, the task that it was started with first.
    pub(crate) fn firsts_of_processes(&self) -> Vec<Lane> {
        let state = self.lock();
        let is_of = |lane: usize, process| state.lanes[lane].process == Some(process);
        let first = |process| (0..state.lanes.len()).find(|&lane| is_of(lane, process));
        let firsts = (0..state.processes.len()).filter_map(first);
        firsts.map(|lane| Lane(lane as u16)).collect()
    }

    /// The process that a task is of.
    pub(in crate::world) fn process_of(&self, task: Lane) -> Option<usize> {
        self.lock().lanes[usize::from(task.0)].process
    }

    /// Whether some code under test is of no process.
    pub(in crate::world) fn has_code_of_no_process(&self) -> bool {
        self.lock().has_code_of_no_process
    }

    /// The process of these tasks is down: their answers wake nobody, and their requests fare as
    /// `requests` says.
    pub(in crate::world) fn cut_off(&self, tasks: &[Lane], requests: Requests) {
        let mut state = self.lock();
        state.bury_foreign_wakers(tasks, |_| false);
        if requests == Requests::GoDown {
            state.requests_go_down(tasks);
        }
    }
}

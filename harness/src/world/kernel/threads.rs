//! What a kernel does where its tasks are threads: nobody chooses steps there.

use std::task::Waker;

use super::{Kernel, Newborn};
use crate::explore::Lane;
use crate::world::call::Phase;
use crate::world::plan::Requests;
use crate::world::team;

impl Kernel {
    /// The tasks that there are, which from now on move.
    pub(in crate::world) fn take_team(&self) -> Vec<Newborn> {
        let mut state = self.lock();
        state.has_begun = true;
        std::mem::take(&mut state.newborn)
    }

    /// Has the calls arrive that a task of a team has sent, a turn each. Returns whether there
    /// were any.
    pub(in crate::world) fn carry(&self, lane: Lane) -> bool {
        let mut has_carried = false;
        loop {
            let sent: Vec<usize> = self.lock().sent_by(lane).collect();
            let Some(&call) = sent.first() else { return has_carried };
            if sent.len() > 1 {
                // Which of them arrives first would have to be a choice.
                team::note_not_here("has several calls of one task under way");
            }
            self.take_turn();
            let mut state = self.lock();
            if state.calls[call].phase != Phase::Sent {
                // It has gone down with its process.
                continue;
            }
            state.befall(call);
            let (arrival, by) = state.take_arrival(call);
            drop(state);
            self.deliver(call, arrival, by).into_iter().for_each(Waker::wake);
            has_carried = true;
        }
    }

    /// The calls that have arrived and are not answered, and whose they are.
    pub(in crate::world) fn held_calls(&self) -> Vec<(usize, Lane)> {
        self.lock().unanswered()
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

    /// The answer to a call has reached its caller's side. Returns whom to wake.
    pub(in crate::world) fn answer(&self, call: usize) -> Option<Waker> {
        self.lock().answered(call)
    }
}

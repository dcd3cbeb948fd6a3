//! How a call arrives while the task that has sent it does something else.
//!
//! As long as a task waits for nothing but its call, its own thread brings that to where it arrives
//! (see `course`). But a task may have given the call up, or a deadline, or have another under way
//! beside it. Then a thread of loom's is its carrier, which polls no task: the request arrives
//! behind a turn, and the answer comes back behind another. Turns order what carriers do anyway, so
//! that one which has nothing to carry any more can take the next call.

use std::sync::Arc;
use std::task::{Wake, Waker};

use loom::thread::{Builder, Thread};

use super::doubt::Doubt;
use super::here::attempt_here;
use super::{LANE, STACK_WORDS, Team};
use crate::explore::Lane;

/// Who brings calls, one after the other.
#[derive(Default)]
pub(super) struct Carrier {
    thread: Option<Thread>,
    /// The call that it is to bring.
    call: Option<usize>,
    /// Whether a gate holds the answer.
    waits: bool,
}

impl Carrier {
    pub(super) fn can_move(&self) -> bool {
        self.call.is_some() && !self.waits
    }

    pub(super) fn is_idle(&self) -> bool {
        self.call.is_none()
    }

    pub(super) fn go_on(&mut self) {
        self.waits = false;
        if let Some(thread) = &self.thread {
            thread.unpark();
        }
    }
}

impl Team {
    /// Has carriers bring the calls of a task that are on their way.
    pub(super) fn hand_over(self: &Arc<Self>, lane: Lane) {
        let Some(kernel) = self.kernel().filter(|_| !self.is_over()) else { return };
        for call in kernel.leave_to_carriers(lane) {
            self.load(lane, call);
        }
    }

    /// Has a carrier bring a call of this lane, a new one if none is idle.
    fn load(self: &Arc<Self>, lane: Lane, call: usize) {
        let mut members = self.lock();
        if members.is_over {
            return;
        }
        if let Some(idle) = members.carriers.iter_mut().find(|carrier| carrier.is_idle()) {
            idle.call = Some(call);
            return idle.go_on();
        }
        if !members.has_one_more_thread() {
            let task = &members.members[usize::from(lane.0)].status.name;
            let doubt = Doubt::TooManyTasks(format!("a call of {task}, beside which that goes on"));
            members.doubt.get_or_insert(doubt);
            return members.end();
        }
        let at = members.carriers.len();
        members.carriers.push(Carrier { call: Some(call), ..Carrier::default() });
        drop(members);
        let team = Arc::clone(self);
        let spawned = Builder::new().stack_size(STACK_WORDS).spawn(move || team.run_carrier(at));
        let spawned = spawned.expect("loom starts a thread");
        self.lock().carriers[at].thread = Some(spawned.thread().clone());
    }

    /// Brings one call after the other, until the execution is over.
    fn run_carrier(self: &Arc<Self>, at: usize) {
        while let Some(call) = self.park_until(|members| members.carriers[at].call) {
            let carried = attempt_here(|| self.carry(at, call));
            if let (Err(panic), Some(kernel)) = (carried, self.kernel()) {
                self.panicked_for(kernel.sender_of(call).0.into(), panic);
            }
            self.lock().carriers[at].call = None;
            self.conclude();
        }
    }

    /// Brings a call to where it arrives, and its answer back.
    fn carry(self: &Arc<Self>, at: usize, call: usize) {
        let Some(kernel) = self.kernel() else { return };
        LANE.set(kernel.sender_of(call));
        if !kernel.arrive(call) {
            return;
        }
        self.wait_at_gate(at, call);
        kernel.respond(call);
    }

    /// Waits as long as the answer is held.
    fn wait_at_gate(self: &Arc<Self>, at: usize, call: usize) {
        let waker = Waker::from(Arc::new(CarrierWaker { team: Arc::clone(self), at }));
        let is_held = self.kernel().is_some_and(|kernel| kernel.waits_at_gate(call, waker));
        self.lock().carriers[at].waits = is_held;
        if is_held {
            self.settle();
        }
        self.park_until(|members| (!members.carriers[at].waits).then_some(()));
    }
}

struct CarrierWaker {
    team: Arc<Team>,
    at: usize,
}

impl Wake for CarrierWaker {
    fn wake(self: Arc<Self>) {
        self.team.lock().carriers[self.at].go_on();
    }
}

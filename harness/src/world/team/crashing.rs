//! How a process of a team's crashes.
//!
//! It comes on the thread that set the world up, behind a turn, so that whatever others can see
//! comes before it or after it. loom has no way to end a thread: those of the process's tasks stay,
//! stop at their next operation, and each is left to a task of the process that is started again,
//! unless the old one still has a request to bring. (It is left to no other task: that
//! would see what the old one has written, which on a thread of its own it might not.) What is left
//! of the old ones is dropped when the execution is over; but a poll that is stopped unwinds.

use std::sync::Arc;

use super::doubt::Doubt;
use super::here::attempt_here;
use super::{Enlisted, Team, Told};
use crate::world::kernel::Kernel;
use crate::world::plan::Crash;

impl Team {
    /// Adds what makes the planned process crash, once.
    pub(super) fn stage_crash(self: &Arc<Self>, kernel: &Kernel) {
        let mut crashes = self.plan.crashes();
        let Some(crash) = crashes.next() else { return };
        if crashes.next().is_some() {
            self.note(Doubt::NotHere("crashes twice"));
        }
        if kernel.has_code_of_no_process() {
            // What that shares with the process, a crash would have to be ordered with.
            self.note(Doubt::NotHere("crashes beside code of no process"));
        }
        let team = Arc::clone(self);
        kernel.add_environment("crash", async move { team.crash(crash) });
    }

    /// The process crashes, and is started again, unless none of it runs.
    fn crash(&self, crash: Crash) {
        let Some(kernel) = self.kernel() else { return };
        kernel.take_turn();
        let Some(process) = kernel.process_of(crash.lane) else { return };
        if self.is_over() || !self.lock().can_crash(process) {
            return;
        }
        if !kernel.held_calls().is_empty() {
            // It could as well be back by then.
            self.note(Doubt::NotHere("holds an answer while a process crashes"));
        }
        let gone = self.lock().take_down(process);
        self.tell(Told::Crashed(crash));
        kernel.cut_off(&gone, crash.requests);
        let went_down = self.onlookers().as_ref().map(|who| Arc::clone(&who.went_down));
        if let Some(went_down) = went_down {
            went_down(&gone);
        }
        if let Err(panic) = attempt_here(|| kernel.start_again(process)) {
            self.panicked_for(usize::from(crash.lane.0), panic);
        }
    }

    /// Runs a task on a thread, and then, if its process crashes, the one that is left the thread.
    pub(super) fn work(self: &Arc<Self>, first: Enlisted) {
        let mut next = Some(first);
        while let Some(Enlisted { index, future, .. }) = next.take() {
            self.run(index, future);
            if self.may_crash(index) {
                next = self.wait_for_heir(index);
            }
        }
    }

    /// Whether the plan has the process of a task crash, now or later.
    fn may_crash(&self, index: usize) -> bool {
        let members = &self.lock().members;
        let process_of = |crash: Crash| members[usize::from(crash.lane.0)].process;
        let process = members[index].process;
        process.is_some() && self.plan.crashes().any(|crash| process_of(crash) == process)
    }

    /// Who is left the thread of a task that is over, if anybody is before the execution is over.
    fn wait_for_heir(&self, index: usize) -> Option<Enlisted> {
        self.park_until(|members| members.take_heir(index))
    }
}

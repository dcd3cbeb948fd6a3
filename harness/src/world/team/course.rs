//! How one task of a team goes on, from its first poll to its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::doubt::{Doubt, is_of_loom};
use super::here::attempt_here;
use super::members::Waits;
use super::waiting::MemberWaker;
use super::{LANE, RUNS, Runs, Team, Told};
use crate::explore::Lane;
use crate::world::driving::take_waits;
use crate::world::foreign::{take_use, watched};
use crate::world::panics::Panic;
use crate::world::spawner::BoxFuture;
use crate::world::task::TaskState;

impl Team {
    /// Drives a task to its end, or until the execution is over.
    pub(super) fn run(self: &Arc<Self>, index: usize, mut future: BoxFuture) {
        LANE.set(Lane(index as u16));
        self.lock().members[index].begin();
        let waker = Waker::from(Arc::new(MemberWaker { team: Arc::clone(self), index }));
        let moved = loop {
            if !self.lock().goes_on(index) {
                break Ok(TaskState::Running);
            }
            let moved = attempt_here(|| self.advance(index, future.as_mut(), &waker));
            self.check_use(index);
            match moved {
                Ok(Some(moved)) => break Ok(moved),
                Ok(None) => drop(self.wait(index, Waits::ForWaker)),
                Err(panic) => break Err(panic),
            }
        };
        if self.lock().members[index].is_gone {
            // What it panics with is that it has to stop (what comes of a crash), or loom's.
            if let Some(panic) = moved.err().filter(is_of_loom) {
                self.panicked(panic);
            }
            return self.leave_behind(index, future);
        }
        let state = moved.unwrap_or_else(|panic| {
            let state = self.panicked(panic);
            // What it has sent arrives all the same.
            self.hand_over(Lane(index as u16));
            state
        });
        let state = match state {
            TaskState::Cancelled => match attempt_here(|| self.cancel(index, future)) {
                Ok(()) => TaskState::Cancelled,
                Err(panic) => self.panicked(panic),
            },
            state => {
                let _ = attempt_here(|| drop(future));
                state
            }
        };
        self.end(index, state);
    }

    /// Polls a task and has the calls arrive that it has sent: behind a turn, if it waits for
    /// nothing else, and else while it goes on. Says how it ended, if it did.
    fn advance(
        self: &Arc<Self>,
        index: usize,
        future: Pin<&mut (dyn Future<Output = ()> + Send)>,
        waker: &Waker,
    ) -> Option<TaskState> {
        take_waits();
        let poll =
            running(Runs::Poll, || watched(&mut Context::from_waker(waker), |cx| future.poll(cx)));
        if self.lock().members[index].is_gone {
            // It was to unwind.
            self.note(Doubt::NotHere("catches the unwinding of a task that has crashed"));
        }
        let (kernel, lane) = (self.kernel()?, Lane(index as u16));
        if poll.is_ready() {
            // What it has given up before it did anything else.
            self.hand_over(lane);
            return Some(TaskState::Finished);
        }
        let has_more_to_do = self.waits_for_several(index);
        if has_more_to_do || kernel.has_to_bring(lane) > 1 || kernel.has_given_up(lane) {
            self.hand_over(lane);
        }
        if self.has_moved(index) {
            return Some(self.stand_before_cancellation(index));
        }
        let has_brought = kernel.bring(lane);
        (has_brought && self.has_moved(index)).then(|| self.stand_before_cancellation(index))
    }

    /// Waits for the moment at which a task goes away.
    fn stand_before_cancellation(&self, index: usize) -> TaskState {
        if let Some(kernel) = self.kernel() {
            kernel.take_turn();
        }
        self.lock().members[index].status.state = TaskState::Cancelled;
        TaskState::Cancelled
    }

    /// Counts a move that was not the last, and says whether the task is cancelled after it, which
    /// only a caller is: another task may have its lane in another execution.
    fn has_moved(&self, index: usize) -> bool {
        let mut members = self.lock();
        if members.is_over {
            return false;
        }
        let member = &mut members.members[index];
        member.moves += 1;
        member.status.is_caller && self.plan.cancels(Lane(index as u16), member.moves)
    }

    /// Drops a task's future. What it had sent arrives all the same.
    fn cancel(self: &Arc<Self>, index: usize, future: BoxFuture) {
        let Some(kernel) = self.kernel() else { return };
        let lane = Lane(index as u16);
        self.tell(Told::Cancelled(lane));
        running(Runs::Drop, || drop(future));
        kernel.bring(lane);
    }

    /// What is left of a task whose process has crashed stays until the execution is over. What it
    /// had sent arrives, unless that has gone down too.
    fn leave_behind(&self, index: usize, future: BoxFuture) {
        let brought = attempt_here(|| self.kernel().map(|kernel| kernel.bring(Lane(index as u16))));
        if let Err(panic) = brought {
            self.panicked_for(index, panic);
        }
        self.lock().graves.push(future);
        self.end(index, TaskState::Crashed);
    }

    /// How a task ended that panicked, or in which loom did.
    pub(super) fn panicked(&self, panic: Panic) -> TaskState {
        if self.is_over() {
            return TaskState::Running;
        }
        if is_of_loom(&panic) {
            self.note(Doubt::GaveUp(panic));
            self.lock().end();
            return TaskState::Running;
        }
        TaskState::Panicked(panic)
    }

    /// What is done for a task panicked: it counts as the task's.
    pub(super) fn panicked_for(&self, index: usize, panic: Panic) {
        if let state @ TaskState::Panicked(_) = self.panicked(panic) {
            self.lock().members[index].status.state = state;
        }
    }

    /// An operation of tokio's that went through had no turn before it.
    fn check_use(&self, index: usize) {
        if take_use() {
            let mut members = self.lock();
            let name = members.members[index].status.name.to_string();
            members.doubt.get_or_insert(Doubt::UsedUnseen(name));
        }
    }

    /// Whether a task that is not ready may go on for more than one reason. One that neither is
    /// ready again nor waits for something that is known waits for something that no turn is
    /// before.
    fn waits_for_several(&self, index: usize) -> bool {
        let waits = take_waits();
        let mut members = self.lock();
        let member = &mut members.members[index];
        member.has_waited_for_several |= waits > 1 || member.is_woken;
        member.is_certain = !member.has_waited_for_several;
        member.status.waits_unseen = waits == 0 && !member.is_woken;
        if member.status.waits_unseen {
            let name = member.status.name.to_string();
            members.doubt.get_or_insert(Doubt::WaitedUnseen(name));
            return true;
        }
        member.has_waited_for_several
    }
}

/// Runs code under test.
fn running<R>(what: Runs, code: impl FnOnce() -> R) -> R {
    struct Ends;

    impl Drop for Ends {
        fn drop(&mut self) {
            RUNS.set(Runs::Nothing);
        }
    }

    let _ends = Ends;
    RUNS.set(what);
    code()
}

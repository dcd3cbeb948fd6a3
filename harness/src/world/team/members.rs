//! Who is in a team, and who of them can move.

use loom::thread::Thread;

use super::doubt::Doubt;
use crate::explore::Lane;
use crate::world::holds::awaited_by;
use crate::world::task::{TaskState, TaskStatus};

#[derive(Default)]
pub(super) struct Members {
    pub(super) members: Vec<Member>,
    pub(super) is_over: bool,
    pub(super) doubt: Option<Doubt>,
}

pub(super) struct Member {
    pub(super) status: TaskStatus,
    pub(super) thread: Option<Thread>,
    pub(super) waits: Waits,
    pub(super) is_woken: bool,
    pub(super) has_ended: bool,
    /// Whether it is part of the world and not of the implementation.
    pub(super) is_environment: bool,
    /// How often it has moved without ending: a cancellation comes after so many moves.
    pub(super) moves: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    No,
    /// To be polled again.
    ForWaker,
    /// For a lock that blocks.
    ForLock,
}

impl Members {
    /// Whether anybody can go on.
    pub(super) fn can_move(&self) -> bool {
        self.members.iter().any(|member| !member.has_ended && member.waits == Waits::No)
    }

    /// The execution is over: whoever waits goes home.
    pub(super) fn end(&mut self) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        for (lane, member) in self.members.iter_mut().enumerate() {
            member.status.waits_for = awaited_by(Lane(lane as u16));
        }
        let waiting = self.members.iter_mut().filter(|member| member.waits != Waits::No);
        waiting.for_each(Member::go_on);
    }

    pub(super) fn statuses(&self) -> Vec<TaskStatus> {
        self.members.iter().map(|member| member.status.clone()).collect()
    }

    /// How many loom threads the tasks take besides the one that sets the world up, on which what
    /// is not code under test runs.
    pub(super) fn threads(&self) -> usize {
        self.members.iter().filter(|member| !member.is_environment).count()
    }
}

impl Member {
    pub(super) fn new(status: TaskStatus, is_environment: bool) -> Self {
        Member {
            status,
            thread: None,
            waits: Waits::No,
            is_woken: false,
            has_ended: false,
            is_environment,
            moves: 0,
        }
    }

    pub(super) fn go_on(&mut self) {
        self.waits = Waits::No;
        if let Some(thread) = &self.thread {
            thread.unpark();
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.status.state == TaskState::Cancelled
    }
}

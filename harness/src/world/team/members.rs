//! Who is in a team, and who of them can move.

use loom::thread::Thread;

use super::TEAM_MAX;
use super::carrying::Carrier;
use super::doubt::Doubt;
use crate::explore::Lane;
use crate::world::holds::awaited_by;
use crate::world::spawner::BoxFuture;
use crate::world::task::{TaskState, TaskStatus};

#[derive(Default)]
pub(super) struct Members {
    pub(super) members: Vec<Member>,
    pub(super) carriers: Vec<Carrier>,
    pub(super) is_over: bool,
    pub(super) doubt: Option<Doubt>,
    /// How many threads were started.
    threads: usize,
    /// What is left of tasks whose process has crashed.
    pub(super) graves: Vec<BoxFuture>,
}

/// A task that has a place among the members.
pub(super) struct Enlisted {
    pub(super) index: usize,
    pub(super) seat: Seat,
    pub(super) future: BoxFuture,
}

/// Which thread a task runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// That which set up the world: it is part of that and not of the implementation.
    Home,
    /// One of its own.
    New,
    /// That of a member whose process has crashed.
    Of(usize),
}

pub(super) struct Member {
    pub(super) status: TaskStatus,
    pub(super) process: Option<usize>,
    pub(super) thread: Option<Thread>,
    pub(super) has_begun: bool,
    pub(super) waits: Waits,
    pub(super) is_woken: bool,
    pub(super) has_ended: bool,
    /// Whether it has ever waited for several things at a time: of those, some may be left that
    /// nobody polls.
    pub(super) has_waited_for_several: bool,
    /// Whether what woke it is there: it has waited for that and nothing else.
    pub(super) is_certain: bool,
    /// Whether its process has crashed.
    pub(super) is_gone: bool,
    /// Whether its process has crashed since it began, before it ended or after that.
    has_left_thread: bool,
    /// Who is to run on its thread next.
    heir: Option<Enlisted>,
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
            || self.carriers.iter().any(Carrier::can_move)
    }

    /// Whether nothing is left to do.
    pub(super) fn have_ended(&self) -> bool {
        self.members.iter().all(|member| member.has_ended)
            && self.carriers.iter().all(Carrier::is_idle)
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
        // Who has ended may wait for an heir.
        self.members.iter().filter_map(|member| member.thread.as_ref()).for_each(Thread::unpark);
        self.carriers.iter_mut().for_each(Carrier::go_on);
    }

    /// Whether a member may go on.
    pub(super) fn goes_on(&self, index: usize) -> bool {
        !self.is_over && !self.members[index].is_gone
    }

    /// Whether what a task looks at is there for sure, which is so of one look only.
    pub(super) fn take_certainty(&mut self, lane: Lane) -> bool {
        let member = self.members.get_mut(usize::from(lane.0));
        member.is_some_and(|member| std::mem::take(&mut member.is_certain))
    }

    /// Whether the process of a task has crashed.
    pub(super) fn is_gone(&self, lane: Lane) -> bool {
        self.members.get(usize::from(lane.0)).is_some_and(|member| member.is_gone)
    }

    /// Whether a task of a process has begun and not ended.
    pub(super) fn can_crash(&self, process: usize) -> bool {
        let runs = |member: &Member| member.has_begun && !member.has_ended;
        self.members.iter().any(|member| member.process == Some(process) && runs(member))
    }

    /// A process crashes: none of its tasks goes on, and their threads are there for others.
    /// Returns those that had not ended.
    pub(super) fn take_down(&mut self, process: usize) -> Vec<Lane> {
        let mut gone = Vec::new();
        for (lane, member) in self.members.iter_mut().enumerate() {
            if member.process != Some(process) {
                continue;
            }
            member.has_left_thread = true;
            if !member.has_ended {
                member.is_gone = true;
                member.status.state = TaskState::Crashed;
                member.go_on();
                gone.push(Lane(lane as u16));
            }
        }
        gone
    }

    /// Where one more task of a process is to run, if it can: on a thread that an earlier task of
    /// the process has left, and that brings nothing to where it arrives any more, or on a new one.
    pub(super) fn seat(
        &mut self,
        process: Option<usize>,
        has_to_bring: impl Fn(Lane) -> bool,
    ) -> Option<Seat> {
        let mut members = self.members.iter().enumerate();
        let left = members.find(|(lane, member)| {
            let is_there = member.has_left_thread && member.process == process;
            is_there && !has_to_bring(Lane(*lane as u16))
        });
        if let Some((index, _)) = left {
            self.members[index].has_left_thread = false;
            return Some(Seat::Of(index));
        }
        self.has_one_more_thread().then_some(Seat::New)
    }

    /// Takes one more of loom's threads, if there is one.
    pub(super) fn has_one_more_thread(&mut self) -> bool {
        let has_one = self.threads < TEAM_MAX;
        self.threads += usize::from(has_one);
        has_one
    }

    /// Leaves a task to the thread of a member that has no use for it any more. That sees all that
    /// was done before, as a thread does that is started.
    pub(super) fn bequeath(&mut self, index: usize, heir: Enlisted) {
        self.members[index].heir = Some(heir);
        self.members[index].go_on();
    }

    /// The task that the thread of a member is to run next.
    pub(super) fn take_heir(&mut self, index: usize) -> Option<Enlisted> {
        self.members[index].heir.take()
    }

    pub(super) fn statuses(&self) -> Vec<TaskStatus> {
        self.members.iter().map(|member| member.status.clone()).collect()
    }
}

impl Member {
    pub(super) fn new(status: TaskStatus, process: Option<usize>) -> Self {
        Member {
            status,
            process,
            thread: None,
            has_begun: false,
            waits: Waits::No,
            is_woken: false,
            has_ended: false,
            has_waited_for_several: false,
            is_certain: false,
            is_gone: false,
            has_left_thread: false,
            heir: None,
            moves: 0,
        }
    }

    /// One that never begins.
    pub(super) fn absent(status: TaskStatus) -> Self {
        Member { has_ended: true, is_gone: true, ..Member::new(status, None) }
    }

    /// It runs, on the calling thread.
    pub(super) fn begin(&mut self) {
        (self.thread, self.has_begun) = (Some(loom::thread::current()), true);
    }

    pub(super) fn go_on(&mut self) {
        self.waits = Waits::No;
        if let Some(thread) = &self.thread {
            thread.unpark();
        }
    }

    pub(super) fn is_cut_short(&self) -> bool {
        self.is_gone || self.status.state == TaskState::Cancelled
    }
}

//! How tasks wait, and what wakes them.
//!
//! That is done here and not in loom, which ends the process over some deadlocks: when nobody can
//! move any more, an answer that is held comes back; when there is none, the execution is over, and
//! everybody who waits is sent home.

use std::sync::Arc;
use std::task::Wake;
use std::thread;

use super::doubt::Doubt;
use super::here::attempt_here;
use super::members::{Members, Waits};
use super::{Team, Told, switching};
use crate::explore::Lane;
use crate::world::observing::note_wake;

impl Team {
    /// Waits, until woken (then it is true) or until the execution is over, or the process.
    pub(super) fn wait(&self, index: usize, waits: Waits) -> bool {
        let mut members = self.lock();
        let goes_on = members.goes_on(index);
        let member = &mut members.members[index];
        if !goes_on || waits == Waits::ForWaker && std::mem::take(&mut member.is_woken) {
            return goes_on;
        }
        member.waits = waits;
        drop(members);
        self.settle();
        let mut members = self.lock();
        while members.goes_on(index) && members.members[index].waits != Waits::No {
            drop(members);
            switching(loom::thread::park);
            members = self.lock();
        }
        members.members[index].is_woken &= waits != Waits::ForWaker;
        members.goes_on(index)
    }

    /// Waits until there is what `take` looks for, or the execution is over.
    pub(super) fn park_until<T>(&self, take: impl Fn(&mut Members) -> Option<T>) -> Option<T> {
        loop {
            let taken = take(&mut self.lock());
            if taken.is_some() || self.is_over() {
                return taken;
            }
            switching(loom::thread::park);
        }
    }

    /// If nobody can move, an answer that is held comes back. If there is none, the execution is
    /// over.
    pub(super) fn settle(&self) {
        while !self.lock().can_move() && !self.is_over() {
            let held = self.kernel().map(|kernel| kernel.held_calls()).unwrap_or_default();
            match held.as_slice() {
                [] => self.lock().end(),
                &[(call, lane)] => {
                    self.tell(Told::Stepped);
                    self.tell(Told::OnlyAnswer(lane));
                    let answered = attempt_here(|| self.kernel().map(|kernel| kernel.answer(call)));
                    if let Err(panic) = answered {
                        self.note(Doubt::GaveUp(panic));
                        self.lock().end();
                    }
                }
                // Which of them comes first would have to be a choice.
                _ => {
                    self.note(Doubt::NotHere("holds several answers at a time"));
                    self.lock().end();
                }
            }
        }
    }

    /// Lets a task go on that is blocked by a lock.
    pub(super) fn unblock(&self, lane: Lane) {
        let mut members = self.lock();
        let is_over = members.is_over;
        let member = &mut members.members[usize::from(lane.0)];
        if member.waits == Waits::ForLock && !is_over {
            member.go_on();
        }
    }
}

pub(super) struct MemberWaker {
    pub(super) team: Arc<Team>,
    pub(super) index: usize,
}

impl Wake for MemberWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// It does not switch: it may be called with foreign locks held.
    fn wake_by_ref(self: &Arc<Self>) {
        if thread::current().id() != self.team.home {
            return self.team.outsiders.notice_thread();
        }
        let mut members = self.team.lock();
        if members.is_over {
            return;
        }
        let member = &mut members.members[self.index];
        match member.waits {
            Waits::ForWaker => {
                member.go_on();
                drop(members);
                note_wake(Lane(self.index as u16));
            }
            Waits::No | Waits::ForLock => member.is_woken = true,
        }
    }
}

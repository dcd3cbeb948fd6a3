//! What the search drives: processes that take steps, each of which touches objects.

use super::footprints::Footprints;

/// A row of the timeline that people read: a caller, or a spawned task, with every call it makes.
///
/// Moving from one lane to another is a *switch*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(pub u16);

/// What takes steps.
///
/// The same process has the same id in two schedules that differ only in independent steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId {
    /// The lane it belongs to.
    pub lane: Lane,
    /// 0 is the lane's own task; `k` is the `k`th call that this task made.
    pub index: u16,
}

/// A step that is possible now: the process and what it would do.
///
/// Two choices are the same only if their labels are too: a repeated prefix that offers the same
/// process another kind of step has diverged.
#[derive(Debug, Clone, Copy, Eq)]
pub struct Choice {
    /// Who would take the step.
    pub process: ProcessId,
    /// What the step would do, in a word or two.
    pub label: &'static str,
}

impl PartialEq for Choice {
    /// Choices are compared at every repeated step, and equal labels are nearly always the same
    /// constant: the address is looked at first.
    fn eq(&self, other: &Self) -> bool {
        self.process == other.process
            && (std::ptr::eq(self.label, other.label) || self.label == other.label)
    }
}

/// A shared object, by kind and by key within the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// What sort of object it is.
    pub kind: u32,
    /// Which one of its sort.
    pub key: u32,
}

/// What a step did to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessKind {
    /// Looked at it.
    Read,
    /// May have changed it.
    Write,
    /// Took it, having waited until it was free. A step that has to wait is not enabled. What is
    /// ever acquired is otherwise only released.
    Acquire,
    /// Freed it for others to take, or else comes before whoever takes it.
    Release,
}

/// One object that a step touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Access {
    /// The object.
    pub object: ObjectId,
    /// How it was touched.
    pub kind: AccessKind,
}

impl Access {
    /// The object was looked at.
    pub fn read(object: ObjectId) -> Self {
        Access { object, kind: AccessKind::Read }
    }

    /// The object may have been changed.
    pub fn write(object: ObjectId) -> Self {
        Access { object, kind: AccessKind::Write }
    }

    /// The object was taken.
    pub fn acquire(object: ObjectId) -> Self {
        Access { object, kind: AccessKind::Acquire }
    }

    /// The object was freed.
    pub fn release(object: ObjectId) -> Self {
        Access { object, kind: AccessKind::Release }
    }

    /// Whether the order of two steps with these accesses can matter. That of two releases of one
    /// object does not: either there is an acquire between them, or both come before it.
    pub fn conflicts_with(self, other: Access) -> bool {
        use AccessKind::{Read, Release};
        self.object == other.object
            && !matches!((self.kind, other.kind), (Read, Read) | (Release, Release))
    }

    /// Whether `later` may have had to wait for this access. Then they are ordered as they are, and
    /// the other order is not to be had by moving `later` to just before it.
    pub fn lets_go_for(self, later: Access) -> bool {
        self.object == later.object
            && (self.kind, later.kind) == (AccessKind::Release, AccessKind::Acquire)
    }
}

/// A step that another has taken away for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutOff {
    /// The place of the step that took it away.
    pub at: usize,
    /// Who would have taken it.
    pub process: ProcessId,
    /// What it would have touched that the other did too.
    pub access: Access,
    /// The place of the step that would have made it possible, if it was not when it was taken
    /// away: a later one.
    pub enabler: Option<usize>,
    /// See [`Program::history_of`].
    pub history: u64,
}

/// A program whose every scheduling decision is taken from outside.
///
/// Invariant: after `reset`, the same sequence of `step`s offers the same `enabled` choices.
pub trait Program {
    /// Goes back to before the first step.
    fn reset(&mut self);

    /// Replaces the contents of `choices` by the steps possible now, in ascending order of
    /// process. None is quiescence.
    fn enabled(&mut self, choices: &mut Vec<Choice>);

    /// Replaces the contents of `waiting` by the processes that wait to acquire an object, which
    /// are not enabled because somebody holds it.
    fn waiting(&mut self, waiting: &mut Vec<(ProcessId, ObjectId)>) {
        waiting.clear();
    }

    /// Replaces the contents of `cut_off` by what could have been taken, had not another step
    /// taken it away for good.
    fn cut_off(&mut self, cut_off: &mut Vec<CutOff>) {
        cut_off.clear();
    }

    /// What is known of what steps touch, if that may depend on what other processes have done
    /// since the last step of their own. `None` if it depends on the process alone.
    fn take_footprints(&mut self) -> Option<Footprints> {
        None
    }

    /// A search has come to know more of that.
    fn keep_footprints(&mut self, _footprints: Footprints) {}

    /// Whether a process is to move only when no other can, where nothing else decides.
    fn comes_last(&self, _process: ProcessId) -> bool {
        false
    }

    /// What tells the step that a process took last from others in its place, as a hash: something
    /// that is the same in every execution in which the same comes before that step. It need not
    /// touch the same as those.
    fn history_of(&self, _process: ProcessId) -> u64 {
        0
    }

    /// The object, if there is one, that each of the steps just said to be enabled would acquire.
    /// Taking one of them rules the others out, until they are said to be enabled again; then they
    /// need not acquire it any more.
    fn contended(&self) -> Option<ObjectId> {
        None
    }

    /// What the execution has come to, in whichever order independent steps were taken.
    fn outcome(&self) -> u64 {
        0
    }

    /// Takes one step of a process that is enabled and tells what it touched.
    fn step(&mut self, process: ProcessId) -> &[Access];
}

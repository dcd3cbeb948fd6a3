//! A task of the executor, and the waker that makes it ready.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use super::driving::{Driving, driving};
use super::foreign::watched;
use super::holds::Awaited;
use super::observing::note_wake;
use super::outsiders::Outsiders;
use super::panics::{Panic, attempt};
use super::spawner::BoxFuture;
use crate::explore::Lane;

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    /// It has not ended.
    Running,
    /// It returned.
    Finished,
    /// It panicked.
    Panicked(Panic),
    /// It blocks its thread for ever, and with it everybody else.
    Blocked,
    /// Its future was dropped before it ended.
    Cancelled,
    /// Its process crashed before it ended: nothing of it has run since, not even to be dropped.
    Crashed,
}

/// A task as properties see it.
#[derive(Debug, Clone)]
pub struct TaskStatus {
    /// Its column in a timeline.
    pub name: Cow<'static, str>,
    /// Whether it has to finish: a caller does, a background task does not.
    pub is_caller: bool,
    /// Where it stands.
    pub state: TaskState,
    /// The lane whose step started it, if it is a task that the code under test started.
    pub parent: Option<Lane>,
    /// Once nothing moves any more: the objects of `sync` that it waits for.
    pub waits_for: Vec<Awaited>,
    /// Whether it waits, since it last ran, for nothing that the engine knows of.
    pub waits_unseen: bool,
}

impl TaskStatus {
    /// One that has just been started.
    pub(crate) fn new(name: Cow<'static, str>, is_caller: bool, parent: Option<Lane>) -> Self {
        let (state, waits_for) = (TaskState::Running, Vec::new());
        TaskStatus { name, is_caller, state, parent, waits_for, waits_unseen: false }
    }

    /// Of a lane without a task: that of one of several processes that has started fewer.
    pub(crate) fn vacant() -> Self {
        TaskStatus { state: TaskState::Finished, ..TaskStatus::new(Cow::Borrowed(""), false, None) }
    }
}

pub(super) struct Task {
    future: Option<BoxFuture>,
    flag: Arc<ReadyFlag>,
    waker: Waker,
}

/// Set by wakers. Clones of the waker may outlive the task and the execution.
pub(super) struct ReadyFlag {
    /// The task's.
    lane: AtomicU16,
    ready: AtomicBool,
    /// Whether it was woken since that was last asked, ready or not.
    was_woken: AtomicBool,
    outsiders: Arc<Outsiders>,
}

impl Wake for ReadyFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.outsiders.notice_thread();
        if !self.ready.load(Relaxed) {
            self.ready.store(true, Relaxed);
            note_wake(Lane(self.lane.load(Relaxed)));
        }
        self.was_woken.store(true, Relaxed);
    }
}

impl Task {
    /// One without a future.
    pub(super) fn vacant(outsiders: Arc<Outsiders>) -> Self {
        let flag = Arc::new(ReadyFlag {
            lane: AtomicU16::new(0),
            ready: AtomicBool::new(false),
            was_woken: AtomicBool::new(false),
            outsiders,
        });
        Task { future: None, waker: Waker::from(flag.clone()), flag }
    }

    /// What can be used again of a task whose future is gone: nothing if somebody has kept a waker,
    /// which must not wake another task.
    pub(super) fn into_spare(self) -> Option<Self> {
        self.flag.ready.store(false, Relaxed);
        self.flag.was_woken.store(false, Relaxed);
        // One handle is the task's own, one is inside its own waker.
        (Arc::strong_count(&self.flag) == 2).then_some(self)
    }

    /// Gives it a future, which is to run as this lane.
    pub(super) fn begin(&mut self, lane: Lane, future: BoxFuture) {
        self.flag.lane.store(lane.0, Relaxed);
        self.future = Some(future);
        self.flag.ready.store(true, Relaxed);
        self.flag.was_woken.store(false, Relaxed);
    }

    /// Whether it was woken since this was last asked, even if it was ready then.
    pub(super) fn take_woken(&self) -> bool {
        let woken = self.flag.was_woken.load(Relaxed);
        if woken {
            self.flag.was_woken.store(false, Relaxed);
        }
        woken
    }

    pub(super) fn is_unfinished(&self) -> bool {
        self.future.is_some()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.future.is_some() && self.flag.ready.load(Relaxed)
    }

    /// Whether waking `waker` does nothing but make this task ready.
    pub(super) fn is_woken_by(&self, waker: &Waker) -> bool {
        std::ptr::eq(waker.data(), Arc::as_ptr(&self.flag).cast())
    }

    /// Runs it up to its next await that has to wait.
    pub(super) fn run(&mut self) -> TaskState {
        self.flag.ready.store(false, Relaxed);
        match attempt(|| self.poll()) {
            Ok(Poll::Pending) => TaskState::Running,
            Ok(Poll::Ready(())) => TaskState::Finished,
            Err(panic) => {
                self.discard();
                TaskState::Panicked(panic)
            }
        }
    }

    /// Drops the future, as a step: a panic of its destructors is one of the code under test.
    pub(super) fn cancel(&mut self) -> TaskState {
        let future = self.future.take();
        match attempt(|| drop(future)) {
            Ok(()) => TaskState::Cancelled,
            Err(panic) => TaskState::Panicked(panic),
        }
    }

    /// Takes the future out, to be dropped when that is no part of the execution any more.
    pub(super) fn take(&mut self) -> Option<BoxFuture> {
        self.future.take()
    }

    /// Drops the future. What its destructors do is no longer part of the execution, not even a
    /// panic.
    pub(super) fn discard(&mut self) {
        let future = self.future.take();
        let _ = attempt(|| drop(future));
    }

    fn poll(&mut self) -> Poll<()> {
        let Some(future) = &mut self.future else { return Poll::Ready(()) };
        let mut cx = Context::from_waker(&self.waker);
        let poll = match driving() {
            Driving::Nothing | Driving::Named | Driving::Threads => future.as_mut().poll(&mut cx),
            Driving::Seen | Driving::Steps => watched(&mut cx, |cx| future.as_mut().poll(cx)),
        };
        if poll.is_ready() {
            self.future = None;
        }
        poll
    }
}

//! The tasks of one execution as threads of loom's.
//!
//! loom runs its threads one at a time, all on the calling thread, and switches between them only
//! inside its own operations. Everything that must be seen is put behind such an operation, a
//! [`Turn`]; between two of them nothing else runs.
//!
//! Waiting is done here and not in loom, which ends the process over some deadlocks: when nobody
//! can move any more, the execution is over, and everybody who waits is sent home.

mod turn;

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

use loom::thread::{Builder, Thread};

use super::driving::{put_wait, take_wait};
use super::foreign::{go_on, pause, take_use, watched};
use super::holds::awaited_by;
use super::kernel::{Kind, Newborn};
use super::panics::{Panic, attempt};
use super::spawner::BoxFuture;
use super::task::{TaskState, TaskStatus};
use crate::explore::Lane;

pub(crate) use turn::Turn;

/// Threads that loom can have besides the one that sets the world up.
pub(crate) const TEAM_MAX: usize = loom::MAX_THREADS - 1;

/// The stack of each, in words.
const STACK_WORDS: usize = 1 << 15;

thread_local! {
    static TEAM: RefCell<Option<Arc<Team>>> = const { RefCell::new(None) };
    static LANE: Cell<Lane> = const { Cell::new(Lane(0)) };
    /// The operations of loom's that were made and not asked for since.
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

/// What is done with an execution that has ended.
pub(crate) type AtEnd = Box<dyn FnOnce(&[TaskStatus], Option<Doubt>) + Send>;

/// The tasks of one execution.
pub(crate) struct Team {
    members: Mutex<Members>,
    /// The thread that loom runs on.
    home: ThreadId,
}

#[derive(Default)]
struct Members {
    members: Vec<Member>,
    is_over: bool,
    at_end: Option<AtEnd>,
    doubt: Option<Doubt>,
}

/// Why an execution cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It had more tasks than loom has threads.
    TooManyTasks,
    /// loom gave up.
    GaveUp(Panic),
    /// A task waited for something that is not behind a turn.
    WaitedUnseen(String),
    /// A task used a lock or channel of tokio's that is not behind a turn.
    UsedUnseen(String),
    /// A thread that is not of the team woke a task.
    WokenFromElsewhere(Option<String>),
    /// It asked for something that this level does not have.
    NotHere(&'static str),
}

struct Member {
    status: TaskStatus,
    thread: Option<Thread>,
    waits: Waits,
    is_woken: bool,
    has_ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    No,
    /// To be polled again.
    ForWaker,
    /// For a lock that blocks.
    ForLock,
}

impl Team {
    /// Begins an execution; from now on, what is made on this thread is for its team.
    pub(crate) fn begin() -> Arc<Self> {
        let home = thread::current().id();
        let team = Arc::new(Team { members: Mutex::default(), home });
        TEAM.set(Some(Arc::clone(&team)));
        team
    }

    /// What is made on this thread from now on is for nobody's team.
    pub(crate) fn dissolve() {
        if let Some(team) = TEAM.take() {
            team.lock().is_over = true;
        }
    }

    fn here() -> Option<Arc<Self>> {
        TEAM.with_borrow(Clone::clone)
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `at_end` called when every task has ended or waits for ever.
    pub(crate) fn at_end(&self, at_end: AtEnd) {
        self.lock().at_end = Some(at_end);
    }

    fn note(&self, doubt: Doubt) {
        self.lock().doubt.get_or_insert(doubt);
    }

    /// Starts a task on a thread of its own.
    pub(super) fn spawn(self: &Arc<Self>, newborn: Newborn) {
        let Newborn { name, kind, parent, future, .. } = newborn;
        let is_caller = kind == Kind::Caller;
        let status = TaskStatus::new(name, is_caller, parent);
        let mut members = self.lock();
        if members.members.len() == TEAM_MAX {
            members.doubt.get_or_insert(Doubt::TooManyTasks);
            members.end();
            return;
        }
        let index = members.members.len();
        members.members.push(Member {
            status,
            thread: None,
            waits: Waits::No,
            is_woken: false,
            has_ended: false,
        });
        drop(members);
        let team = Arc::clone(self);
        let spawned = Builder::new().stack_size(STACK_WORDS).spawn(move || team.run(index, future));
        drop(spawned.expect("loom starts a thread"));
    }

    /// Drives a task to its end, or until the execution is over.
    fn run(self: &Arc<Self>, index: usize, mut future: BoxFuture) {
        LANE.set(Lane(index as u16));
        self.lock().members[index].thread = Some(loom::thread::current());
        let waker = Waker::from(Arc::new(MemberWaker { team: Arc::clone(self), index }));
        let state = loop {
            take_wait();
            let poll = attempt(|| poll(future.as_mut(), &waker));
            self.check_use(index);
            match poll {
                Ok(Poll::Ready(())) => break TaskState::Finished,
                Ok(Poll::Pending) => {
                    self.check_wait(index);
                    if !self.wait(index, Waits::ForWaker) {
                        break TaskState::Running;
                    }
                }
                Err(_) if self.is_over() => break TaskState::Running,
                Err(panic) if is_of_loom(&panic) => {
                    self.note(Doubt::GaveUp(panic));
                    self.lock().end();
                    break TaskState::Running;
                }
                Err(panic) => break TaskState::Panicked(panic),
            }
        };
        let _ = attempt(|| drop(future));
        self.end(index, state);
    }

    /// An operation of tokio's that went through had no turn before it.
    fn check_use(&self, index: usize) {
        if take_use() {
            let mut members = self.lock();
            let name = members.members[index].status.name.to_string();
            members.doubt.get_or_insert(Doubt::UsedUnseen(name));
        }
    }

    /// A task that waits, and neither is ready again nor waits for something that is known, waits
    /// for something that no turn is before.
    fn check_wait(&self, index: usize) {
        if take_wait() {
            return;
        }
        let mut members = self.lock();
        let member = &members.members[index];
        if !member.is_woken {
            let name = member.status.name.to_string();
            members.doubt.get_or_insert(Doubt::WaitedUnseen(name));
        }
    }

    /// Waits, until woken (then it is true) or until the execution is over.
    fn wait(&self, index: usize, waits: Waits) -> bool {
        let mut members = self.lock();
        let member = &mut members.members[index];
        if waits == Waits::ForWaker && std::mem::take(&mut member.is_woken) {
            return !members.is_over;
        }
        member.waits = waits;
        members.settle();
        while !members.is_over && members.members[index].waits != Waits::No {
            drop(members);
            switching(loom::thread::park);
            members = self.lock();
        }
        members.members[index].is_woken &= waits != Waits::ForWaker;
        !members.is_over
    }

    fn end(&self, index: usize, state: TaskState) {
        let mut members = self.lock();
        members.members[index].status.state = state;
        members.members[index].has_ended = true;
        members.settle();
        if !members.members.iter().all(|member| member.has_ended) {
            return;
        }
        let statuses: Vec<TaskStatus> =
            members.members.iter().map(|member| member.status.clone()).collect();
        let (at_end, doubt) = (members.at_end.take(), members.doubt.clone());
        drop(members);
        if let Some(at_end) = at_end {
            at_end(&statuses, doubt);
        }
    }

    fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Lets a task go on that is blocked by a lock.
    fn unblock(&self, lane: Lane) {
        let mut members = self.lock();
        let is_over = members.is_over;
        let member = &mut members.members[usize::from(lane.0)];
        if member.waits == Waits::ForLock && !is_over {
            member.go_on();
        }
    }
}

impl Members {
    /// If nobody can move, the execution is over.
    fn settle(&mut self) {
        let moves = |member: &Member| !member.has_ended && member.waits == Waits::No;
        if !self.members.iter().any(moves) {
            self.end();
        }
    }

    fn end(&mut self) {
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
}

impl Member {
    fn go_on(&mut self) {
        self.waits = Waits::No;
        if let Some(thread) = &self.thread {
            thread.unpark();
        }
    }
}

fn poll(future: Pin<&mut (dyn Future<Output = ()> + Send)>, waker: &Waker) -> Poll<()> {
    watched(&mut Context::from_waker(waker), |cx| future.poll(cx))
}

/// Whether it is loom that panicked and not the code under test.
pub(crate) fn is_of_loom(panic: &Panic) -> bool {
    panic.place.as_ref().is_some_and(|place| {
        let file = place.file.replace('\\', "/");
        file.contains("loom") && file.contains("/src/rt/")
    })
}

struct MemberWaker {
    team: Arc<Team>,
    index: usize,
}

impl Wake for MemberWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// It does not switch: it may be called with foreign locks held.
    fn wake_by_ref(self: &Arc<Self>) {
        let thread = thread::current();
        if thread.id() != self.team.home {
            self.team.note(Doubt::WokenFromElsewhere(thread.name().map(str::to_owned)));
            return;
        }
        let mut members = self.team.lock();
        if members.is_over {
            return;
        }
        let member = &mut members.members[self.index];
        match member.waits {
            Waits::ForWaker => member.go_on(),
            Waits::No | Waits::ForLock => member.is_woken = true,
        }
    }
}

/// The operations that others come before or after, since this was last asked.
pub(crate) fn take_operations() -> u64 {
    OPERATIONS.take()
}

/// Runs a loom operation, in which other threads may run.
fn switching<R>(operation: impl FnOnce() -> R) -> R {
    let (lane, waits, watch) = (LANE.get(), take_wait(), pause());
    let result = operation();
    LANE.set(lane);
    put_wait(waits);
    go_on(watch);
    result
}

/// The lane whose task is running.
pub(crate) fn current_lane() -> Lane {
    LANE.get()
}

/// Says that what was asked for is not to be had at this level.
pub(super) fn note_not_here(what: &'static str) {
    if let Some(team) = Team::here() {
        team.note(Doubt::NotHere(what));
    }
}

/// Starts a task of the team that is here.
pub(super) fn spawn(newborn: Newborn) {
    if let Some(team) = Team::here() {
        team.spawn(newborn);
    }
}

/// Whether what is made on this thread now is for a team.
pub(crate) fn in_team() -> bool {
    Team::here().is_some()
}

/// Runs `operation`, which is loom's, unless the execution is over or this thread is unwinding:
/// then nobody else may run any more.
pub(crate) fn visible<R>(operation: impl FnOnce() -> R) -> Option<R> {
    let team = Team::here()?;
    if team.is_over() || thread::panicking() {
        return None;
    }
    OPERATIONS.set(OPERATIONS.get() + 1);
    Some(switching(operation))
}

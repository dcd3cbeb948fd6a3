//! The tasks of one execution as threads of loom's.
//!
//! loom runs its threads one at a time, all on the calling thread, and switches between them only
//! inside its own operations. Everything that must be seen is put behind such an operation, a
//! [`Turn`]; between two of them nothing else runs.
//!
//! ```text
//!   a task's thread   poll -> pending -> [cancelled?] -> its calls arrive, a turn each
//!                       ^                                             |
//!                       +--- woken ---- waits <--- [cancelled?] <-----+
//! ```
//!
//! Waiting is done here and not in loom, which ends the process over some deadlocks: when nobody
//! can move any more, an answer that is held comes back; when there is none, the execution is over,
//! and everybody who waits is sent home. What the world itself does, as moving its clock, runs on
//! the thread that set it up.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, ThreadId};

use loom::thread::Builder;

use super::driving::{put_wait, take_wait};
use super::foreign::{go_on, pause};
use super::kernel::{Kernel, Kind, Newborn};
use super::panics::attempt;
use super::plan::{Plan, Reach};
use super::spawner::BoxFuture;
use super::task::{TaskState, TaskStatus};
use crate::explore::Lane;

pub(crate) use doubt::{Doubt, is_of_loom};
use members::{Member, Members, Waits};
pub(crate) use turn::Turn;

mod course;
mod doubt;
mod members;
mod turn;

/// Threads that loom can have besides the one that sets the world up.
pub(crate) const TEAM_MAX: usize = loom::MAX_THREADS - 1;

/// The stack of each, in words.
const STACK_WORDS: usize = 1 << 15;

thread_local! {
    static TEAM: RefCell<Option<Arc<Team>>> = const { RefCell::new(None) };
    /// Whether there is one: less to ask than `TEAM`, which is borrowed and has a destructor.
    static IS_HERE: Cell<bool> = const { Cell::new(false) };
    static LANE: Cell<Lane> = const { Cell::new(Lane(0)) };
    /// The operations of loom's that were made and not asked for since.
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Is told of an execution as it goes.
pub(crate) type Witness = Box<dyn FnMut(&[TaskStatus], Told) + Send>;

/// What a witness is told.
pub(crate) enum Told {
    /// Somebody is about to act: what was done before has been done.
    Stepped,
    /// The answer to a call of this lane is all that can still move.
    OnlyAnswer(Lane),
    /// A task of this lane goes away.
    Cancelled(Lane),
    /// Every task has ended or waits for ever.
    Ended {
        /// Why that is not to be believed.
        doubt: Option<Doubt>,
        /// How often each task has moved without ending.
        moves: Vec<usize>,
    },
}

/// The tasks of one execution.
pub(crate) struct Team {
    members: Mutex<Members>,
    /// The thread that loom runs on.
    home: ThreadId,
    plan: Plan,
    /// Until the execution has ended.
    stage: Mutex<Option<Staged>>,
}

/// What the team is in and who looks on.
struct Staged {
    kernel: Kernel,
    witness: Witness,
}

impl Team {
    /// Begins an execution under a plan; from now on, what is made on this thread is for its team.
    pub(crate) fn begin(plan: Plan) -> Arc<Self> {
        let home = thread::current().id();
        let (members, stage) = (Mutex::default(), Mutex::default());
        let team = Arc::new(Team { members, home, plan, stage });
        TEAM.set(Some(Arc::clone(&team)));
        IS_HERE.set(true);
        team
    }

    /// What is made on this thread from now on is for nobody's team.
    pub(crate) fn dissolve() {
        IS_HERE.set(false);
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

    fn staged(&self) -> MutexGuard<'_, Option<Staged>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kernel(&self) -> Option<Kernel> {
        self.staged().as_ref().map(|staged| staged.kernel.clone())
    }

    /// Runs the tasks that the world has, in front of a witness.
    pub(crate) fn start(self: &Arc<Self>, kernel: &Kernel, witness: Witness) {
        let faults: Vec<_> = self.plan.faults().collect();
        kernel.plan(self.plan.held, &faults, Reach::default());
        *self.staged() = Some(Staged { kernel: kernel.clone(), witness });
        let newborn = kernel.take_team();
        // All are there before the first moves: a lane is a place among them.
        let enlisted: Vec<_> =
            newborn.into_iter().filter_map(|newborn| self.enlist(newborn)).collect();
        let (environment, tasks): (Vec<_>, Vec<_>) =
            enlisted.into_iter().partition(|(index, _)| self.lock().members[*index].is_environment);
        for (index, future) in tasks {
            self.run_on_a_thread(index, future);
        }
        for (index, future) in environment {
            // Letting others begin is no preemption: none of those is spent on that.
            switching(loom::thread::yield_now);
            self.run(index, future);
        }
    }

    fn note(&self, doubt: Doubt) {
        self.lock().doubt.get_or_insert(doubt);
    }

    fn tell(&self, told: Told) {
        let statuses = self.lock().statuses();
        if let Some(staged) = &mut *self.staged() {
            (staged.witness)(&statuses, told);
        }
    }

    /// Gives a task its place, if there is one.
    fn enlist(&self, newborn: Newborn) -> Option<(usize, BoxFuture)> {
        let Newborn { lane, name, kind, parent, future, .. } = newborn;
        let (is_caller, is_environment) = (kind == Kind::Caller, kind == Kind::Environment);
        let status = TaskStatus::new(name, is_caller, parent);
        let mut members = self.lock();
        if !is_environment && members.threads() == TEAM_MAX {
            members.doubt.get_or_insert(Doubt::TooManyTasks);
            members.end();
            return None;
        }
        debug_assert_eq!(usize::from(lane.0), members.members.len());
        members.members.push(Member::new(status, is_environment));
        Some((members.members.len() - 1, future))
    }

    fn run_on_a_thread(self: &Arc<Self>, index: usize, future: BoxFuture) {
        let team = Arc::clone(self);
        let spawned = Builder::new().stack_size(STACK_WORDS).spawn(move || team.run(index, future));
        drop(spawned.expect("loom starts a thread"));
    }

    /// Waits, until woken (then it is true) or until the execution is over.
    fn wait(&self, index: usize, waits: Waits) -> bool {
        let mut members = self.lock();
        let member = &mut members.members[index];
        if waits == Waits::ForWaker && std::mem::take(&mut member.is_woken) {
            return !members.is_over;
        }
        member.waits = waits;
        drop(members);
        self.settle();
        let mut members = self.lock();
        while !members.is_over && members.members[index].waits != Waits::No {
            drop(members);
            switching(loom::thread::park);
            members = self.lock();
        }
        members.members[index].is_woken &= waits != Waits::ForWaker;
        !members.is_over
    }

    /// If nobody can move, an answer that is held comes back. If there is none, the execution is
    /// over.
    fn settle(&self) {
        while !self.lock().can_move() && !self.is_over() {
            let held = self.kernel().map(|kernel| kernel.held_calls()).unwrap_or_default();
            match held.as_slice() {
                [] => self.lock().end(),
                &[(call, lane)] => {
                    self.tell(Told::Stepped);
                    self.tell(Told::OnlyAnswer(lane));
                    let waker = self.kernel().and_then(|kernel| kernel.answer(call));
                    if let Err(panic) = attempt(|| waker.map(Waker::wake)) {
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

    fn end(&self, index: usize, state: TaskState) {
        let mut members = self.lock();
        members.members[index].status.state = state;
        members.members[index].has_ended = true;
        drop(members);
        self.settle();
        let members = self.lock();
        if !members.members.iter().all(|member| member.has_ended) {
            return;
        }
        let doubt = members.doubt.clone();
        let moves = members.members.iter().map(|member| member.moves).collect();
        drop(members);
        self.tell(Told::Stepped);
        self.tell(Told::Ended { doubt, moves });
        *self.staged() = None;
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

/// Says that the running task is about to act, and that what was done before has been done.
pub(super) fn note_step() {
    if let Some(team) = Team::here().filter(|team| !team.is_over()) {
        team.tell(Told::Stepped);
    }
}

/// Says that the running task drops a call that has not been answered. Only a cancelled one may:
/// when else it could have done so was not explored.
pub(super) fn note_dropped_call() {
    let Some(team) = Team::here().filter(|team| !team.is_over()) else { return };
    let mut members = team.lock();
    let member = members.members.get(usize::from(LANE.get().0));
    if member.is_some_and(|member| !member.is_cancelled()) {
        members.doubt.get_or_insert(Doubt::NotHere("drops a call that is under way"));
    }
}

/// Says that the running task waits with a deadline. For a call it may not: that arrives before the
/// task looks at the clock again, and what comes of it had it not was not explored.
pub(super) fn note_deadline() {
    let Some(kernel) = Team::here().and_then(|team| team.kernel()) else { return };
    if kernel.has_sent(LANE.get()) {
        note_not_here("has a deadline on a call");
    }
}

/// Starts a task of the team that is here.
pub(super) fn spawn(newborn: Newborn) {
    if let Some(team) = Team::here()
        && let Some((index, future)) = team.enlist(newborn)
    {
        team.run_on_a_thread(index, future);
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

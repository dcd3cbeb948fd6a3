//! The tasks of one execution as threads of loom's.
//!
//! loom runs its threads one at a time, all on the calling thread, and switches between them only
//! inside its own operations. Everything that must be seen is put behind such an operation, a
//! [`Turn`]; between two of them nothing else runs.
//!
//! ```text
//!   a task's thread   poll -> pending -> [cancelled?] -> its call arrives, behind a turn
//!                       ^                                             |
//!                       +--- woken ---- waits <--- [cancelled?] <-----+
//! ```
//!
//! A call of a task that can go on before it is answered arrives elsewhere (see `carrying`).
//!
//! Waiting is done by the team and not by loom (see `waiting`). What the world itself does, as
//! moving its clock, runs on the thread that set it up. So does what is planned to end a process
//! (see `crashing`).

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use loom::thread::Builder;

use super::driving::{Driving, drive, put_waits, replace_waits};
use super::foreign::{go_on, pause};
use super::kernel::{Kernel, Kind, Newborn};
use super::outsiders::Outsiders;
use super::panics::{attempt, replace_panics};
use super::plan::{Crash, Plan, Reach};
use super::task::{TaskState, TaskStatus};
use crate::explore::Lane;

pub(crate) use crossing::Crossing;
pub(crate) use doubt::{Doubt, is_of_loom};
pub(crate) use here::{acting_lane, put_off, take_operations, visible, visible_or_put_off};
pub(super) use here::{
    current_lane, may_be_there, note_dropped_call, note_not_here, note_step, spawn,
};
use members::{Enlisted, Member, Members, Seat};
pub(crate) use memory::{Memory, has_to_be_strict, memory_matters, uninterrupted};
pub(crate) use turn::Turn;

mod carrying;
mod course;
mod crashing;
mod crossing;
mod doubt;
mod here;
mod members;
mod memory;
mod turn;
mod waiting;

/// Threads that loom can have besides the one that sets the world up.
pub(crate) const TEAM_MAX: usize = loom::MAX_THREADS - 1;

/// The stack of each, in words.
const STACK_WORDS: usize = 1 << 15;

thread_local! {
    static TEAM: RefCell<Option<Arc<Team>>> = const { RefCell::new(None) };
    static LANE: Cell<Lane> = const { Cell::new(Lane(0)) };
    static RUNS: Cell<Runs> = const { Cell::new(Runs::Nothing) };
    /// The operations of loom's that were made and not asked for since.
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Which code under test a thread runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Runs {
    /// None but what happens where a call arrives, and what is woken by it.
    #[default]
    Nothing,
    /// A poll of a task: a crash stops it where it is.
    Poll,
    /// Destructors of a cancelled task.
    Drop,
}

/// Has the world let go of what a crashed process's tasks had of it.
pub(crate) type WentDown = Arc<dyn Fn(&[Lane]) + Send + Sync>;

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
    /// A process goes down.
    Crashed(Crash),
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
    outsiders: Arc<Outsiders>,
    plan: Plan,
    order: WorldOrder,
    /// What it is in, until the execution has ended.
    kernel: Mutex<Option<Kernel>>,
    /// Who looks on, until then.
    onlookers: Mutex<Option<Onlookers>>,
}

/// How the world does what it does, at most two things, all on one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorldOrder {
    /// The last that was staged comes first.
    is_reversed: bool,
    /// Nobody is let go first between them; else somebody always is.
    is_at_once: bool,
}

impl WorldOrder {
    /// Every one, for two.
    pub(crate) const ALL: [Self; 4] = [
        WorldOrder { is_reversed: false, is_at_once: false },
        WorldOrder { is_reversed: false, is_at_once: true },
        WorldOrder { is_reversed: true, is_at_once: false },
        WorldOrder { is_reversed: true, is_at_once: true },
    ];
}

/// Who looks on.
struct Onlookers {
    witness: Witness,
    went_down: WentDown,
}

impl Team {
    /// Begins an execution under a plan; from now on, what is made on this thread is for its team.
    pub(crate) fn begin(
        plan: Plan,
        order: WorldOrder,
        memory: Memory,
        outsiders: Arc<Outsiders>,
    ) -> Arc<Self> {
        here::forget_put_off();
        memory::begin(memory);
        let home = thread::current().id();
        let (members, kernel, onlookers) = (Mutex::default(), Mutex::default(), Mutex::default());
        let team = Arc::new(Team { members, home, outsiders, plan, order, kernel, onlookers });
        TEAM.set(Some(Arc::clone(&team)));
        drive(Driving::Threads);
        team
    }

    /// What is made on this thread from now on is for nobody's team.
    pub(crate) fn dissolve() {
        drive(Driving::Nothing);
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

    fn onlookers(&self) -> MutexGuard<'_, Option<Onlookers>> {
        self.onlookers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kernel(&self) -> Option<Kernel> {
        self.kernel_cell().clone()
    }

    fn kernel_cell(&self) -> MutexGuard<'_, Option<Kernel>> {
        self.kernel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the tasks that the world has, in front of a witness.
    pub(crate) fn start(self: &Arc<Self>, kernel: &Kernel, witness: Witness, went_down: WentDown) {
        let faults: Vec<_> = self.plan.faults().collect();
        kernel.plan(self.plan.held, &faults, Reach::default());
        *self.kernel_cell() = Some(kernel.clone());
        *self.onlookers() = Some(Onlookers { witness, went_down });
        self.stage_crash(kernel);
        let newborn = kernel.take_team();
        // All are there before the first moves: a lane is a place among them.
        let enlisted: Vec<_> =
            newborn.into_iter().filter_map(|newborn| self.enlist(newborn)).collect();
        let (mut environment, tasks): (Vec<_>, Vec<_>) =
            enlisted.into_iter().partition(|enlisted| enlisted.seat == Seat::Home);
        for enlisted in tasks {
            self.run_on_a_thread(enlisted);
        }
        debug_assert!(environment.len() <= 2, "two orders are all there are");
        if self.order.is_reversed {
            environment.reverse();
        }
        let mut is_first = true;
        for Enlisted { index, future, .. } in environment {
            if std::mem::take(&mut is_first) || !self.order.is_at_once {
                // Letting others go first is no preemption: none of those is spent on that.
                switching(loom::thread::yield_now);
            }
            self.run(index, future);
        }
    }

    fn note(&self, doubt: Doubt) {
        self.lock().doubt.get_or_insert(doubt);
    }

    fn tell(&self, told: Told) {
        let statuses = self.lock().statuses();
        if let Some(onlookers) = &mut *self.onlookers() {
            (onlookers.witness)(&statuses, told);
        }
    }

    /// Gives a task its place, if there is one.
    fn enlist(&self, newborn: Newborn) -> Option<Enlisted> {
        let Newborn { lane, name, kind, process, parent, future, .. } = newborn;
        let status = TaskStatus::new(name, kind == Kind::Caller, parent);
        let kernel = self.kernel();
        let mut members = self.lock();
        debug_assert_eq!(usize::from(lane.0), members.members.len());
        let is_gone = |parent: Lane| members.members[usize::from(parent.0)].is_gone;
        if members.is_over || parent.is_some_and(is_gone) {
            // What is left of an execution or of a process goes away, and starts nothing any more.
            members.members.push(Member::absent(status));
            members.graves.push(future);
            return None;
        }
        let has_to_bring =
            |lane| kernel.as_ref().is_some_and(|kernel| kernel.has_to_bring(lane) > 0);
        let seat = match kind {
            Kind::Environment => Some(Seat::Home),
            Kind::Caller | Kind::Background => members.seat(process, has_to_bring),
        };
        let Some(seat) = seat else {
            let doubt = Doubt::TooManyTasks(format!("the task {}", status.name));
            members.members.push(Member::absent(status));
            members.doubt.get_or_insert(doubt);
            members.end();
            return None;
        };
        members.members.push(Member::new(status, process));
        Some(Enlisted { index: members.members.len() - 1, seat, future })
    }

    /// Has a task run, on a thread of loom's that is new or that a crash has left.
    fn run_on_a_thread(self: &Arc<Self>, enlisted: Enlisted) {
        if let Seat::Of(former) = enlisted.seat {
            return self.lock().bequeath(former, enlisted);
        }
        let (team, index) = (Arc::clone(self), enlisted.index);
        let work = move || team.work(enlisted);
        let spawned = Builder::new().stack_size(STACK_WORDS).spawn(work);
        let spawned = spawned.expect("loom starts a thread");
        self.lock().members[index].thread = Some(spawned.thread().clone());
    }

    fn end(&self, index: usize, state: TaskState) {
        let mut members = self.lock();
        let member = &mut members.members[index];
        if !member.is_gone && !matches!(member.status.state, TaskState::Panicked(_)) {
            member.status.state = state;
        }
        member.has_ended = true;
        drop(members);
        self.conclude();
    }

    /// Somebody has ended. If it was the last one, so has the execution.
    fn conclude(&self) {
        self.settle();
        let members = self.lock();
        if !members.have_ended() {
            return;
        }
        let doubt = members.doubt.clone();
        let moves = members.members.iter().map(|member| member.moves).collect();
        drop(members);
        self.tell(Told::Stepped);
        self.tell(Told::Ended { doubt, moves });
        // What they hold may be foreign, and goes away with nothing locked.
        let (onlookers, kernel) = (self.onlookers().take(), self.kernel_cell().take());
        drop((onlookers, kernel));
        let graves = std::mem::take(&mut self.lock().graves);
        for left in graves {
            let _ = attempt(|| drop(left));
        }
    }

    fn is_over(&self) -> bool {
        self.lock().is_over
    }
}
/// Runs a loom operation, in which other threads may run.
fn switching<R>(operation: impl FnOnce() -> R) -> R {
    let (lane, runs) = (LANE.get(), RUNS.take());
    let (waits, watch, panics) = (replace_waits(), pause(), replace_panics(Vec::new()));
    let result = operation();
    replace_panics(panics);
    LANE.set(lane);
    RUNS.set(runs);
    put_waits(waits);
    go_on(watch);
    result
}

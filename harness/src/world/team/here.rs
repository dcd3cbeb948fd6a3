//! What is asked of the team that is here, by whatever one of its tasks runs.

use std::cell::RefCell;
use std::thread;

use super::doubt::Doubt;
use super::memory::uninterrupted;
use super::{LANE, OPERATIONS, RUNS, Runs, Team, Told, switching};
use crate::explore::Lane;
use crate::world::kernel::Newborn;
use crate::world::panics::{Panic, attempt};

thread_local! {
    static PUT_OFF: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

/// The operations that others come before or after, since this was last asked.
pub(crate) fn take_operations() -> u64 {
    OPERATIONS.take()
}

/// The lane whose task is running.
pub(in crate::world) fn current_lane() -> Lane {
    LANE.get()
}

/// The lane whose task acts. None does before the tasks run, when the execution is over, and when
/// its process has crashed: then what is left goes away. Nor does one while the team itself is at
/// work, which a panic of its own would find locked.
pub(crate) fn acting_lane() -> Option<Lane> {
    let (team, lane) = (Team::here()?, LANE.get());
    let has_begun = team.kernel.try_lock().ok()?.is_some();
    let members = team.members.try_lock().ok()?;
    (has_begun && !members.is_over && !members.is_gone(lane)).then_some(lane)
}

/// Says that what was asked for is not to be had at this level.
pub(in crate::world) fn note_not_here(what: &'static str) {
    if let Some(team) = Team::here() {
        team.note(Doubt::NotHere(what));
    }
}

/// Says that the running task is about to act, and that what was done before has been done.
pub(in crate::world) fn note_step() {
    if let Some(team) = Team::here().filter(|team| !team.is_over()) {
        team.tell(Told::Stepped);
    }
}

/// Says that the running task drops a call that it has brought to where it arrived, and that has
/// not been answered. Only a cancelled one may: when else it could have done so was not explored.
pub(in crate::world) fn note_dropped_call() {
    let Some(team) = Team::here().filter(|team| !team.is_over()) else { return };
    let mut members = team.lock();
    let member = members.members.get(usize::from(LANE.get().0));
    if member.is_some_and(|member| !member.is_cut_short()) {
        members.doubt.get_or_insert(Doubt::NotHere("drops a call that is under way"));
    }
}

/// Whether what the running task is about to look at again may be there by now or not. If it is
/// the first thing that it looks at and all that it has ever waited for at a time, it is there.
pub(crate) fn may_be_there() -> bool {
    Team::here().is_some_and(|team| !team.lock().take_certainty(LANE.get()))
}

/// Starts a task of the team that is here.
pub(in crate::world) fn spawn(newborn: Newborn) {
    if let Some(team) = Team::here()
        && let Some(enlisted) = team.enlist(newborn)
    {
        team.run_on_a_thread(enlisted);
    }
}

/// Runs `operation`, which is loom's, unless the execution is over or this thread is unwinding:
/// then nobody else may run any more. A call that the running task has sent arrives before it or
/// after it. It does not return to a poll of a task whose process has crashed meanwhile.
pub(crate) fn visible<R>(operation: impl FnOnce() -> R) -> Option<R> {
    let team = Team::here()?;
    if team.is_over() || thread::panicking() {
        return None;
    }
    // Of a panic that the code under test has caught.
    catch_up();
    if RUNS.get() != Runs::Nothing {
        team.hand_over(LANE.get());
    }
    OPERATIONS.set(OPERATIONS.get() + 1);
    let result = switching(operation);
    if RUNS.get() == Runs::Poll && team.lock().is_gone(LANE.get()) {
        std::panic::resume_unwind(Box::new("its process has crashed"));
    }
    Some(result)
}

/// The same for what a thread that is unwinding does as soon as it no longer is. Nobody else runs
/// before that.
pub(crate) fn visible_or_put_off<R>(operation: impl FnOnce() -> R + 'static) -> Option<R> {
    if thread::panicking() {
        put_off(|| drop(operation()));
        return None;
    }
    visible(operation)
}

/// Runs `operation`, which is loom's, as soon as this thread no longer unwinds, if it does.
pub(crate) fn put_off(operation: impl FnOnce() + 'static) {
    if thread::panicking() && Team::here().is_some_and(|team| !team.is_over()) {
        PUT_OFF.with_borrow_mut(|put_off| put_off.push(Box::new(operation)));
    }
}

/// Nothing that was put off in a former execution is done in the next.
pub(super) fn forget_put_off() {
    PUT_OFF.take();
}

/// Does what was put off, unless the task's process has crashed. It has come to something already,
/// so that nobody comes before it any more.
fn catch_up() {
    for operation in PUT_OFF.take() {
        if Team::here().is_some_and(|team| !team.lock().is_gone(LANE.get())) {
            visible(|| uninterrupted(operation));
        }
    }
}

/// Runs code under test, and what was put off while it unwound.
pub(super) fn attempt_here<R>(code: impl FnOnce() -> R) -> Result<R, Panic> {
    let result = attempt(code);
    attempt(catch_up).and(result)
}

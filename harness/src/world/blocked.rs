//! A step that blocks its thread for ever.
//!
//! At level `lock` all tasks share one thread. If one of them blocks it until a lock is free that a
//! task of that thread holds, nobody is left to let go: the deadlock is certain, and is told at
//! once instead of waited for. Such a step is unwound, for there is no other way out of it; what
//! its destructors do then is still in the ledger, but nothing moves after it.
//!
//! Not told: a lock that another thread holds, which may yet let go, and a lock that is blocked on
//! while a panic unwinds. Both block the thread, and are found when the step does not return.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use super::holds::{Awaited, Holdable, Line};

thread_local! {
    static IS_STEP: Cell<bool> = const { Cell::new(false) };
    /// What the present step blocks on.
    static BLOCKED: RefCell<Option<Awaited>> = const { RefCell::new(None) };
}

/// What a step is unwound with.
struct Unwound;

/// A step begins.
pub(super) fn watch_for_block() {
    IS_STEP.set(true);
    BLOCKED.set(None);
}

/// The step has ended. What it blocks on, if it does.
pub(super) fn take_block() -> Option<Awaited> {
    IS_STEP.set(false);
    BLOCKED.take()
}

/// Whether a step is being taken that goes on: what unwinds from one that blocks does nothing more.
pub(super) fn is_in_step() -> bool {
    IS_STEP.get() && BLOCKED.with_borrow(Option::is_none)
}

/// `line` is about to block the thread until `object` is free. Returns unless it never will be.
pub(crate) fn unwind_if_for_ever(object: &Arc<Holdable>, line: Line) {
    if IS_STEP.get() && !thread::panicking() && object.is_held_here() {
        BLOCKED.set(Some(object.awaited_at(line)));
        // It prints nothing.
        resume_unwind(Box::new(Unwound));
    }
}

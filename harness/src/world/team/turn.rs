//! What others come before or after.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::members::Waits;
use super::{LANE, RUNS, Runs, Team, may_be_there, note_not_here, visible_or_put_off};
use crate::explore::Lane;

/// The operations of one object, of which any two conflict.
#[derive(Debug)]
pub(crate) struct Turn {
    order: Arc<loom::sync::Mutex<()>>,
    /// Who is blocked by it.
    blocked: Mutex<Vec<Lane>>,
}

impl Turn {
    /// One for an object that is made now, if a team is here.
    pub(crate) fn here() -> Option<Self> {
        Team::here()?;
        Some(Turn { order: Arc::new(loom::sync::Mutex::new(())), blocked: Mutex::default() })
    }

    /// Stands before an operation: others come before it or after it. What was done before their
    /// turns is seen after this one. While a panic unwinds nobody else comes, and it is taken as
    /// soon as that is over.
    pub(crate) fn take(&self) {
        let order = Arc::clone(&self.order);
        visible_or_put_off(move || drop(order.lock()));
    }

    /// The same, before another look at what the running task has waited for. Says whether it
    /// stood there: it does not before what is there for sure.
    pub(crate) fn take_again(&self) -> bool {
        let is_open = may_be_there();
        if is_open {
            self.take();
        }
        is_open
    }

    /// Blocks until [`Turn::unblock`]. It does not return when the execution is over.
    pub(crate) fn block(&self) {
        let lane = LANE.get();
        if thread::panicking() {
            note_not_here("waits for a blocking lock while it unwinds");
        }
        if RUNS.get() == Runs::Nothing {
            note_not_here("waits for a blocking lock where a call arrives");
            if let Some(team) = Team::here() {
                team.lock().end();
            }
        }
        self.lock().push(lane);
        let is_woken = Team::here().is_some_and(|team| team.wait(lane.0.into(), Waits::ForLock));
        if !is_woken {
            std::panic::resume_unwind(Box::new("blocked for ever"));
        }
    }

    /// Lets those try again who are blocked.
    pub(crate) fn unblock(&self) {
        let blocked = std::mem::take(&mut *self.lock());
        if let Some(team) = Team::here() {
            blocked.into_iter().for_each(|lane| team.unblock(lane));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Lane>> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

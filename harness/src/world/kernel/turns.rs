//! What comes before or after one another where callers are threads.

use super::Kernel;
use crate::world::team;

impl Kernel {
    /// Stands before whatever others can see, where callers are threads. Nothing may be locked.
    pub(crate) fn take_turn(&self) {
        if let Some(turn) = &self.turn {
            turn.take();
            team::note_step();
        }
    }

    /// The same, before another look at what the running task has waited for.
    pub(crate) fn take_turn_again(&self) {
        if self.turn.is_some() && team::may_be_there() {
            self.take_turn();
        }
    }

    /// A call's future was dropped before its answer was taken. On threads, if it has arrived, that
    /// is doubted: its task was to wait for nothing else.
    pub(in crate::world) fn dropped_call(&self, call: usize) {
        if self.turn.is_some() {
            let mut state = self.lock();
            let was_brought = state.was_brought_by_its_task(call);
            state.give_up(call);
            drop(state);
            if was_brought {
                team::note_dropped_call();
            }
        }
    }

    /// A task is about to look whether a call is answered, which another thread may bring just now.
    pub(in crate::world) fn stand_before_answer(&self, call: usize) {
        if self.turn.is_some() && !self.lock().was_brought_by_its_task(call) {
            self.take_turn();
        }
    }
}

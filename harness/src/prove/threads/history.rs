//! What is seen of an execution on threads, as it goes.

use std::collections::BTreeSet;

use crate::explore::Lane;
use crate::prove::recording::RowEnd;
use crate::world::{Action, Crash, IS_CANCELLED, Observed, Panic, TaskState, TaskStatus};

/// What was seen of the present execution, in order.
#[derive(Default)]
pub(super) struct History {
    pub(super) seen: Vec<Seen>,
    /// The entries of the ledger among that.
    entries: usize,
    /// The tasks that were seen to panic.
    panicked: BTreeSet<Lane>,
}

/// Something that was seen of an execution.
pub(super) enum Seen {
    /// The ledger's entry of this index.
    Entered(usize),
    /// A task did something that the ledger does not have.
    Acted(Lane, Action),
    /// Something befell a task, or its process.
    Befell(Lane, Befallen),
}

/// What befalls a task.
pub(super) struct Befallen {
    pub(super) does: &'static str,
    pub(super) end: RowEnd,
}

impl Seen {
    fn cancelled(lane: Lane) -> Self {
        Seen::Befell(lane, Befallen { does: IS_CANCELLED, end: RowEnd::Cancelled })
    }

    fn crashed(crash: Crash) -> Self {
        Seen::Befell(crash.lane, Befallen { does: crash.choice().label, end: RowEnd::Crashed })
    }

    fn panicked(lane: Lane, panic: Panic) -> Self {
        Seen::Befell(lane, Befallen { does: "panics", end: RowEnd::Panicked(panic) })
    }

    /// Whether a property can be broken by it.
    fn may_break(&self) -> bool {
        !matches!(self, Seen::Acted(..))
    }

    fn is_crash(&self) -> bool {
        matches!(self, Seen::Befell(_, Befallen { end: RowEnd::Crashed, .. }))
    }
}

impl History {
    /// An execution begins.
    pub(super) fn begin(&mut self) {
        self.seen.clear();
        self.entries = 0;
        self.panicked.clear();
    }

    /// Something happens.
    pub(super) fn see(&mut self, observed: Observed) {
        self.seen.push(match observed {
            Observed::Entry => {
                self.entries += 1;
                Seen::Entered(self.entries - 1)
            }
            Observed::Action(lane, action) => Seen::Acted(lane, action),
        });
    }

    /// A task of this lane goes away.
    pub(super) fn see_cancelled(&mut self, lane: Lane) {
        self.seen.push(Seen::cancelled(lane));
    }

    /// A process goes down.
    pub(super) fn see_crashed(&mut self, crash: Crash) {
        self.seen.push(Seen::crashed(crash));
    }

    /// Some of these may have panicked.
    pub(super) fn see_panics(&mut self, tasks: &[TaskStatus]) {
        for (task, lane) in tasks.iter().zip(0..).map(|(task, lane)| (task, Lane(lane))) {
            if let TaskState::Panicked(panic) = &task.state
                && self.panicked.insert(lane)
            {
                self.seen.push(Seen::panicked(lane, panic.clone()));
            }
        }
    }

    /// How much was seen when the last was that a property can be broken by.
    pub(super) fn length_to_break(&self) -> usize {
        self.seen.iter().rposition(Seen::may_break).map_or(0, |at| at + 1)
    }

    pub(super) fn crashes(&self) -> usize {
        self.seen.iter().filter(|one| one.is_crash()).count()
    }
}

//! What is seen of an execution on threads, as it goes.

use std::collections::BTreeSet;

use crate::explore::Lane;
use crate::property::{Breach, Moment, Property, When};
use crate::prove::judge::find_breach;
use crate::prove::recording::RowEnd;
use crate::world::{Action, Crash, IS_CANCELLED, Observed, TaskState, TaskStatus};

/// What was seen of the present execution, in order.
#[derive(Default)]
pub(super) struct History {
    pub(super) seen: Vec<Seen>,
    /// The entries of the ledger among that.
    entries: usize,
    /// The tasks that were seen to panic, and with what.
    panicked: BTreeSet<(Lane, String)>,
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
            Observed::Action(lane, action) => {
                if let Action::Panics(panic) = &action {
                    self.panicked.insert((lane, panic.message.clone()));
                }
                Seen::Acted(lane, action)
            }
        });
    }

    /// A task of this lane goes away.
    pub(super) fn see_cancelled(&mut self, lane: Lane) {
        self.befell(lane, IS_CANCELLED, RowEnd::Cancelled);
    }

    /// A process goes down.
    pub(super) fn see_crashed(&mut self, crash: Crash) {
        self.befell(crash.lane, crash.choice().label, RowEnd::Crashed);
    }

    /// Some of these may have panicked.
    pub(super) fn see_panics(&mut self, tasks: &[TaskStatus]) {
        for (task, lane) in tasks.iter().zip(0..).map(|(task, lane)| (task, Lane(lane))) {
            if let TaskState::Panicked(panic) = &task.state
                && self.panicked.insert((lane, panic.message.clone()))
            {
                self.befell(lane, "panics", RowEnd::Panicked(panic.clone()));
            }
        }
    }

    fn befell(&mut self, lane: Lane, does: &'static str, end: RowEnd) {
        self.seen.push(Seen::Befell(lane, Befallen { does, end }));
    }

    /// How much was seen when a property was broken, which is known only now.
    pub(super) fn length_when_broken(
        &self,
        property: &Property,
        when: When,
        breach: &Breach,
        moment: &Moment<'_>,
    ) -> usize {
        match (when, breach) {
            (When::Always, Breach::Panicked { lane }) => self.length_with_panic_of(*lane),
            (When::Always, _) => self.length_with(entries_broken(property, moment)),
            (When::Eventually | When::WhileHeld, _) => self.seen.len(),
        }
    }

    /// How much was seen when the ledger had so many entries.
    fn length_with(&self, entries: usize) -> usize {
        let is_last = |one: &Seen| matches!(one, Seen::Entered(index) if index + 1 == entries);
        self.seen.iter().position(is_last).map_or(self.seen.len(), |at| at + 1)
    }

    /// How much was seen when a task had panicked.
    fn length_with_panic_of(&self, lane: Lane) -> usize {
        let panics = |one: &Seen| match one {
            Seen::Acted(whose, Action::Panics(_))
            | Seen::Befell(whose, Befallen { end: RowEnd::Panicked(_), .. }) => *whose == lane,
            _ => false,
        };
        self.seen.iter().rposition(panics).map_or(self.seen.len(), |at| at + 1)
    }

    pub(super) fn crashes(&self) -> usize {
        self.seen.iter().filter(|one| one.is_crash()).count()
    }
}

/// With how many entries of the ledger a property is broken that always has to hold.
fn entries_broken(property: &Property, moment: &Moment<'_>) -> usize {
    let is_broken = |&count: &usize| {
        let ledger = &moment.ledger.up_to(count);
        find_breach(property, When::Always, &Moment { ledger, ..*moment }).is_some()
    };
    let all = moment.ledger.entries().len();
    (moment.known + 1..all).find(is_broken).unwrap_or(all)
}

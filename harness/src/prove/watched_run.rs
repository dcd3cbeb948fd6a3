//! One execution, step by step, with an eye on one property.

use super::judge::{Subject, find_breach_after_step};
use crate::explore::{Choice, Program as _};
use crate::property::{Breach, Property};

pub(super) struct WatchedRun<'a> {
    pub(super) subject: &'a mut Subject,
    property: Property,
    possible: Vec<Choice>,
    /// The ledger's length before the next step.
    known: usize,
}

impl<'a> WatchedRun<'a> {
    /// Begins an execution from a fresh world.
    pub(super) fn begin(subject: &'a mut Subject, property: Property) -> Self {
        let mut possible = Vec::new();
        subject.reset();
        subject.enabled(&mut possible);
        WatchedRun { subject, property, possible, known: 0 }
    }

    /// The steps possible now.
    pub(super) fn possible(&self) -> &[Choice] {
        &self.possible
    }

    /// Looks again at what is possible, because the plan was changed.
    pub(super) fn look_again(&mut self) {
        self.subject.enabled(&mut self.possible);
    }

    /// Takes a step that is possible, and says whether the property is broken after it.
    pub(super) fn step(&mut self, choice: Choice) -> Option<Breach> {
        self.subject.step(choice.process);
        self.subject.enabled(&mut self.possible);
        let is_quiescent = self.possible.is_empty();
        let found = find_breach_after_step(&self.property, self.subject, self.known, is_quiescent);
        self.known = self.subject.world().with_ledger(|ledger| ledger.entries().len());
        found
    }
}

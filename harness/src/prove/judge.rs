//! Checks the properties at every state that a search reaches, and keeps the simplest
//! counterexample of each.

use crate::auth::World;
use crate::explore::{Choice, Path, Visitor};
use crate::property::{Breach, Moment, Property, Sometimes, When};
use crate::world::Execution;

/// What a scenario's world is to the search.
pub(super) type Subject = Execution<World>;

/// A schedule that breaks a property.
///
/// Simpler means: fewer switches, then fewer steps; of equals, the one found first stays.
#[derive(Debug, Clone)]
pub(super) struct Counterexample {
    switches: usize,
    pub(super) steps: Vec<Choice>,
    pub(super) breach: Breach,
}

pub(super) struct Judge {
    properties: Vec<Watched>,
    sometimes: Vec<(Sometimes, bool)>,
    /// The ledger's length after each step of the path.
    lengths: Vec<usize>,
}

struct Watched {
    property: Property,
    simplest: Option<Counterexample>,
}

impl Judge {
    pub(super) fn new(properties: Vec<Property>, sometimes: &[Sometimes]) -> Self {
        let watched = |property| Watched { property, simplest: None };
        Judge {
            properties: properties.into_iter().map(watched).collect(),
            sometimes: sometimes.iter().map(|&one| (one, false)).collect(),
            lengths: Vec::new(),
        }
    }

    /// The properties that some schedule breaks, with the simplest such schedule.
    pub(super) fn broken(&self) -> impl Iterator<Item = (Property, &Counterexample)> {
        self.properties
            .iter()
            .filter_map(|watched| Some((watched.property, watched.simplest.as_ref()?)))
    }

    /// The conditions that no execution has shown.
    pub(super) fn never_shown(&self) -> Vec<&'static str> {
        self.sometimes.iter().filter(|(_, shown)| !shown).map(|(one, _)| one.name).collect()
    }

    fn look(&mut self, when: When, subject: &Subject, path: &Path, known: usize) {
        let (switches, steps) = (path.switches(), path.len());
        let is_simpler = |watched: &Watched| {
            watched
                .simplest
                .as_ref()
                .is_none_or(|best| (switches, steps) < (best.switches, best.steps.len()))
        };
        for watched in &mut self.properties {
            if !is_simpler(watched) {
                continue;
            }
            if let Some(breach) = find_breach(&watched.property, when, subject, known) {
                let steps = path.taken().collect();
                watched.simplest = Some(Counterexample { switches, steps, breach });
            }
        }
    }
}

impl Visitor<Subject> for Judge {
    fn stepped(&mut self, subject: &Subject, path: &Path) {
        let before = path.len() - 1;
        self.lengths.truncate(before);
        let known = self.lengths.last().copied().unwrap_or(0);
        self.lengths.push(subject.world().with_ledger(|ledger| ledger.entries().len()));
        self.look(When::Always, subject, path, known);
        if subject.only_held_answers_move() {
            self.look(When::WhileHeld, subject, path, known);
        }
    }

    fn quiescent(&mut self, subject: &Subject, path: &Path) {
        let known = self.lengths.last().copied().unwrap_or(0);
        self.look(When::Eventually, subject, path, known);
        if self.sometimes.iter().all(|(_, shown)| *shown) {
            return;
        }
        subject.world().with_ledger(|ledger| {
            let moment = Moment { ledger, known, tasks: subject.tasks(), held: &[] };
            for (one, shown) in &mut self.sometimes {
                *shown = *shown || (one.shown)(&moment);
            }
        });
    }
}

/// Looks for a breach of one property.
pub(super) fn find_breach(
    property: &Property,
    when: When,
    subject: &Subject,
    known: usize,
) -> Option<Breach> {
    let checks = property.checks.iter().filter(|(at, _)| *at == when);
    let held = match when {
        When::WhileHeld => subject.kernel().lanes_with_answers(),
        When::Always | When::Eventually => Vec::new(),
    };
    checks
        .map(|(_, check)| {
            subject.world().with_ledger(|ledger| {
                check(&Moment { ledger, known, tasks: subject.tasks(), held: &held })
            })
        })
        .find(Option::is_some)
        .flatten()
}

/// Looks for a breach of one property after a step, at every moment that the step may be.
pub(super) fn find_breach_after_step(
    property: &Property,
    subject: &Subject,
    known: usize,
    is_quiescent: bool,
) -> Option<Breach> {
    find_breach(property, When::Always, subject, known)
        .or_else(|| {
            let held = subject.only_held_answers_move();
            held.then(|| find_breach(property, When::WhileHeld, subject, known)).flatten()
        })
        .or_else(|| {
            is_quiescent.then(|| find_breach(property, When::Eventually, subject, known)).flatten()
        })
}

#[cfg(test)]
mod tests;

//! Checks the properties at every state that a search reaches, and keeps the simplest
//! counterexample of each.

use crate::auth::World;
use crate::explore::{Choice, Path, Visitor};
use crate::property::{Breach, Moment, Property, Sometimes, When};
use crate::world::{Execution, Plan};

/// What a scenario's world is to the search.
pub(super) type Subject = Execution<World>;

/// A schedule that breaks a property.
///
/// Simpler means: fewer switches, then fewer steps; of equals, the one found first stays. It is the
/// simplest of those that the search has run, which need not be all.
#[derive(Debug, Clone)]
pub(super) struct Counterexample {
    pub(super) plan: Plan,
    pub(super) switches: usize,
    pub(super) steps: Vec<Choice>,
    pub(super) breach: Breach,
}

pub(super) struct Judge {
    properties: Vec<Watched>,
    sometimes: Vec<(Sometimes, bool)>,
    /// The ledger's length after each step of the path.
    lengths: Vec<usize>,
    /// What the executions are under at present.
    plan: Plan,
}

struct Watched {
    property: Property,
    simplest: Option<Counterexample>,
    /// The simplest of each plan before the present one.
    of_earlier_plans: Vec<Counterexample>,
}

impl Watched {
    fn found(&self) -> impl Iterator<Item = &Counterexample> {
        self.of_earlier_plans.iter().chain(&self.simplest)
    }
}

impl Judge {
    pub(super) fn new(properties: Vec<Property>, sometimes: &[Sometimes]) -> Self {
        let watched = |property| Watched { property, simplest: None, of_earlier_plans: Vec::new() };
        Judge {
            properties: properties.into_iter().map(watched).collect(),
            sometimes: sometimes.iter().map(|&one| (one, false)).collect(),
            lengths: Vec::new(),
            plan: Plan::default(),
        }
    }

    /// What comes next are executions under another plan.
    pub(super) fn begin(&mut self, plan: &Plan) {
        self.plan = plan.clone();
        self.lengths.clear();
        for watched in &mut self.properties {
            watched.of_earlier_plans.extend(watched.simplest.take());
        }
    }

    /// The properties that some schedule breaks.
    pub(super) fn broken(&self) -> impl Iterator<Item = Property> {
        let broken = self.properties.iter().filter(|watched| watched.found().next().is_some());
        broken.map(|watched| watched.property)
    }

    /// The broken property to report: the one asked for, or else the first. With it, the simplest
    /// schedule of each plan that breaks it.
    pub(super) fn reported(&self, focus: Option<&str>) -> Option<(Property, Vec<&Counterexample>)> {
        let mut broken: Vec<&Watched> =
            self.properties.iter().filter(|watched| watched.found().next().is_some()).collect();
        broken.sort_by_key(|watched| Some(watched.property.name) != focus);
        broken.first().map(|watched| (watched.property, watched.found().collect()))
    }

    /// The conditions that no execution has shown.
    pub(super) fn never_shown(&self) -> Vec<&'static str> {
        self.sometimes.iter().filter(|(_, shown)| !shown).map(|(one, _)| one.name).collect()
    }

    /// Looks at a moment for what is broken more simply than before.
    fn look(&mut self, when: When, moment: &Moment<'_>, path: &Path) {
        let (switches, steps) = (path.switches(), path.len());
        for watched in &mut self.properties {
            let is_simpler = watched.simplest.as_ref().is_none_or(|simplest| {
                (switches, steps) < (simplest.switches, simplest.steps.len())
            });
            if !is_simpler {
                continue;
            }
            if let Some(breach) = find_breach(&watched.property, when, moment) {
                let (plan, steps) = (self.plan.clone(), path.taken().collect());
                watched.simplest = Some(Counterexample { plan, switches, steps, breach });
            }
        }
    }

    fn known(&self) -> usize {
        self.lengths.last().copied().unwrap_or(0)
    }
}

impl Visitor<Subject> for Judge {
    fn stepped(&mut self, subject: &Subject, path: &Path) {
        self.lengths.truncate(path.len() - 1);
        let known = self.known();
        with_moment(subject, known, |moment| {
            self.lengths.push(moment.ledger.entries().len());
            self.look(When::Always, moment, path);
            if subject.only_held_answers_move() {
                self.look(When::WhileHeld, moment, path);
            }
        });
    }

    fn quiescent(&mut self, subject: &Subject, path: &Path) {
        // Quiescence is a moment of the last step.
        let before_last = self.lengths.len().checked_sub(2).map_or(0, |at| self.lengths[at]);
        with_moment(subject, before_last, |moment| {
            self.look(When::Eventually, moment, path);
            for (one, shown) in &mut self.sometimes {
                *shown = *shown || (one.shown)(moment);
            }
        });
    }
}

/// Lets `look` at where the subject stands; `known` entries of its ledger are older than the step.
fn with_moment<R>(subject: &Subject, known: usize, look: impl FnOnce(&Moment<'_>) -> R) -> R {
    let held = match subject.only_held_answers_move() {
        true => subject.kernel().lanes_with_answers(),
        false => Vec::new(),
    };
    subject
        .world()
        .with_ledger(|ledger| look(&Moment { ledger, known, tasks: subject.tasks(), held: &held }))
}

fn find_breach(property: &Property, when: When, moment: &Moment<'_>) -> Option<Breach> {
    let checks = property.checks.iter().filter(|(at, _)| *at == when);
    checks.filter_map(|(_, check)| check(moment)).next()
}

/// Looks for a breach of one property after a step, at every moment that the step may be.
pub(super) fn find_breach_after_step(
    property: &Property,
    subject: &Subject,
    known: usize,
    is_quiescent: bool,
) -> Option<Breach> {
    let mut whens = vec![When::Always];
    whens.extend(subject.only_held_answers_move().then_some(When::WhileHeld));
    whens.extend(is_quiescent.then_some(When::Eventually));
    with_moment(subject, known, |moment| {
        whens.into_iter().find_map(|when| find_breach(property, when, moment))
    })
}

#[cfg(test)]
mod tests;

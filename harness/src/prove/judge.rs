//! Checks the properties at every state that a search reaches, and keeps the simplest
//! counterexample of each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::explore::Options;
use super::verdict::{Bounds, Incomplete};
use crate::auth::{Ledger, World};
use crate::explore::{Choice, ObjectId, Path, Visitor};
use crate::property::{Breach, Moment, Property, Sometimes, When};
use crate::world::{Execution, Plan};

/// What a scenario's world is to the search.
pub(super) type Subject = Execution<World>;

/// Executions that are run after a property was seen broken, to learn which others are and whether
/// it happens more simply.
const EXECUTIONS_AFTER_BREACH: u64 = 10_000;

/// Executions that are kept, to be run again at the end.
const HISTORIES_KEPT: usize = 16;

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

/// An execution to the end.
pub(super) struct History {
    pub(super) plan: Plan,
    pub(super) steps: Vec<Choice>,
    pub(super) ledger: Ledger,
}

pub(super) struct Judge {
    properties: Vec<Watched>,
    sometimes: Vec<(Sometimes, bool)>,
    /// The ledger's length after each step of the path.
    lengths: Vec<usize>,
    /// What the executions are under at present.
    plan: Plan,
    executions: u64,
    executions_max: u64,
    broken_since: Option<u64>,
    /// The first executions.
    histories: Vec<History>,
    /// The callers that the scenario has staged.
    callers: usize,
    /// The most faults, and the most crashes, that an execution came to.
    faults_met: usize,
    crashes_met: usize,
    /// The faults that the scenario itself asks for.
    faults_staged: usize,
    /// Whether an execution came to where answers that were held were all that could move.
    has_held: bool,
    found: Found,
    is_abandoned: Abandoned,
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
    pub(super) fn new(properties: &[Property], sometimes: &[Sometimes], options: &Options) -> Self {
        let watched =
            |&property| Watched { property, simplest: None, of_earlier_plans: Vec::new() };
        Judge {
            properties: properties.iter().map(watched).collect(),
            sometimes: sometimes.iter().map(|&one| (one, false)).collect(),
            lengths: Vec::new(),
            plan: Plan::default(),
            executions: 0,
            executions_max: options.executions_max,
            broken_since: None,
            histories: Vec::new(),
            callers: 0,
            faults_met: 0,
            crashes_met: 0,
            faults_staged: 0,
            has_held: false,
            found: Found::default(),
            is_abandoned: Abandoned::default(),
        }
    }

    /// What is found, for another thread to look at if the search does not come back.
    pub(super) fn found(&self) -> Found {
        self.found.clone()
    }

    /// For another thread to say that nobody waits for the search any more.
    pub(super) fn is_abandoned(&self) -> Abandoned {
        self.is_abandoned.clone()
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

    /// The sets of objects whose joint state a property looks at.
    pub(super) fn joined(&self) -> Vec<&'static [ObjectId]> {
        let sets = self.properties.iter().map(|watched| watched.property.joins);
        sets.filter(|set| set.len() > 1).collect()
    }

    /// The conditions that no execution has shown.
    pub(super) fn never_shown(&self) -> Vec<&'static str> {
        self.sometimes.iter().filter(|(_, shown)| !shown).map(|(one, _)| one.name).collect()
    }

    /// The properties that are looked at while an answer is held, if none ever was.
    pub(super) fn not_looked_at(&self) -> Vec<&'static str> {
        let needs_hold =
            |property: &Property| property.checks.iter().any(|(when, _)| *when == When::WhileHeld);
        let unseen = self.properties.iter().map(|watched| &watched.property);
        unseen.filter(|one| !self.has_held && needs_hold(one)).map(|one| one.name).collect()
    }

    /// The callers that the scenario has staged.
    pub(super) fn callers(&self) -> usize {
        self.callers
    }

    /// What the bounds name and no execution came to.
    pub(super) fn bounds_doubt(&self, bounds: Bounds) -> Option<Incomplete> {
        let faults_met = match self.faults_staged {
            staged if staged > bounds.faults => staged,
            _ => self.faults_met,
        };
        let mut others =
            [("faults", bounds.faults, faults_met), ("crashes", bounds.crashes, self.crashes_met)]
                .into_iter();
        let other = others.find(|(_, named, met)| named != met);
        other.map(|(what, named, met)| Incomplete::OtherBound { what, named, met })
    }

    /// The first executions.
    pub(super) fn histories(&self) -> &[History] {
        &self.histories
    }

    /// Whether as many executions were run as were allowed.
    pub(super) fn has_reached_limit(&self) -> bool {
        self.executions >= self.executions_max
    }

    /// Looks at a moment for what is broken more simply than before.
    fn look(&mut self, when: When, moment: &Moment<'_>, path: &Path) {
        let (switches, steps) = (path.switches(), path.len());
        for (rank, watched) in self.properties.iter_mut().enumerate() {
            let is_simpler = watched.simplest.as_ref().is_none_or(|simplest| {
                (switches, steps) < (simplest.switches, simplest.steps.len())
            });
            if !is_simpler {
                continue;
            }
            if let Some(breach) = find_breach(&watched.property, when, moment) {
                let (plan, steps) = (self.plan.clone(), path.taken().collect());
                let found = Counterexample { plan, switches, steps, breach };
                self.found.put(rank, watched.property, &found);
                watched.simplest = Some(found);
                self.broken_since.get_or_insert(self.executions);
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
        self.has_held |= subject.only_held_answers_move();
        let known = self.known();
        with_moment(subject, known, |moment| {
            self.lengths.push(moment.ledger.entries().len());
            self.look(When::Always, moment, path);
            if moment.held.is_some() {
                self.look(When::WhileHeld, moment, path);
            }
        });
    }

    fn quiescent(&mut self, subject: &Subject, path: &Path) {
        self.callers = subject.staged().iter().filter(|task| task.is_caller).count();
        self.faults_met = self.faults_met.max(subject.world().faults_met());
        self.crashes_met = self.crashes_met.max(subject.crashes_met());
        self.faults_staged = self.faults_staged.max(subject.world().faults_staged());
        // Quiescence is a moment of the last step.
        let before_last = self.lengths.len().checked_sub(2).map_or(0, |at| self.lengths[at]);
        with_moment(subject, before_last, |moment| {
            self.look(When::Eventually, moment, path);
            for (one, shown) in &mut self.sometimes {
                *shown = *shown || (one.shown)(moment);
            }
            if self.histories.len() < HISTORIES_KEPT {
                let (plan, steps) = (self.plan.clone(), path.taken().collect());
                self.histories.push(History { plan, steps, ledger: moment.ledger.clone() });
            }
        });
    }

    fn wants_more(&mut self) -> bool {
        self.executions += 1;
        let has_enough = self
            .broken_since
            .is_some_and(|since| self.executions - since > EXECUTIONS_AFTER_BREACH);
        !(has_enough || self.has_reached_limit() || self.is_abandoned.is_said())
    }
}

/// What a search has found so far, by the rank of the property.
#[derive(Clone, Default)]
pub(super) struct Found(Arc<Mutex<BTreeMap<usize, (Property, Counterexample)>>>);

impl Found {
    fn put(&self, rank: usize, property: Property, found: &Counterexample) {
        self.lock().insert(rank, (property, found.clone()));
    }

    /// Of the property asked for, or else of the first.
    pub(super) fn reported(&self, focus: Option<&str>) -> Option<(Property, Counterexample)> {
        let found = self.lock();
        let focused = found.values().find(|(property, _)| Some(property.name) == focus);
        focused.or_else(|| found.values().next()).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, (Property, Counterexample)>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// That nobody waits for a search any more.
#[derive(Clone, Default)]
pub(super) struct Abandoned(Arc<std::sync::atomic::AtomicBool>);

impl Abandoned {
    pub(super) fn say(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_said(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Lets `look` at where the subject stands; `known` entries of its ledger are older than the step.
fn with_moment<R>(subject: &Subject, known: usize, look: impl FnOnce(&Moment<'_>) -> R) -> R {
    let (tasks, held) = (subject.tasks(), subject.only_answer());
    subject.world().with_ledger(|ledger| look(&Moment { ledger, known, tasks, held }))
}

pub(super) fn find_breach(property: &Property, when: When, moment: &Moment<'_>) -> Option<Breach> {
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
    whens.extend(subject.only_answer().map(|_| When::WhileHeld));
    whens.extend(is_quiescent.then_some(When::Eventually));
    with_moment(subject, known, |moment| {
        whens.into_iter().find_map(|when| find_breach(property, when, moment))
    })
}

#[cfg(test)]
mod tests;

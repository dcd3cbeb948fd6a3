//! Checks the properties at every state that a search reaches, and keeps the simplest
//! counterexample of each.

use super::coverage::{Coverage, Watch};
use super::found::{Abandoned, Found};
use super::options::Options;
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

impl Counterexample {
    fn is_simpler_than(&self, other: &Counterexample) -> bool {
        (self.switches, self.steps.len()) < (other.switches, other.steps.len())
    }
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
    /// The first executions, so many at most.
    histories: Vec<History>,
    histories_max: usize,
    /// The callers that the scenario has staged.
    callers: usize,
    /// The most faults, and the most crashes, that an execution came to.
    faults_met: usize,
    crashes_met: usize,
    /// The faults that the scenario itself asks for.
    faults_staged: usize,
    /// Whether an execution came to where answers that were held were all that could move.
    has_held: bool,
    /// What is exercised, if somebody asks.
    watch: Option<Watch>,
    found: Found,
    is_abandoned: Abandoned,
    is_over: Abandoned,
}

struct Watched {
    property: Property,
    /// The simplest under the present plan.
    simplest: Option<Counterexample>,
    /// The simplest under each of the others.
    of_other_plans: Vec<Counterexample>,
}

impl Watched {
    fn begin(&mut self, plan: &Plan) {
        self.of_other_plans.extend(self.simplest.take());
        let known = self.of_other_plans.iter().position(|found| found.plan == *plan);
        self.simplest = known.map(|at| self.of_other_plans.remove(at));
    }

    fn found(&self) -> impl Iterator<Item = &Counterexample> {
        self.of_other_plans.iter().chain(&self.simplest)
    }
}

impl Judge {
    pub(super) fn new(properties: &[Property], sometimes: &[Sometimes], options: &Options) -> Self {
        let watch = options.coverage.then(Watch::default);
        let fresh = Judge::fresh(properties.iter(), sometimes.iter(), options.executions_max);
        Judge { watch, ..fresh }
    }

    fn fresh<'a>(
        properties: impl Iterator<Item = &'a Property>,
        sometimes: impl Iterator<Item = &'a Sometimes>,
        executions_max: u64,
    ) -> Self {
        let watched = |&property| Watched { property, simplest: None, of_other_plans: Vec::new() };
        Judge {
            properties: properties.map(watched).collect(),
            sometimes: sometimes.map(|&one| (one, false)).collect(),
            lengths: Vec::new(),
            plan: Plan::default(),
            executions: 0,
            executions_max,
            broken_since: None,
            histories: Vec::new(),
            histories_max: HISTORIES_KEPT,
            callers: 0,
            faults_met: 0,
            crashes_met: 0,
            faults_staged: 0,
            has_held: false,
            watch: None,
            found: Found::default(),
            is_abandoned: Abandoned::default(),
            is_over: Abandoned::default(),
        }
    }

    /// One that knows nothing yet, for parts of the search under the present plan, which may be
    /// over before the search is.
    pub(super) fn of_part(&self, is_over: &Abandoned) -> Judge {
        let properties = self.properties.iter().map(|watched| &watched.property);
        let sometimes = self.sometimes.iter().map(|(one, _)| one);
        Judge {
            plan: self.plan.clone(),
            watch: self.watch.as_ref().map(|_| Watch::default()),
            found: self.found.clone(),
            is_abandoned: self.is_abandoned.clone(),
            is_over: is_over.clone(),
            ..Judge::fresh(properties, sometimes, self.executions_max)
        }
    }

    /// Takes note of what was judged of a part in so many executions, as if it had come after all
    /// that is known.
    pub(super) fn absorb(&mut self, part: Judge, executions: u64) {
        for (mine, found) in self.properties.iter_mut().zip(part.properties) {
            let Some(found) = found.simplest else { continue };
            if mine.simplest.as_ref().is_none_or(|simplest| found.is_simpler_than(simplest)) {
                mine.simplest = Some(found);
            }
        }
        for ((_, shown), (_, shown_there)) in self.sometimes.iter_mut().zip(part.sometimes) {
            *shown |= shown_there;
        }
        let since = part.broken_since.map(|since| self.executions + since);
        self.broken_since = self.broken_since.or(since);
        self.executions += executions;
        let room = self.histories_max - self.histories.len();
        self.histories.extend(part.histories.into_iter().take(room));
        self.callers = self.callers.max(part.callers);
        self.has_held |= part.has_held;
        if let (Some(mine), Some(watch)) = (&mut self.watch, part.watch) {
            mine.absorb(watch);
        }
        self.faults_met = self.faults_met.max(part.faults_met);
        self.crashes_met = self.crashes_met.max(part.crashes_met);
        self.faults_staged = self.faults_staged.max(part.faults_staged);
    }

    /// Whether there need not be any more executions.
    pub(super) fn has_enough(&self) -> bool {
        self.broken_since.is_some_and(|since| self.executions - since > EXECUTIONS_AFTER_BREACH)
            || self.executions >= self.executions_max
    }

    /// What is found, for another thread to look at if the search does not come back.
    pub(super) fn found(&self) -> Found {
        self.found.clone()
    }

    /// For another thread to say that nobody waits for the search any more.
    pub(super) fn is_abandoned(&self) -> Abandoned {
        self.is_abandoned.clone()
    }

    /// For whoever does not wait any more for the parts that this one looks at.
    pub(super) fn is_over(&self) -> &Abandoned {
        &self.is_over
    }

    /// What comes next are executions under another plan.
    pub(super) fn begin(&mut self, plan: &Plan) {
        self.plan = plan.clone();
        self.lengths.clear();
        if let Some(watch) = &mut self.watch {
            watch.begin();
        }
        for watched in &mut self.properties {
            watched.begin(plan);
        }
    }

    /// The executions so far do not count as such; what they have shown they have shown.
    pub(super) fn forget_executions(&mut self) {
        self.executions = 0;
        self.broken_since = self.broken_since.map(|_| 0);
    }

    /// The next executions are to be run again too.
    pub(super) fn keep_more_histories(&mut self) {
        self.histories_max = self.histories.len() + HISTORIES_KEPT;
    }

    /// The properties that some schedule breaks.
    pub(super) fn broken(&self) -> impl Iterator<Item = Property> {
        let broken = self.properties.iter().filter(|watched| watched.found().next().is_some());
        broken.map(|watched| watched.property)
    }

    /// Whether the property asked for is broken, or any if none is.
    pub(super) fn has_found(&self, focus: Option<&str>) -> bool {
        self.broken().any(|property| focus.is_none_or(|focus| property.name == focus))
    }

    /// The broken property to report: the one asked for, or else the first. With it, the simplest
    /// schedule of each plan that breaks it.
    pub(super) fn reported(
        &self,
        focus: Option<&str>,
        is_believed: impl Fn(&Counterexample) -> bool,
    ) -> Option<(Property, Vec<&Counterexample>)> {
        let found = |watched: &Watched| watched.found().any(&is_believed);
        let broken = self.properties.iter().filter(|watched| found(watched));
        let reported = broken.min_by_key(|watched| Some(watched.property.name) != focus)?;
        let found = reported.found().filter(|found| is_believed(found));
        Some((reported.property, found.collect()))
    }

    /// The sets of objects whose joint state a property looks at.
    pub(super) fn joined(&self) -> Vec<&'static [ObjectId]> {
        let sets = self.properties.iter().map(|watched| watched.property.joins);
        sets.filter(|set| !set.is_empty()).collect()
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

    /// What was exercised, if somebody has asked.
    pub(super) fn coverage(&self) -> Option<&Coverage> {
        self.watch.as_ref().map(Watch::coverage)
    }

    /// The callers that the scenario has staged.
    pub(super) fn callers(&self) -> usize {
        self.callers
    }

    /// The most faults and crashes that an execution came to.
    pub(super) fn met(&self, bounds: Bounds) -> [usize; 2] {
        let faults_met = match self.faults_staged {
            staged if staged > bounds.faults => staged,
            _ => self.faults_met,
        };
        [faults_met, self.crashes_met]
    }

    /// What the bounds name and no execution came to.
    pub(super) fn bounds_doubt(&self, bounds: Bounds) -> Option<Incomplete> {
        let other = bounds.other_than(self.met(bounds));
        other.map(|(what, named, met)| Incomplete::OtherBound { what, named, met })
    }

    /// The first executions.
    pub(super) fn histories(&self) -> &[History] {
        &self.histories
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
        if let Some(watch) = &mut self.watch {
            watch.stepped(subject, path, known);
        }
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
            if self.histories.len() < self.histories_max {
                let (plan, steps) = (self.plan.clone(), path.taken().collect());
                self.histories.push(History { plan, steps, ledger: moment.ledger.clone() });
            }
        });
    }

    fn wants_more(&mut self) -> bool {
        self.executions += 1;
        let is_over = self.is_abandoned.is_said() || self.is_over.is_said();
        !(is_over || self.has_enough())
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

//! What was found in all executions on loom's threads so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::finding::Finding;
use super::history::History;
use super::incomplete;
use super::timeline::recording;
use super::watched::{Candidate, Counterexample, Watched};
use crate::auth::World;
use crate::explore::{Lane, ProcessId, Snapshot};
use crate::property::{Breach, Moment, Property, Sometimes, When};
use crate::prove::judge::find_breach;
use crate::prove::options::Options;
use crate::prove::plans::{Befell, Budget};
use crate::prove::recording::{Recording, Reservation};
use crate::prove::stations::Sight;
use crate::prove::verdict::{Bounds, Conclusion, Incomplete, Level, Violation};
use crate::world::{
    Cancellation, Crash, Doubt, Fault, Mark, Memory, Outsiders, Panic, Plan, Setting as _,
    TaskStatus, Told, is_of_loom, memory_matters, take_operations,
};

/// Executions that are run after a property was seen broken, to learn which others are and whether
/// it happens more simply.
const EXECUTIONS_AFTER_BREACH: u64 = 1_000;

/// What was found in all executions so far.
pub(super) struct Tally {
    properties: Vec<Watched>,
    sometimes: Vec<(Sometimes, bool)>,
    pub(super) focus: Option<&'static str>,
    /// The only execution to look at, if not all are.
    wanted: Option<u64>,
    /// The only execution that was looked at.
    pub(super) looked_at: Option<Recording>,
    pub(super) executions: u64,
    executions_max: u64,
    pub(super) steps: u64,
    callers: usize,
    /// The most moves of each caller, under the present plan.
    moves_max: BTreeMap<usize, usize>,
    calls_to_hold: BTreeSet<ProcessId>,
    /// The calls that a fault can befall under the present plan, with its kinds.
    calls_to_fault: BTreeSet<(ProcessId, Fault)>,
    /// Whether an execution came to where one answer that was held was all that could move.
    has_held: bool,
    /// The most faults that an execution came to.
    faults_met: usize,
    /// The faults that the scenario itself asks for.
    faults_staged: usize,
    /// The entries of the present execution's history that were looked at.
    known: usize,
    /// Of each process, the task that it was started with first.
    firsts: Vec<Lane>,
    /// The most processes that crashed in an execution.
    crashes_met: usize,
    /// What was noticed of outsiders in any execution.
    outsiders: Option<Arc<Outsiders>>,
    /// How much atomics may do.
    pub(super) memory: Memory,
    /// What was seen of the present execution.
    history: Arc<Mutex<History>>,
    broken_since: Option<u64>,
    doubt: Option<Doubt>,
    pub(super) is_stopped: bool,
}

impl Tally {
    pub(super) fn new(
        properties: &[Property],
        sometimes: &[Sometimes],
        memory: Memory,
        options: &Options,
    ) -> Self {
        Tally {
            properties: properties.iter().map(|&property| Watched::new(property)).collect(),
            sometimes: sometimes.iter().map(|&one| (one, false)).collect(),
            focus: options.focus,
            wanted: None,
            looked_at: None,
            executions: 0,
            executions_max: options.executions_max,
            steps: 0,
            callers: 0,
            moves_max: BTreeMap::new(),
            calls_to_hold: BTreeSet::new(),
            calls_to_fault: BTreeSet::new(),
            has_held: false,
            faults_met: 0,
            faults_staged: 0,
            known: 0,
            firsts: Vec::new(),
            crashes_met: 0,
            outsiders: None,
            memory,
            history: Arc::default(),
            broken_since: None,
            doubt: None,
            is_stopped: false,
        }
    }

    /// Of one property in one execution.
    pub(super) fn of_one(
        property: Property,
        wanted: u64,
        memory: Memory,
        options: &Options,
    ) -> Self {
        Tally { wanted: Some(wanted), ..Tally::new(&[property], &[], memory, options) }
    }

    pub(super) fn sight(&self) -> Sight {
        let (executions, steps) = (self.executions, self.steps);
        let counts = Snapshot {
            executions,
            redundant: 0,
            impossible: 0,
            steps,
            positions: Vec::new(),
            probes: 0,
            estimated: None,
        };
        Sight { is_busy: true, counts }
    }

    /// What is found is not to be believed.
    pub(super) fn doubt(&mut self, doubt: Doubt) {
        self.doubt.get_or_insert(doubt);
    }

    /// What is noticed of outsiders, in all executions. Whose thread asks first runs them.
    pub(super) fn outsiders(&mut self) -> Arc<Outsiders> {
        Arc::clone(self.outsiders.get_or_insert_with(|| Arc::new(Outsiders::new())))
    }

    /// What comes next are executions under another plan.
    pub(super) fn begin(&mut self) {
        self.moves_max.clear();
        self.calls_to_fault.clear();
    }

    /// What more plans can be made of: a caller can be cancelled after each of its moves, and a
    /// call meet any fault that it can.
    pub(super) fn befell(&self, bounds: Bounds, plan: &Plan) -> Befell {
        let mut marks = Vec::new();
        for (&lane, &moves) in &self.moves_max {
            let lane = Lane(lane as u16);
            if plan.cancellations().all(|one| one.lane != lane) {
                let cancelled = |runs| Mark::Cancelled(Cancellation { lane, runs });
                marks.extend((1..=moves).map(cancelled));
            }
        }
        let could_crash = self.firsts.iter().filter(|&&first| plan.crash_of(first).is_none());
        marks.extend(could_crash.flat_map(|&first| Crash::all(first)).map(Mark::Crashed));
        marks.extend(plan.more_faults(&self.calls_to_fault));
        let budget = Budget::left(bounds, plan, self.faults_staged);
        let marks = budget.affordable(marks);
        Befell { marks, calls_to_hold: self.calls_to_hold.clone() }
    }

    /// An execution begins.
    pub(super) fn begin_execution(&mut self) {
        self.known = 0;
        self.history().begin();
    }

    /// Where what happens is to be noted, though this is locked.
    pub(super) fn shared_history(&self) -> Arc<Mutex<History>> {
        Arc::clone(&self.history)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at an execution as it goes.
    pub(super) fn look(&mut self, world: &World, tasks: &[TaskStatus], told: Told) {
        self.history().see_panics(tasks);
        world.with_ledger(|ledger| {
            let (known, length) = (self.known, ledger.entries().len());
            let moment = |held| Moment { ledger, known, tasks, held };
            match told {
                Told::Stepped if known < length => {
                    self.look_for(When::Always, &moment(None));
                    self.known = length;
                }
                Told::Stepped => {}
                Told::Cancelled(lane) => self.history().see_cancelled(lane),
                Told::Crashed(crash) => self.history().see_crashed(crash),
                Told::OnlyAnswer(lane) => {
                    self.has_held = true;
                    self.look_for(When::WhileHeld, &moment(Some(lane)));
                }
                Told::Ended { doubt, moves } => {
                    self.count(doubt, &moves, tasks);
                    self.conclude_execution(&moment(None));
                    self.executions += 1;
                    self.is_stopped |= self.executions >= self.executions_max;
                }
            }
        });
        self.calls_to_hold.extend(world.kernel().calls_to_hold());
        self.calls_to_fault.extend(world.kernel().calls_to_fault());
        self.faults_staged = self.faults_staged.max(world.faults_staged());
        self.faults_met = self.faults_met.max(world.faults_met());
        if self.firsts.is_empty() {
            self.firsts = world.kernel().firsts_of_processes();
        }
    }

    fn count(&mut self, doubt: Option<Doubt>, moves: &[usize], tasks: &[TaskStatus]) {
        self.steps += take_operations();
        for (lane, &moves) in moves.iter().enumerate().filter(|(lane, _)| tasks[*lane].is_caller) {
            let most = self.moves_max.entry(lane).or_default();
            *most = (*most).max(moves);
        }
        if let Some(doubt) = doubt {
            // What came of a foreign lock did happen; of the others, nothing can be said.
            let is_sound = matches!(doubt, Doubt::WaitedUnseen(_) | Doubt::UsedUnseen(_));
            self.is_stopped |= !is_sound;
            self.doubt.get_or_insert(doubt);
        }
    }

    fn conclude_execution(&mut self, moment: &Moment<'_>) {
        self.known = 0;
        let crashes = self.history().crashes();
        self.crashes_met = self.crashes_met.max(crashes);
        let is_sound =
            matches!(self.doubt, None | Some(Doubt::WaitedUnseen(_) | Doubt::UsedUnseen(_)));
        if is_sound {
            if crashes == 0 {
                self.callers = moment.callers();
            }
            for (one, shown) in &mut self.sometimes {
                *shown = *shown || (one.shown)(moment);
            }
            self.look_for(When::Always, moment);
            self.look_for(When::Eventually, moment);
        }
        if self.wanted == Some(self.executions + 1) {
            let looked_at = recording(moment, &self.history().seen, 0);
            self.looked_at = Some(looked_at);
        }
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        for watched in &mut self.properties {
            // Else what was found on the way there is not to be believed either.
            watched.end(is_sound.then_some(|at| recording(moment, &history.seen, at)));
        }
        drop(history);
        let has_enough = self
            .broken_since
            .is_some_and(|since| self.executions - since >= EXECUTIONS_AFTER_BREACH);
        self.is_stopped |= has_enough;
    }

    fn look_for(&mut self, when: When, moment: &Moment<'_>) {
        let execution = self.executions + 1;
        if self.wanted.is_some_and(|wanted| wanted != execution) {
            return;
        }
        let entries = moment.ledger.entries();
        let switches = entries.windows(2).filter(|pair| pair[0].by != pair[1].by).count();
        let simplicity = (switches, entries.len());
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        for watched in self.properties.iter_mut().filter(|one| one.would_take(simplicity)) {
            let property = &watched.property;
            if let Some(breach) = find_breach(property, when, moment) {
                let breached_at = history.length_when_broken(property, when, &breach, moment);
                let memory_matters = memory_matters();
                watched.breaks(Candidate {
                    simplicity,
                    breach,
                    breached_at,
                    execution,
                    memory_matters,
                });
                self.broken_since.get_or_insert(self.executions);
            }
        }
    }

    /// What is to be said if nothing is broken.
    pub(super) fn conclude(
        &self,
        ended: Option<Result<(), Panic>>,
        bounds: Bounds,
        options: &Options,
    ) -> Conclusion {
        if let Some(thread) = self.used_from_elsewhere() {
            return Conclusion::Incomplete(Incomplete::UsedFromElsewhere { thread });
        }
        if let Some(doubt) = &self.doubt {
            return Conclusion::Incomplete(incomplete(doubt));
        }
        Conclusion::Incomplete(match ended {
            None => {
                let seconds = options.step_time_max.as_secs();
                Incomplete::ExecutionNeverReturned { seconds }
            }
            Some(Err(_)) if self.is_stopped => {
                Incomplete::ExecutionLimit { executions: options.executions_max }
            }
            Some(Err(panic)) if is_of_loom(&panic) => Incomplete::LoomGaveUp { panic },
            Some(Err(panic)) => Incomplete::SetUpPanicked { panic, broken: Vec::new() },
            Some(Ok(())) => match self.left_open(bounds) {
                Some(reason) => reason,
                None => return Conclusion::Proved,
            },
        })
    }

    /// What every execution together leave open.
    fn left_open(&self, bounds: Bounds) -> Option<Incomplete> {
        if bounds.crashes > 0 && bounds.clock_advances > 1 {
            let what = "crashes while its clock goes on more than once";
            return Some(Incomplete::NotAtThisLevel { what });
        }
        // What the scenario stages befalls calls here too.
        if let Some((what, named, met)) = bounds.other_than([self.faults_met, self.crashes_met]) {
            return Some(Incomplete::OtherBound { what, named, met });
        }
        if self.callers == 0 || self.callers != bounds.callers {
            let (named, staged) = (bounds.callers, self.callers);
            return Some(Incomplete::OtherCallers { named, staged });
        }
        let never_shown = self.sometimes.iter().filter(|(_, shown)| !shown);
        let names: Vec<&'static str> = never_shown.map(|(one, _)| one.name).collect();
        if !names.is_empty() {
            return Some(Incomplete::NeverShown { names });
        }
        let names = self.not_looked_at();
        (!names.is_empty()).then_some(Incomplete::NotLookedAt { names })
    }

    /// The properties that are looked at while an answer is held, if none ever was.
    fn not_looked_at(&self) -> Vec<&'static str> {
        let needs_hold =
            |property: &Property| property.checks.iter().any(|(when, _)| *when == When::WhileHeld);
        let properties = self.properties.iter().map(|watched| watched.property);
        properties.filter(|one| !self.has_held && needs_hold(one)).map(|one| one.name).collect()
    }

    /// The name of a thread that is not the search's and has used something of it, if one has.
    fn used_from_elsewhere(&self) -> Option<Option<String>> {
        let outsiders = self.outsiders.as_ref().filter(|outsiders| outsiders.was_seen())?;
        Some(outsiders.thread())
    }

    /// The broken property asked for, or else the first.
    pub(super) fn finding(&self) -> Option<Finding> {
        // Who waits for an outsider does not wait for ever.
        let may_go_on = self.used_from_elsewhere().is_some();
        let is_believed = |found: &Counterexample| {
            !(may_go_on && matches!(found.breach, Breach::Unfinished { .. }))
        };
        let broken = || {
            let found = self.properties.iter();
            let found = found.filter_map(|one| Some((one.property, one.counterexample()?)));
            found.filter(|(_, found)| is_believed(found))
        };
        let (property, found) =
            broken().min_by_key(|(property, _)| Some(property.name) != self.focus)?;
        let others = broken().map(|(other, _)| other.name);
        let others = others.filter(|&name| name != property.name).collect();
        let (breach, mut recording) = (found.breach.clone(), found.recording.clone());
        recording.reservation = (found.memory_matters && self.memory == Memory::Loose)
            .then_some(Reservation::LooseAtomics);
        let (prevention, schedule) = (None, None);
        let level = Level::Thread;
        let violation =
            Violation { property, level, others, breach, recording, prevention, schedule };
        Some(Finding { execution: found.execution, memory: self.memory, violation })
    }
}

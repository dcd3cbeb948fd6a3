//! Level `thread`: loom runs the callers, each on a thread; every execution is judged at its end.
//!
//! What loom calls an iteration is an execution here. Its limits end it with a panic, which is told
//! from one of the code under test by where it comes from, and is never a pass.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::explore::Options;
use super::judge::find_breach;
use super::recording::{Recording, Row, RowEnd};
use super::scenario::Scenario;
use super::search_thread::{spawn, watched};
use super::verdict::{Bounds, Conclusion, Incomplete, Level, Verdict, Violation};
use crate::auth::World;
use crate::explore::{Lane, Snapshot};
use crate::property::{Breach, Moment, Property, Sometimes, When};
use crate::world::{
    Doubt, Panic, Setting as _, Stage, TEAM_MAX, TaskState, TaskStatus, Team, attempt, is_of_loom,
    take_operations,
};

/// Executions that are run after a property was seen broken, to learn which others are and whether
/// it happens more simply.
const EXECUTIONS_AFTER_BREACH: u64 = 1_000;

/// Explores on loom's threads.
pub(super) fn explore_threads<T: ?Sized + 'static>(
    scenario: &Scenario<T>,
    stage: Stage<World>,
    options: &Options,
    watch: &mut dyn FnMut(&Snapshot),
) -> Verdict {
    let started = Instant::now();
    let properties = scenario.all_properties();
    let tally = Arc::new(Mutex::new(Tally::new(&properties, &scenario.sometimes, options)));
    let ended = search(stage, &tally, options, watch);
    let tally = lock(&tally);
    let is_exhausted = matches!(ended, Some(Ok(())));
    Verdict {
        scenario: scenario.name,
        summary: scenario.summary,
        model: options.model,
        level: Level::Thread,
        bounds: scenario.bounds,
        preemptions: options.preemptions,
        conclusion: tally.conclude(ended, scenario.bounds, options),
        properties,
        executions: tally.executions,
        is_exhausted,
        redundant: 0,
        steps: tally.steps,
        elapsed: started.elapsed(),
    }
}

/// Runs loom to its end on a thread of its own. `None` if an execution does not return; then that
/// thread is left behind.
fn search(
    stage: Stage<World>,
    tally: &Arc<Mutex<Tally>>,
    options: &Options,
    watch: &mut dyn FnMut(&Snapshot),
) -> Option<Result<(), Panic>> {
    let (sender, receiver) = mpsc::channel();
    let (shared, steps_max, preemptions) =
        (Arc::clone(tally), options.steps_max, options.preemptions);
    spawn(move || {
        let ended = attempt(|| {
            let mut builder = loom::model::Builder::new();
            // Whatever the environment says.
            builder.max_threads = TEAM_MAX + 1;
            builder.max_branches = steps_max;
            builder.max_permutations = None;
            builder.max_duration = None;
            builder.preemption_bound = preemptions;
            builder.checkpoint_file = None;
            builder.checkpoint_interval = usize::MAX;
            builder.expect_explicit_explore = false;
            builder.location = false;
            builder.log = false;
            builder.check(move || execute(&stage, &shared));
        });
        Team::dissolve();
        // Nobody listens any more if the search was given up.
        let _ = sender.send(ended);
    });
    let ended = watched(&receiver, options.step_time_max, || lock(tally).counts(), watch);
    if ended.is_err() {
        lock(tally).is_stopped = true;
    }
    ended.ok()
}

/// One execution, on loom's first thread.
fn execute(stage: &Stage<World>, tally: &Arc<Mutex<Tally>>) {
    if lock(tally).is_stopped {
        // loom has no other way to end early.
        std::panic::resume_unwind(Box::new("there is enough"));
    }
    let team = Team::begin();
    let world = World::of_team();
    stage(&world);
    let (tally, judged) = (Arc::clone(tally), world.clone());
    team.at_end(Box::new(move |tasks, doubt| lock(&tally).judge(&judged, tasks, doubt)));
    world.kernel().start(&team);
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A broken property and the simplest execution that breaks it: the fewest switches in its history.
struct Counterexample {
    switches: usize,
    breach: Breach,
    recording: Recording,
}

/// What was found in all executions so far.
struct Tally {
    properties: Vec<(Property, Option<Counterexample>)>,
    sometimes: Vec<(Sometimes, bool)>,
    focus: Option<&'static str>,
    executions: u64,
    executions_max: u64,
    steps: u64,
    callers: usize,
    broken_since: Option<u64>,
    doubt: Option<Doubt>,
    is_stopped: bool,
}

impl Tally {
    fn new(properties: &[Property], sometimes: &[Sometimes], options: &Options) -> Self {
        Tally {
            properties: properties.iter().map(|&property| (property, None)).collect(),
            sometimes: sometimes.iter().map(|&one| (one, false)).collect(),
            focus: options.focus,
            executions: 0,
            executions_max: options.executions_max,
            steps: 0,
            callers: 0,
            broken_since: None,
            doubt: None,
            is_stopped: false,
        }
    }

    fn counts(&self) -> Snapshot {
        let (executions, steps) = (self.executions, self.steps);
        let positions = Vec::new();
        Snapshot { executions, redundant: 0, steps, positions, probes: 0, estimated: None }
    }

    /// Looks at an execution that has ended.
    fn judge(&mut self, world: &World, tasks: &[TaskStatus], doubt: Option<Doubt>) {
        self.executions += 1;
        self.steps += take_operations();
        self.is_stopped |= self.executions >= self.executions_max;
        if let Some(doubt) = doubt {
            // What came of a foreign lock did happen; of the others, nothing can be said.
            let is_sound = matches!(doubt, Doubt::WaitedUnseen(_) | Doubt::UsedUnseen(_));
            self.doubt.get_or_insert(doubt);
            if !is_sound {
                self.is_stopped = true;
                return;
            }
        }
        world.with_ledger(|ledger| {
            let moment = Moment { ledger, known: 0, tasks, held: None };
            self.callers = moment.callers();
            for (one, shown) in &mut self.sometimes {
                *shown = *shown || (one.shown)(&moment);
            }
            self.look(&moment);
        });
        let has_enough = self
            .broken_since
            .is_some_and(|since| self.executions - since > EXECUTIONS_AFTER_BREACH);
        self.is_stopped |= has_enough;
    }

    fn look(&mut self, moment: &Moment<'_>) {
        let entries = moment.ledger.entries();
        let switches = entries.windows(2).filter(|pair| pair[0].by != pair[1].by).count();
        for (property, found) in &mut self.properties {
            if found.as_ref().is_some_and(|found| found.switches <= switches) {
                continue;
            }
            let breach = find_breach(property, When::Always, moment)
                .or_else(|| find_breach(property, When::Eventually, moment));
            if let Some(breach) = breach {
                let recording = recording(moment);
                *found = Some(Counterexample { switches, breach, recording });
                self.broken_since.get_or_insert(self.executions);
            }
        }
    }

    fn conclude(
        &self,
        ended: Option<Result<(), Panic>>,
        bounds: Bounds,
        options: &Options,
    ) -> Conclusion {
        if let Some(violation) = self.violation() {
            return Conclusion::Violated(Box::new(violation));
        }
        if let Some(doubt) = &self.doubt {
            return Conclusion::Incomplete(incomplete(doubt));
        }
        let never_shown = self.sometimes.iter().filter(|(_, shown)| !shown);
        let never_shown: Vec<&'static str> = never_shown.map(|(one, _)| one.name).collect();
        let unseen: Vec<&'static str> = self
            .properties
            .iter()
            .filter(|(property, _)| property.checks.iter().any(|(at, _)| *at == When::WhileHeld))
            .map(|(property, _)| property.name)
            .collect();
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
            Some(Ok(())) if bounds.cancellations > 0 => {
                Incomplete::NotAtThisLevel { what: "cancels callers" }
            }
            Some(Ok(())) if !unseen.is_empty() => Incomplete::NotLookedAt { names: unseen },
            Some(Ok(())) if self.callers == 0 || self.callers != bounds.callers => {
                Incomplete::OtherCallers { named: bounds.callers, staged: self.callers }
            }
            Some(Ok(())) if !never_shown.is_empty() => {
                Incomplete::NeverShown { names: never_shown }
            }
            Some(Ok(())) => return Conclusion::Proved,
        })
    }

    /// The broken property asked for, or else the first.
    fn violation(&self) -> Option<Violation> {
        let broken = || {
            let found = |(property, found): &'_ (Property, Option<Counterexample>)| {
                found
                    .as_ref()
                    .map(|found| (*property, found.breach.clone(), found.recording.clone()))
            };
            self.properties.iter().filter_map(found)
        };
        let focused = broken().find(|(property, ..)| Some(property.name) == self.focus);
        let (property, breach, recording) = focused.or_else(|| broken().next())?;
        let others = broken().map(|(other, ..)| other.name);
        let others = others.filter(|&name| name != property.name).collect();
        Some(Violation { property, others, breach, recording, prevention: None, schedule: None })
    }
}

fn incomplete(doubt: &Doubt) -> Incomplete {
    match doubt {
        Doubt::TooManyTasks => Incomplete::TooManyThreads { tasks_max: TEAM_MAX },
        Doubt::GaveUp(panic) => Incomplete::LoomGaveUp { panic: panic.clone() },
        Doubt::WaitedUnseen(task) => Incomplete::WaitedUnseen { task: task.clone() },
        Doubt::UsedUnseen(task) => Incomplete::UsedUnseen { task: task.clone() },
        Doubt::WokenFromElsewhere(thread) => {
            Incomplete::UsedFromElsewhere { thread: thread.clone() }
        }
        Doubt::NotHere(what) => Incomplete::NotAtThisLevel { what },
    }
}

/// The history as a timeline: a row an entry, then who waits for ever and who panicked.
fn recording(moment: &Moment<'_>) -> Recording {
    let row = |lane: Lane, events, end| Row {
        lane,
        step: moment.tasks[usize::from(lane.0)].name.to_string(),
        events,
        sent: Vec::new(),
        end,
        accesses: Vec::new(),
    };
    let entries = moment.ledger.entries();
    let mut rows: Vec<Row> = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| row(entry.by, at..at + 1, RowEnd::AwaitsAnswer))
        .collect();
    for (lane, task) in moment.tasks.iter().enumerate() {
        let end = match &task.state {
            TaskState::Running if task.is_caller => RowEnd::Waits,
            TaskState::Panicked(panic) => RowEnd::Panicked(panic.clone()),
            _ => continue,
        };
        rows.push(row(Lane(lane as u16), entries.len()..entries.len(), end));
    }
    let lanes = moment.tasks.iter().map(|task| task.name.to_string()).collect();
    Recording { lanes, scheduled: rows.len(), rows, ledger: moment.ledger.clone() }
}

//! From what a search found to a verdict.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::judge::{Counterexample, Judge, Subject};
use super::prevention::find_prevention;
use super::recording::{Row, RowEnd, continued, record};
use super::scenario::Scenario;
use super::schedule::{Schedule, ScheduledStep};
use super::search_thread::{Lost, Searched, Task, search, within};
use super::step_text::{step_text, step_texts};
use super::verdict::{Bounds, Conclusion, Incomplete, Level, Verdict, Violation};
use super::watched_run::WatchedRun;
use crate::auth::World;
use crate::explore::{
    Choice, Divergence, Ended, Limits, Program as _, Progress, Snapshot, round_robin,
};
use crate::property::{Breach, EVERYONE_FINISHES, Property};
use crate::world::{Plan, Stage};

/// How to explore.
#[derive(Debug, Clone)]
pub struct Options {
    /// The model's name, for the verdict and the schedule.
    pub model: Option<&'static str>,
    /// The property to report if it is broken. Without one, or if it holds, the first broken
    /// property of the scenario's list is reported.
    pub focus: Option<&'static str>,
    /// How finely to cut executions into steps.
    pub level: Level,
    /// At level `thread`, how often a thread may be interrupted in an execution; `None` is no
    /// bound.
    pub preemptions: Option<usize>,
    /// Which schedules to run.
    pub search: Search,
    /// Steps after which an execution is taken to be endless.
    pub steps_max: usize,
    /// Executions after which to give up: then it is no proof. Some more are run all the same, to
    /// find the simplest counterexample.
    pub executions_max: u64,
    /// What a sampled search draws its random numbers from: the same seed, the same schedules.
    pub seed: u64,
    /// Executions of a sampled search under each plan of cancellations and held calls.
    pub samples: u64,
    /// Random executions from which to estimate, before a search, how many it will take; 0 for no
    /// estimate. They are not part of what is proved, and not counted.
    pub probes: u64,
    /// How long a single step may take before it is taken never to return.
    pub step_time_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            model: None,
            focus: None,
            level: Level::Await,
            preemptions: Some(2),
            search: Search::Optimal,
            steps_max: 1_000,
            executions_max: u64::MAX,
            seed: 1,
            samples: 10_000,
            probes: 0,
            step_time_max: Duration::from_secs(10),
        }
    }
}

/// How many times the patience with a step running some schedules again may take, all together.
pub(super) const RERUN_PATIENCE: u32 = 6;

/// Which schedules are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// One of each interleaving class, up to the names of identical callers.
    Optimal,
    /// All. Much slower; what the other is measured against.
    Plain,
    /// Some, at random, which is never a proof: by priorities that change at `depth - 1` steps
    /// ([`Pct`](crate::explore::Pct)).
    Pct {
        /// The steps whose order makes the bugs to find.
        depth: usize,
    },
    /// Some, at random, which is never a proof: by priorities of steps
    /// ([`Pos`](crate::explore::Pos)).
    Pos,
    /// Some, at random, which is never a proof: by a uniform random walk
    /// ([`Urw`](crate::explore::Urw)).
    Walk,
}

pub(super) fn explore<T: ?Sized + 'static>(
    scenario: &Scenario<T>,
    stage: Stage<World>,
    options: &Options,
    watch: &mut dyn FnMut(&Snapshot),
) -> Verdict {
    let started = Instant::now();
    let limits = Limits { steps_max: options.steps_max };
    let progress = Arc::new(Progress::new(limits));
    let properties = scenario.all_properties();
    let task = Task {
        stage: Stage::clone(&stage),
        judge: Judge::new(&properties, &scenario.sometimes, options),
        bounds: scenario.bounds,
        limits,
        options: options.clone(),
    };
    let outcome = search(task, &progress, watch);
    let counts = match &outcome {
        Ok(searched) => searched.counts.clone(),
        Err(lost) => lost.counts.clone(),
    };
    let is_exhausted = matches!(&outcome, Ok(Searched { ended: Ok(Ended::Exhausted), .. }));
    let broken: Vec<&'static str> = match &outcome {
        Ok(searched) => searched.judge.broken().map(|property| property.name).collect(),
        Err(lost) => lost.reported.iter().map(|(property, _)| property.name).collect(),
    };
    let (name, bounds, options) = (scenario.name, scenario.bounds, options.clone());
    let (model, level) = (options.model, options.level);
    let patience = options.step_time_max * RERUN_PATIENCE;
    let explored = Explored { scenario: name, bounds, stage, options, limits };
    let conclude = move || match outcome {
        Ok(searched) => explored.conclude(&searched),
        Err(lost) => explored.conclude_lost(&lost),
    };
    // Whatever runs code under test may block or panic.
    let conclusion = match within(patience, conclude) {
        Some(Ok(conclusion)) => conclusion,
        Some(Err(panic)) => Conclusion::Incomplete(Incomplete::SetUpPanicked { panic, broken }),
        None => {
            let seconds = patience.as_secs();
            Conclusion::Incomplete(Incomplete::RerunNeverReturned { seconds, broken })
        }
    };
    let Snapshot { executions, redundant, steps, .. } = counts;
    Verdict {
        scenario: scenario.name,
        summary: scenario.summary,
        model,
        level,
        bounds: scenario.bounds,
        preemptions: None,
        properties,
        conclusion,
        executions,
        is_exhausted,
        redundant,
        steps,
        elapsed: started.elapsed(),
    }
}

/// What a conclusion is drawn from.
struct Explored {
    scenario: &'static str,
    bounds: Bounds,
    stage: Stage<World>,
    options: Options,
    limits: Limits,
}

impl Explored {
    fn conclude(&self, searched: &Searched) -> Conclusion {
        if let Some((property, Counterexample { steps, breach, .. })) = &searched.reported {
            let others = searched.judge.broken().map(|other| other.name);
            let others = others.filter(|&name| name != property.name).collect();
            return self.violated(*property, breach.clone(), steps, others);
        }
        let incomplete = match &searched.ended {
            Err(panic) => Incomplete::SetUpPanicked { panic: panic.clone(), broken: Vec::new() },
            Ok(Ended::StepLimit) => return self.conclude_endless(&searched.plan),
            Ok(Ended::Diverged(divergence)) => {
                let (expected, found) = searched.divergence_texts.clone().unwrap_or_default();
                Incomplete::Nondeterministic { step: divergence.step + 1, expected, found }
            }
            Ok(Ended::Stopped) => {
                let limit = Incomplete::ExecutionLimit { executions: self.options.executions_max };
                searched.doubt.clone().unwrap_or(limit)
            }
            Ok(Ended::Sampled) => searched.doubt.clone().unwrap_or(Incomplete::Sampled {
                executions: searched.counts.executions,
                seed: self.options.seed,
                bound: searched.bound,
            }),
            Ok(Ended::Exhausted) => match self.doubt(searched) {
                None => return Conclusion::Proved,
                Some(doubt) => doubt,
            },
        };
        Conclusion::Incomplete(incomplete)
    }

    /// What speaks against believing that nothing is broken.
    fn doubt(&self, searched: &Searched) -> Option<Incomplete> {
        let (named, staged) = (self.bounds.callers, searched.judge.callers());
        let names = searched.judge.never_shown();
        if let Some(doubt) = &searched.doubt {
            Some(doubt.clone())
        } else if staged == 0 || staged != named {
            Some(Incomplete::OtherCallers { named, staged })
        } else if let Some(doubt) = searched.judge.bounds_doubt(self.bounds) {
            Some(doubt)
        } else if !names.is_empty() {
            Some(Incomplete::NeverShown { names })
        } else if !searched.judge.not_looked_at().is_empty() {
            Some(Incomplete::NotLookedAt { names: searched.judge.not_looked_at() })
        } else {
            None
        }
    }

    /// A step did not return, or what is around the steps.
    fn conclude_lost(&self, lost: &Lost) -> Conclusion {
        match &lost.reported {
            Some((property, Counterexample { steps, breach, .. }))
                if lost.counts.positions.is_empty() =>
            {
                self.violated(*property, breach.clone(), steps, Vec::new())
            }
            reported => {
                let others = reported.iter().map(|(property, _)| property.name).collect();
                self.conclude_blocked(&lost.counts, lost.plan.clone(), others)
            }
        }
    }

    /// An execution went past the limit: for ever, or only because somebody never got a turn?
    fn conclude_endless(&self, plan: &Plan) -> Conclusion {
        let mut subject = Subject::new(Stage::clone(&self.stage)).under(plan.clone());
        let steps = self.limits.steps_max;
        match round_robin(&mut subject, self.limits) {
            Err(_) if subject.callers_have_ended() => {
                Conclusion::Incomplete(Incomplete::BackgroundNeverRests { steps })
            }
            Err(taken) => {
                self.violated(EVERYONE_FINISHES, Breach::Endless { steps }, &taken, Vec::new())
            }
            Ok(()) => Conclusion::Incomplete(Incomplete::StepLimit { steps }),
        }
    }

    /// A step did not return: everything up to it is run again, the step itself only named.
    fn conclude_blocked(
        &self,
        snapshot: &Snapshot,
        plan: Plan,
        others: Vec<&'static str>,
    ) -> Conclusion {
        let seconds = self.options.step_time_max.as_secs();
        let mut subject = Subject::new(Stage::clone(&self.stage)).under(plan);
        let (mut possible, mut taken) = (Vec::new(), Vec::new());
        subject.reset();
        for (step, &position) in snapshot.positions.iter().enumerate() {
            subject.enabled(&mut possible);
            let Some(&choice) = possible.get(position) else { break };
            taken.push(choice);
            if step + 1 < snapshot.positions.len() {
                subject.step(choice.process);
            }
        }
        let Some(stuck) = taken.pop() else {
            return Conclusion::Incomplete(Incomplete::SetUpNeverReturned { seconds });
        };
        let lane = stuck.process.lane;
        let mut recording = match record(&self.stage, &taken, taken.len() + 1) {
            Ok(recording) => recording,
            Err(divergence) => return nondeterministic(&self.stage, &divergence),
        };
        let end = recording.ledger.entries().len();
        recording.rows.push(Row {
            lane,
            step: step_text(subject.kernel(), stuck),
            events: end..end,
            sent: Vec::new(),
            end: RowEnd::NeverReturned,
            accesses: Vec::new(),
        });
        Conclusion::Violated(Box::new(Violation {
            property: EVERYONE_FINISHES,
            others,
            breach: Breach::StepNeverReturned { lane, seconds },
            recording,
            prevention: None,
            schedule: None,
        }))
    }

    fn violated(
        &self,
        property: Property,
        breach: Breach,
        steps: &[Choice],
        others: Vec<&'static str>,
    ) -> Conclusion {
        let schedule = Schedule {
            scenario: self.scenario.to_owned(),
            model: self.options.model.map(str::to_owned),
            level: self.options.level,
            bounds: self.bounds,
            property: property.name.to_owned(),
            steps: Vec::new(),
            last_line: 0,
        };
        match describe_violation(&self.stage, property, breach, steps, schedule) {
            Ok(violation) => Conclusion::Violated(Box::new(Violation { others, ..violation })),
            Err(Unreproducible::Diverged(divergence)) => nondeterministic(&self.stage, &divergence),
            Err(Unreproducible::Held) => {
                Conclusion::Incomplete(Incomplete::NotReproduced { property: property.name })
            }
        }
    }
}

/// Why a counterexample cannot be shown again.
pub(super) enum Unreproducible {
    /// Other steps were possible.
    Diverged(Divergence),
    /// The same steps were taken and the property held.
    Held,
}

impl From<Divergence> for Unreproducible {
    fn from(divergence: Divergence) -> Self {
        Unreproducible::Diverged(divergence)
    }
}

/// How these steps break the property when they are taken again, if they do.
fn breach_shown_by(
    stage: &Stage<World>,
    property: &Property,
    steps: &[Choice],
) -> Result<Option<Breach>, Divergence> {
    let mut subject = Subject::new(Stage::clone(stage)).under(Plan::of(steps));
    let mut run = WatchedRun::begin(&mut subject, *property);
    for (step, &choice) in steps.iter().enumerate() {
        if !run.possible().contains(&choice) {
            let found = run.possible().to_vec();
            return Err(Divergence { step, expected: vec![choice], found });
        }
        let found = run.step(choice);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Runs a counterexample again and says all there is to say of it. The steps of `schedule` are
/// filled in.
pub(super) fn describe_violation(
    stage: &Stage<World>,
    property: Property,
    mut breach: Breach,
    steps: &[Choice],
    schedule: Schedule,
) -> Result<Violation, Unreproducible> {
    let scheduled = steps.len();
    let steps_max = 4 * scheduled + 100;
    let (recording, prevention) = match breach {
        Breach::Endless { .. } => (record(stage, steps, scheduled)?, None),
        _ => {
            // The implementation may keep something outside its world: what is reported is what
            // this run shows, or nothing.
            breach = breach_shown_by(stage, &property, steps)?.ok_or(Unreproducible::Held)?;
            let steps = continued(stage, steps, steps_max)?;
            let recording = record(stage, &steps, scheduled)?;
            let prevention = find_prevention(stage, &property, &steps, &recording, steps_max);
            (recording, prevention)
        }
    };
    let texts = recording.rows[..scheduled].iter().enumerate();
    let steps =
        texts.map(|(at, row)| ScheduledStep { line: at + 1, text: row.step.clone() }).collect();
    let schedule = Some(Schedule { steps, ..schedule });
    Ok(Violation { property, others: Vec::new(), breach, recording, prevention, schedule })
}

fn nondeterministic(stage: &Stage<World>, divergence: &Divergence) -> Conclusion {
    // A fresh world knows the names of the lanes that exist from the start, which is all that the
    // texts need unless tasks were spawned.
    let mut subject = Subject::new(Stage::clone(stage));
    subject.reset();
    Conclusion::Incomplete(Incomplete::Nondeterministic {
        step: divergence.step + 1,
        expected: step_texts(subject.kernel(), &divergence.expected),
        found: step_texts(subject.kernel(), &divergence.found),
    })
}

#[cfg(test)]
mod tests;

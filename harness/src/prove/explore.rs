//! From what a search found to a verdict.

use std::time::Instant;

use super::judge::{Judge, Subject};
use super::options::{Options, Search};
use super::prevention::find_prevention;
use super::recording::{Row, RowEnd, continued, record};
use super::scenario::Scenario;
use super::schedule::{Schedule, ScheduledStep};
use super::search_thread::{Lost, Searched, Task, search, within};
use super::shard::{Shard, Share};
use super::stages::{Stages, Told};
use super::step_text::{step_text, step_texts};
use super::verdict::{Bounds, Conclusion, Incomplete, Verdict, Violation};
use super::watched_run::WatchedRun;
use crate::auth::World;
use crate::explore::{
    Choice, Divergence, Ended, Limits, Program as _, Snapshot, cycle, round_robin,
};
use crate::property::{Breach, EVERYONE_FINISHES, Property};
use crate::world::{Plan, Stage};

/// How many times the patience with a step running some schedules again may take, all together.
pub(super) const RERUN_PATIENCE: u32 = 6;

pub(super) fn explore<T: ?Sized + 'static>(
    scenario: &Scenario<T>,
    stages: Stages,
    options: &Options,
    watch: &mut dyn FnMut(&Snapshot),
) -> Verdict {
    let started = Instant::now();
    let limits = Limits { steps_max: options.steps_max };
    let properties = scenario.all_properties();
    let task = Task {
        stage: stages.searched,
        judge: Judge::new(&properties, &scenario.sometimes, options),
        bounds: scenario.bounds,
        limits,
        options: options.clone(),
    };
    let outcome = search(task, watch);
    let counts = match &outcome {
        Ok(searched) => searched.counts.clone(),
        Err(lost) => lost.counts.clone(),
    };
    let is_exhausted = matches!(&outcome, Ok(Searched { ended: Ok(Ended::Exhausted), .. }));
    let share = options.shard.map(|shard| share(shard, scenario.bounds, outcome.as_ref().ok()));
    let broken: Vec<&'static str> = match &outcome {
        Ok(searched) => searched.judge.broken().map(|property| property.name).collect(),
        Err(lost) => lost.reported.iter().map(|(property, _)| property.name).collect(),
    };
    let coverage = outcome.as_ref().ok().and_then(|searched| searched.judge.coverage().cloned());
    let (name, bounds, options) = (scenario.name, scenario.bounds, options.clone());
    let (model, level, sharing) = (options.model, options.level, options.sharing);
    let patience = options.step_time_max * RERUN_PATIENCE;
    let explored = Explored { scenario: name, bounds, told: stages.told, options, limits };
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
        sharing,
        bounds: scenario.bounds,
        preemptions: None,
        properties,
        conclusion,
        executions,
        is_exhausted,
        redundant,
        steps,
        share,
        coverage,
        elapsed: started.elapsed(),
    }
}

/// What others have to know of a share; nothing is known of a search that did not come back.
fn share(shard: Shard, bounds: Bounds, searched: Option<&Searched>) -> Share {
    let reported = searched.and_then(|searched| searched.reported.as_ref());
    let plans = searched.map(|searched| searched.plans.clone()).unwrap_or_default();
    let size = reported.map(|(_, found)| {
        let plan = found.plan.with_everybody();
        let place = plans.iter().position(|share| share.is_of(&plan));
        let (befalls, steps) = (plan.befalls(), found.steps.len());
        let place = place.unwrap_or(plans.len());
        [usize::from(plan.is_coarser), befalls, found.switches, steps, place]
    });
    Share {
        shard,
        plans,
        callers: searched.map_or(0, |searched| searched.judge.callers()),
        never_shown: searched.map(|searched| searched.judge.never_shown()).unwrap_or_default(),
        not_looked_at: searched.map(|searched| searched.judge.not_looked_at()).unwrap_or_default(),
        met: searched.map(|searched| searched.judge.met(bounds)).unwrap_or_default(),
        size,
    }
}

/// What a conclusion is drawn from.
struct Explored {
    scenario: &'static str,
    bounds: Bounds,
    told: Told,
    options: Options,
    limits: Limits,
}

impl Explored {
    fn conclude(&self, searched: &Searched) -> Conclusion {
        if let Some((property, found)) = &searched.reported {
            let others = searched.judge.broken().map(|other| other.name);
            let others = others.filter(|&name| name != property.name).collect();
            let breach = found.breach.clone();
            return self.violated(*property, breach, (&found.plan, &found.steps), others);
        }
        let incomplete = match &searched.ended {
            Err(panic) => Incomplete::SetUpPanicked { panic: panic.clone(), broken: Vec::new() },
            Ok(Ended::StepLimit) => return self.conclude_endless(&searched.plan),
            Ok(Ended::Diverged(divergence)) => {
                let (expected, found) = searched.divergence_texts.clone().unwrap_or_default();
                Incomplete::Nondeterministic { step: divergence.step + 1, expected, found }
            }
            Ok(Ended::OrderMatters(_)) => {
                let (steps, _) = searched.divergence_texts.clone().unwrap_or_default();
                Incomplete::OrderMatters { steps }
            }
            Ok(Ended::OutcomeChanged) => Incomplete::OutcomeChanged,
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
        // A share may have no execution that comes to its end.
        let has_others = self.options.shard.is_some();
        if let Some(doubt) = &searched.doubt {
            Some(doubt.clone())
        } else if (staged == 0 && !has_others) || (staged != 0 && staged != named) {
            Some(Incomplete::OtherCallers { named, staged })
        } else if let Some(shard) = self.options.shard {
            // What it has not seen, another may have.
            Some(Incomplete::OneShard { shard })
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
            Some((property, found)) if lost.counts.positions.is_empty() => {
                let breach = found.breach.clone();
                self.violated(*property, breach, (&found.plan, &found.steps), Vec::new())
            }
            reported => {
                let others = reported.iter().map(|(property, _)| property.name).collect();
                self.conclude_blocked(&lost.counts, lost.plan.clone(), others)
            }
        }
    }

    /// An execution went past the limit: for ever, or only because somebody never got a turn?
    fn conclude_endless(&self, plan: &Plan) -> Conclusion {
        let (stage, _) = self.told.under(plan);
        let mut subject = Subject::new(Stage::clone(stage)).under(plan.clone());
        let steps = self.limits.steps_max;
        match round_robin(&mut subject, self.limits) {
            Err(_) if subject.callers_have_ended() => {
                Conclusion::Incomplete(Incomplete::BackgroundNeverRests { steps })
            }
            Err(_) if let Some(place) = subject.outsiders().given_up() => {
                Conclusion::Incomplete(Incomplete::GivenUpAtOnce { place })
            }
            Err(taken) => {
                let breach = Breach::Endless { steps, cycle: cycle(&taken) };
                self.violated(EVERYONE_FINISHES, breach, (plan, &taken), Vec::new())
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
        let (stage, level) = self.told.under(&plan);
        let mut subject = Subject::new(Stage::clone(stage)).under(plan.clone());
        if self.options.search == Search::Optimal {
            // What was possible in the search, in the same places.
            subject.explore_up_to_renaming();
        }
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
        let mut recording = match record(stage, &taken, taken.len() + 1) {
            Ok(recording) => recording,
            Err(divergence) => return nondeterministic(stage, &divergence),
        };
        recording.rows.push(Row {
            lane,
            step: step_text(subject.kernel(), stuck),
            deeds: Vec::new(),
            end: RowEnd::NeverReturned,
            accesses: Vec::new(),
        });
        Conclusion::Violated(Box::new(Violation {
            property: EVERYONE_FINISHES,
            level,
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
        (plan, steps): (&Plan, &[Choice]),
        others: Vec<&'static str>,
    ) -> Conclusion {
        let (stage, level) = self.told.under(plan);
        let schedule = Schedule {
            scenario: self.scenario.to_owned(),
            model: self.options.model.map(str::to_owned),
            level,
            bounds: self.bounds,
            property: property.name.to_owned(),
            steps: Vec::new(),
            last_line: 0,
        };
        match describe_violation(stage, property, breach, steps, schedule) {
            Ok(violation) => Conclusion::Violated(Box::new(Violation { others, ..violation })),
            Err(Unreproducible::Diverged(divergence)) => nondeterministic(stage, &divergence),
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
    let (level, others, schedule) =
        (schedule.level, Vec::new(), Some(Schedule { steps, ..schedule }));
    Ok(Violation { property, level, others, breach, recording, prevention, schedule })
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

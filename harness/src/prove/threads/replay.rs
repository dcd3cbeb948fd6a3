//! A counterexample on threads as a schedule, and back.
//!
//! loom cannot be told which thread to run. But the order in which it runs executions is always the
//! same for the same code and the same bound, so a schedule names the execution; the steps after
//! that say who did what in it, and tell a stale one.

use std::sync::{Arc, Mutex};

use super::tally::Tally;
use super::{lock, search};
use crate::auth::World;
use crate::property::Property;
use crate::prove::options::Options;
use crate::prove::recording::Recording;
use crate::prove::replay::ReplayError;
use crate::prove::scenario::Scenario;
use crate::prove::schedule::{Schedule, ScheduledStep};
use crate::prove::verdict::Violation;
use crate::world::{Memory, Panic, Stage};

/// Steps of loom's after which an execution is taken not to be the one that was found.
const STEPS_MAX: usize = 100_000;

/// The steps of a schedule: which execution it is, and what was done in it.
pub(super) fn steps(
    execution: u64,
    preemptions: Option<usize>,
    memory: Memory,
    recording: &Recording,
) -> Vec<ScheduledStep> {
    let preemptions = preemptions.map_or_else(|| String::from("none"), |bound| bound.to_string());
    let strictly = if memory == Memory::Strict { STRICTLY } else { "" };
    let first = format!("execution {execution}, preemptions {preemptions}{strictly}");
    let rows = recording.rows[..recording.scheduled].iter().map(|row| row.step.clone());
    let texts = std::iter::once(first).chain(rows).enumerate();
    texts.map(|(at, text)| ScheduledStep { line: at + 1, text }).collect()
}

/// What a schedule says where atomics are strict.
const STRICTLY: &str = ", strict atomics";

/// Where the execution is that a schedule names.
struct Named {
    execution: u64,
    preemptions: Option<usize>,
    memory: Memory,
}

impl Named {
    fn parse(text: &str) -> Option<Self> {
        let (text, memory) = match text.strip_suffix(STRICTLY) {
            Some(text) => (text, Memory::Strict),
            None => (text, Memory::Loose),
        };
        let (execution, preemptions) =
            text.strip_prefix("execution ")?.split_once(", preemptions ")?;
        let preemptions = match preemptions {
            "none" => None,
            bound => Some(bound.parse::<u8>().ok()?.into()),
        };
        let execution = execution.parse().ok().filter(|&execution| execution > 0)?;
        Some(Named { execution, preemptions, memory })
    }
}

/// Runs executions up to the one that a schedule names, and says how that breaks the property.
pub(in crate::prove) fn replay_threads<T: ?Sized + 'static>(
    scenario: &Scenario<T>,
    stage: Stage<World>,
    property: Property,
    schedule: &Schedule,
) -> Result<Violation, ReplayError> {
    let named = schedule.steps.first();
    let Some(Named { execution: wanted, preemptions, memory }) =
        named.and_then(|step| Named::parse(&step.text))
    else {
        return Err(ReplayError::NotPossible {
            line: named.map_or(schedule.last_line, |step| step.line),
            step: named.map_or_else(String::new, |step| step.text.clone()),
            possible: vec![String::from("execution N, preemptions N|none[, strict atomics]")],
        });
    };
    let (executions_max, steps_max) = (wanted, STEPS_MAX);
    let options = Options { preemptions, executions_max, steps_max, ..Options::default() };
    let tally = Tally::of_one(property, wanted, memory, &options);
    let tally = Arc::new(Mutex::new(tally));
    let ended = search(stage, scenario.bounds, &tally, &options, &mut |_| {});
    let mut tally = lock(&tally);
    let Some(seen) = tally.looked_at.take() else {
        return Err(not_reached(&tally, ended, schedule));
    };
    for (at, step) in schedule.steps[1..].iter().enumerate() {
        let found = seen.rows.get(at).map(|row| row.step.clone());
        if found.as_ref() != Some(&step.text) {
            return Err(ReplayError::NotPossible {
                line: step.line,
                step: step.text.clone(),
                possible: found.into_iter().collect(),
            });
        }
    }
    let violation = tally.finding().map(|found| found.violation);
    let violation =
        violation.filter(|violation| violation.recording.scheduled + 1 == schedule.steps.len());
    let violation = violation.ok_or_else(|| ReplayError::NotBroken {
        line: schedule.last_line,
        property: property.name,
        possible: seen
            .rows
            .get(schedule.steps.len() - 1)
            .map(|row| row.step.clone())
            .into_iter()
            .collect(),
    })?;
    Ok(Violation { schedule: Some(schedule.clone()), ..violation })
}

/// Why the execution that was wanted was not run.
fn not_reached(
    tally: &Tally,
    ended: Option<Result<(), Panic>>,
    schedule: &Schedule,
) -> ReplayError {
    let step = &schedule.steps[0];
    let reason = match ended {
        None => {
            let seconds = Options::default().step_time_max.as_secs();
            return ReplayError::NeverReturned { seconds };
        }
        Some(Err(panic)) if tally.executions == 0 => {
            return ReplayError::SetUpPanicked { panic };
        }
        _ => format!("execution 1 to {}", tally.executions),
    };
    ReplayError::NotPossible { line: step.line, step: step.text.clone(), possible: vec![reason] }
}

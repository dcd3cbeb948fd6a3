//! Running a schedule that came from outside: nothing in it is taken on trust.

use super::explore::{RERUN_PATIENCE, Unreproducible, describe_violation};
use super::judge::Subject;
use super::options::Options;
use super::scenario::Scenario;
use super::schedule::Schedule;
use super::search_thread::within;
use super::step_text::{step_text, step_texts};
use super::threads::replay_threads;
use super::verdict::{Bounds, Level, Violation};
use super::watched_run::WatchedRun;
use crate::auth::World;
use crate::explore::{Choice, Limits, cycle, round_robin};
use crate::property::{Breach, EVERYONE_FINISHES, Property};
use crate::world::{Mark, Panic, Plan, Stage};

/// Steps from which on an execution is taken to be endless.
const ENDLESS_MIN: usize = 100;

/// Why a schedule does not show what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayError {
    /// It is of another scenario.
    OtherScenario {
        /// The scenario it was given to.
        scenario: &'static str,
        /// The one it names.
        named: String,
    },
    /// It was found within other bounds.
    OtherBounds {
        /// The scenario's bounds.
        bounds: Bounds,
        /// Those it names.
        named: Bounds,
    },
    /// The scenario does not look at this property.
    UnknownProperty {
        /// The property it names.
        named: String,
        /// Those that the scenario looks at.
        known: Vec<&'static str>,
    },
    /// A step was not possible where it stands.
    NotPossible {
        /// The line of the schedule.
        line: usize,
        /// The step.
        step: String,
        /// What was possible there.
        possible: Vec<String>,
    },
    /// All steps were taken and the property is not broken.
    NotBroken {
        /// The line on which the schedule ends.
        line: usize,
        /// The property.
        property: &'static str,
        /// What was still possible there.
        possible: Vec<String>,
    },
    /// A step did not return.
    NeverReturned {
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// The implementation panicked outside a step: while being built or taken down.
    SetUpPanicked {
        /// What it said.
        panic: Panic,
    },
    /// It is of level `thread`, which was left out of this build.
    BuiltWithoutLoom,
    /// The same steps did not give the same history twice.
    Nondeterministic {
        /// The step, counted from 1.
        step: usize,
    },
}

pub(super) fn replay<T: ?Sized + 'static>(
    scenario: &Scenario<T>,
    stage: Stage<World>,
    schedule: &Schedule,
) -> Result<Violation, ReplayError> {
    if schedule.scenario != scenario.name {
        let named = schedule.scenario.clone();
        return Err(ReplayError::OtherScenario { scenario: scenario.name, named });
    }
    if schedule.bounds != scenario.bounds {
        let (bounds, named) = (scenario.bounds, schedule.bounds);
        return Err(ReplayError::OtherBounds { bounds, named });
    }
    let properties = scenario.all_properties();
    let named = properties.iter().find(|property| property.name == schedule.property);
    let Some(property) = named else {
        return Err(ReplayError::UnknownProperty {
            named: schedule.property.clone(),
            known: properties.iter().map(|property| property.name).collect(),
        });
    };

    if schedule.level == Level::Thread {
        return replay_threads(scenario, stage, *property, schedule);
    }
    let options = Options::default();
    let patience = options.step_time_max * RERUN_PATIENCE;
    let (property, schedule) = (*property, schedule.clone());
    match within(patience, move || run(&stage, property, &schedule)) {
        Some(Ok(result)) => result,
        Some(Err(panic)) => Err(ReplayError::SetUpPanicked { panic }),
        None => Err(ReplayError::NeverReturned { seconds: patience.as_secs() }),
    }
}

/// Takes the steps of a schedule and says how they break the property.
fn run(
    stage: &Stage<World>,
    property: Property,
    schedule: &Schedule,
) -> Result<Violation, ReplayError> {
    let mut subject = Subject::new(Stage::clone(stage));
    let mut taken: Vec<Choice> = Vec::with_capacity(schedule.steps.len());
    let mut breach = None;
    let mut run = WatchedRun::begin(&mut subject, property);
    for step in &schedule.steps {
        let Some(choice) = choice_of(&mut run, schedule.bounds, &step.text) else {
            let possible = step_texts(run.subject.kernel(), run.possible());
            let (line, step) = (step.line, step.text.clone());
            return Err(ReplayError::NotPossible { line, step, possible });
        };
        let found = run.step(choice);
        breach = breach.or(found);
        taken.push(choice);
    }
    let possible = step_texts(run.subject.kernel(), run.possible());
    if breach.is_none()
        && property.name == EVERYONE_FINISHES.name
        && is_endless(stage, Plan::of(&taken), &taken)
    {
        breach = Some(Breach::Endless { steps: taken.len(), cycle: cycle(&taken) });
    }
    let Some(breach) = breach else {
        let (line, property) = (schedule.last_line, property.name);
        return Err(ReplayError::NotBroken { line, property, possible });
    };
    describe_violation(stage, property, breach, &taken, schedule.clone()).map_err(|why| match why {
        Unreproducible::Diverged(divergence) => {
            ReplayError::Nondeterministic { step: divergence.step + 1 }
        }
        Unreproducible::Held => ReplayError::Nondeterministic { step: taken.len() },
    })
}

/// Whether these steps are the beginning of a fair execution that goes on after them, and that is
/// so long that it will not end.
fn is_endless(stage: &Stage<World>, plan: Plan, steps: &[Choice]) -> bool {
    let mut subject = Subject::new(Stage::clone(stage)).under(plan);
    let fair = round_robin(&mut subject, Limits { steps_max: steps.len() });
    steps.len() >= ENDLESS_MIN && fair.is_err_and(|fair| fair == steps)
}

/// The step of that text: one that is possible, or one that something befalls, as often as the
/// bounds allow that.
fn choice_of(run: &mut WatchedRun<'_>, bounds: Bounds, text: &str) -> Option<Choice> {
    let says = |subject: &Subject, choice: Choice| step_text(subject.kernel(), choice) == text;
    let possible = run.possible().iter().find(|&&one| says(run.subject, one));
    if let Some(&choice) = possible {
        return Some(choice);
    }
    let marks = run.subject.marks_now();
    let (choice, mark) = marks.into_iter().find(|&(choice, _)| says(run.subject, choice))?;
    let plan = run.subject.plan();
    let (so_far, allowed) = match mark {
        Mark::Cancelled(_) => (plan.cancellations().count(), bounds.cancellations),
        Mark::Faulted(_) => {
            (plan.faults().count() + run.subject.world().faults_staged(), bounds.faults)
        }
        Mark::Crashed(_) => (plan.crashes().count(), bounds.crashes),
        // Fewer callers are within any bounds.
        Mark::Absent(_) => (0, 1),
    };
    if so_far >= allowed {
        return None;
    }
    run.subject.amend(mark);
    run.look_again();
    run.possible().contains(&choice).then_some(choice)
}

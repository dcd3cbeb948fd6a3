//! Why a schedule shows nothing, in words.

use super::places::panic_text;
use super::verdict_text::bounds_text;
use crate::prove::ReplayError;

/// Why a schedule was refused.
pub fn replay_error_text(error: &ReplayError) -> String {
    let list = |steps: &[String]| match steps {
        [] => String::from("nothing"),
        steps => steps.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(", "),
    };
    match error {
        ReplayError::OtherScenario { scenario, named } => {
            format!("it is a schedule of {named}, not of {scenario}")
        }
        ReplayError::OtherBounds { bounds, named } => format!(
            "it was found with {}, but this scenario has {}",
            bounds_text(*named),
            bounds_text(*bounds)
        ),
        ReplayError::UnknownProperty { named, known } => {
            format!("the scenario has no property `{named}`, but {}", known.join(", "))
        }
        ReplayError::NotPossible { line, step, possible } => {
            format!("line {line}: `{step}` is not possible here; possible: {}", list(possible))
        }
        ReplayError::NotBroken { line, property, possible } => format!(
            "line {line}: the schedule ends here and {property} is not broken; possible: {}",
            list(possible)
        ),
        ReplayError::NeverReturned { seconds } => {
            format!("running it has not returned for {seconds} s: a step blocks its thread")
        }
        ReplayError::SetUpPanicked { panic } => {
            let text = panic_text(panic);
            format!("building the implementation, or dropping it, panicked: {text}")
        }
        ReplayError::BuiltWithoutLoom => String::from(
            "this build of authloom has no level thread: its feature `loom` is switched off",
        ),
        ReplayError::Nondeterministic { step } => format!(
            "step {step} was possible once and then not: the implementation is not deterministic"
        ),
    }
}

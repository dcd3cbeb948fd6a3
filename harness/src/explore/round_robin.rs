//! One fair schedule: every process that stays enabled gets its turn.

use super::depth_first::Limits;
use super::program::{Choice, ProcessId, Program};

/// Resets `program` and runs it to quiescence, each time taking the next enabled process after the
/// one that moved last. `Err` holds the steps taken when the limit came first.
///
/// An execution that goes on for ever under a fair schedule is a livelock; one that does so only
/// under an unfair schedule may be a loop that waits for somebody who never got a turn.
///
/// # Errors
/// The schedule, when the program still moves after [`Limits::steps_max`] steps.
pub fn round_robin<P: Program>(program: &mut P, limits: Limits) -> Result<(), Vec<Choice>> {
    let mut possible = Vec::new();
    let mut taken = Vec::new();
    let mut last: Option<ProcessId> = None;
    program.reset();
    loop {
        program.enabled(&mut possible);
        let after_last =
            possible.iter().find(|choice| last.is_none_or(|last| choice.process > last));
        let Some(&next) = after_last.or(possible.first()) else { return Ok(()) };
        if taken.len() == limits.steps_max {
            return Err(taken);
        }
        program.step(next.process);
        taken.push(next);
        last = Some(next.process);
    }
}

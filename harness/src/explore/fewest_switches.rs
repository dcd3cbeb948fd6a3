//! The simplest schedule that shows something: fewest switches, then fewest steps.
//!
//! Schedules with at most 0 switches are run, then those with at most 1, and so on, until one shows
//! it (Musuvathi, Qadeer: "Iterative Context Bounding for Systematic Testing of Multithreaded
//! Programs", PLDI 2007). Without reduction: of two schedules of one class, one may have fewer
//! switches.

use super::depth_first::Limits;
use super::path::Path;
use super::program::{Choice, Program};
use super::progress::Progress;
use super::replay::Divergence;

/// Runs `program` under more and more switches, `switches_max` at most, until `shows` is true of
/// the state that a schedule leads to; it is asked after each step, and is told whether the state
/// is quiescent. Of several with as many switches and steps, the first in order is returned; `None`
/// when there is none, or when `executions_max` executions were not enough to tell.
///
/// # Errors
/// When a repeated prefix does not offer the choices it had offered before.
pub fn fewest_switches<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    (switches_max, executions_max): (usize, u64),
    mut shows: impl FnMut(&P, &Path, bool) -> bool,
) -> Result<Option<Vec<Choice>>, Divergence> {
    let mut left = executions_max;
    for switches in 0..=switches_max {
        let found = within(program, limits, progress, (switches, &mut left), &mut shows)?;
        if found.is_some() || left == 0 {
            return Ok(found.filter(|_| left > 0));
        }
    }
    Ok(None)
}

/// The shortest schedule of at most so many switches that shows it, if it is found in as many
/// executions as are `left`.
fn within<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    (switches, left): (usize, &mut u64),
    shows: &mut impl FnMut(&P, &Path, bool) -> bool,
) -> Result<Option<Vec<Choice>>, Divergence> {
    let mut path = Path::default();
    let mut shortest: Option<Vec<Choice>> = None;
    let mut possible = Vec::new();
    loop {
        let Some(fewer) = left.checked_sub(1) else { return Ok(shortest) };
        *left = fewer;
        progress.execution_begins();
        program.reset();
        path.repeat(program, progress, |_| {})?;
        loop {
            program.enabled(&mut possible);
            // One that is no shorter is of no use.
            let steps_max = shortest.as_ref().map_or(limits.steps_max, |it| it.len() - 1);
            if path.len() > steps_max {
                break;
            }
            if !path.is_empty() && shows(program, &path, possible.is_empty()) {
                shortest = Some(path.taken().collect());
                break;
            }
            if path.len() == steps_max {
                break;
            }
            if !path.push_within(&possible, switches) {
                break;
            }
            let last = path.len() - 1;
            progress.step_begins(path.position_at(last));
            program.step(path.process_at(last));
        }
        if !path.advance_within(switches) {
            return Ok(shortest);
        }
    }
}

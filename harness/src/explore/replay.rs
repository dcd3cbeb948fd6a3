//! Running one schedule again.

use super::program::{Access, Choice, Program};

/// A repeated schedule that did not find the choices it had found before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The steps that were repeated without a difference.
    pub step: usize,
    /// What was possible there the first time.
    pub expected: Vec<Choice>,
    /// What was possible there this time.
    pub found: Vec<Choice>,
}

/// Resets `program` and takes the steps of `schedule`, calling `after` with each.
///
/// # Errors
/// When a step of the schedule is not possible where it stands.
pub fn replay<P: Program>(
    program: &mut P,
    schedule: &[Choice],
    mut after: impl FnMut(&P, Choice, &[Access]),
) -> Result<(), Divergence> {
    let mut possible = Vec::new();
    let mut accesses = Vec::new();
    program.reset();
    for (step, &choice) in schedule.iter().enumerate() {
        program.enabled(&mut possible);
        if !possible.contains(&choice) {
            return Err(Divergence { step, expected: vec![choice], found: possible });
        }
        accesses.clear();
        accesses.extend_from_slice(program.step(choice.process));
        after(program, choice, &accesses);
    }
    Ok(())
}

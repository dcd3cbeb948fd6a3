//! From a schedule that shows something to a simpler one, by small changes, as long as they help.
//!
//! What is left is simple in this sense only that no single change makes it simpler; but it takes a
//! number of executions in proportion to the square of the switches, however large the space.

use super::depth_first::Limits;
use super::path::Path;
use super::program::{Choice, Program};
use super::progress::Progress;

/// The steps of one lane between two switches.
type Block = Vec<Choice>;

/// Changes `steps` as long as that makes for fewer switches, or as many and fewer steps, and
/// `shows` is still true of the state it leads to: the steps between two switches are moved to the
/// next or the last ones of the same lane, or left out. `shows` is asked after each step and is
/// told whether the state is quiescent; steps after it is true are left out.
///
/// Steps that a change makes impossible are left out too, and where `steps` end, lanes go on one
/// after the other.
pub fn fewer_switches<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    steps: &[Choice],
    mut shows: impl FnMut(&P, &Path, bool) -> bool,
) -> Vec<Choice> {
    let mut simplest = steps.to_vec();
    while let Some(simpler) = changes(&simplest).into_iter().find_map(|change| {
        let found = run(program, limits, progress, &change, &mut shows)?;
        (size(&found) < size(&simplest)).then_some(found)
    }) {
        simplest = simpler;
    }
    simplest
}

/// What there is less of, the simpler a schedule is: switches, then steps.
fn size(steps: &[Choice]) -> (usize, usize) {
    (blocks(steps).len(), steps.len())
}

fn blocks(steps: &[Choice]) -> Vec<Block> {
    let is_same_lane = |one: &Choice, next: &Choice| one.process.lane == next.process.lane;
    steps.chunk_by(is_same_lane).map(<[Choice]>::to_vec).collect()
}

/// Each way to leave a block out, or to move it.
fn changes(steps: &[Choice]) -> Vec<Vec<Choice>> {
    let blocks = blocks(steps);
    let lane = |at: usize| blocks[at][0].process.lane;
    let mut changes = Vec::new();
    for at in 0..blocks.len() {
        let mut without = blocks.clone();
        let block = without.remove(at);
        changes.push(without.concat());
        if let Some(earlier) = (0..at).rev().find(|&other| lane(other) == lane(at)) {
            let mut moved = without.clone();
            moved[earlier].extend_from_slice(&block);
            changes.push(moved.concat());
        }
        if let Some(later) =
            (at..without.len()).find(|&other| without[other][0].process.lane == lane(at))
        {
            let mut moved = without;
            moved[later].splice(0..0, block);
            changes.push(moved.concat());
        }
    }
    changes
}

/// The steps up to where they show it, if they do.
fn run<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    steps: &[Choice],
    shows: &mut impl FnMut(&P, &Path, bool) -> bool,
) -> Option<Vec<Choice>> {
    let (mut path, mut possible) = (Path::default(), Vec::new());
    let mut wanted = steps.iter();
    progress.execution_begins();
    program.reset();
    loop {
        program.enabled(&mut possible);
        if !path.is_empty() && shows(program, &path, possible.is_empty()) {
            return Some(path.taken().collect());
        }
        if possible.is_empty() || path.len() == limits.steps_max {
            return None;
        }
        let position = wanted
            .find_map(|step| possible.iter().position(|choice| choice == step))
            .unwrap_or_else(|| staying(&path, &possible));
        path.push(&possible, position);
        progress.step_begins(position);
        program.step(possible[position].process);
    }
}

/// The position of the first choice that is of the lane that moved last, or else of the first.
fn staying(path: &Path, possible: &[Choice]) -> usize {
    let last = path.len().checked_sub(1).map(|last| path.process_at(last).lane);
    possible.iter().position(|choice| Some(choice.process.lane) == last).unwrap_or(0)
}

//! The text form of a step: what a schedule is written in.

use crate::explore::{Choice, Lane};
use crate::world::{Kernel, is_crash};

/// `realtime runs`, `realtime token#1 arrives and its answer is lost`: the lane, which of its
/// calls, what it does.
pub(super) fn step_text(kernel: &Kernel, choice: Choice) -> String {
    let lane = kernel.lane_name(choice.process.lane);
    match (choice.process.index, choice.label.split_once(' ')) {
        (call, Some((operation, does))) if call > 0 && !is_crash(choice.process) => {
            format!("{lane} {operation}#{call} {does}")
        }
        _ => format!("{lane} {}", choice.label),
    }
}

/// The text forms of all `choices`.
pub(super) fn step_texts(kernel: &Kernel, choices: &[Choice]) -> Vec<String> {
    choices.iter().map(|&choice| step_text(kernel, choice)).collect()
}

/// The names of the first `count` lanes.
pub(super) fn lane_names(kernel: &Kernel, count: usize) -> Vec<String> {
    (0..count).map(|lane| kernel.lane_name(Lane(lane as u16))).collect()
}

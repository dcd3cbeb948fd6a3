//! A uniform random walk: at each step, a lane is chosen with a chance in proportion to the steps
//! that it has left, so that interleavings of lanes are about equally likely. A walk that gives
//! each lane the same chance prefers those in which the shorter lanes are done early.
//!
//! Source: Zhao, Wolff, Mathur, Roychoudhury: "Selectively Uniform Concurrency Testing", ASPLOS
//! 2025, algorithm 1 (URW).
//!
//! How many steps a lane has left is told by the longest that it was so far; a lane that goes on
//! beyond that, or was never seen, is taken to have one.

use std::collections::BTreeMap;

use super::program::{Choice, Lane};
use super::random::Random;

/// The strategy, with what it has learnt of the program.
#[derive(Debug, Default)]
pub struct Urw {
    /// Steps that each lane has taken in the running execution.
    taken: BTreeMap<Lane, usize>,
    /// The most that each took.
    taken_max: BTreeMap<Lane, usize>,
}

impl Urw {
    pub(super) fn begin(&mut self) {
        self.taken.clear();
    }

    pub(super) fn choose(&mut self, possible: &[Choice], random: &mut Random) -> usize {
        // Choices are in ascending order of process, those of a lane side by side.
        let mut lanes: Vec<Lane> = possible.iter().map(|choice| choice.process.lane).collect();
        lanes.dedup();
        let mut drawn = random.below(lanes.iter().map(|&lane| self.left(lane)).sum());
        let mut lane = lanes[0];
        for &next in &lanes {
            lane = next;
            match drawn.checked_sub(self.left(next)) {
                Some(rest) => drawn = rest,
                None => break,
            }
        }
        let of_lane: Vec<usize> =
            (0..possible.len()).filter(|&at| possible[at].process.lane == lane).collect();
        of_lane[random.below(of_lane.len())]
    }

    pub(super) fn took(&mut self, choice: Choice) {
        *self.taken.entry(choice.process.lane).or_default() += 1;
    }

    pub(super) fn end(&mut self) {
        for (&lane, &taken) in &self.taken {
            let most = self.taken_max.entry(lane).or_default();
            *most = taken.max(*most);
        }
    }

    /// The steps that a lane which can move is taken to have left: one at least.
    fn left(&self, lane: Lane) -> usize {
        let of = |steps: &BTreeMap<Lane, usize>| steps.get(&lane).copied().unwrap_or(0);
        of(&self.taken_max).saturating_sub(of(&self.taken)).max(1)
    }
}

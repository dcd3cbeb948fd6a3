//! The schedule that the search stands on, with what was left to choose at each step.

use super::program::{Access, Choice, ProcessId, Program};
use super::progress::Progress;
use super::replay::Divergence;

/// The steps taken since reset, each with its alternatives.
///
/// Memory is proportional to the longest schedule, never to the number of executions.
#[derive(Debug, Default)]
pub struct Path {
    frames: Vec<Frame>,
    /// The choices of all frames, one after the other.
    choices: Vec<Choice>,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    start: usize,
    end: usize,
    taken: usize,
    /// Switches up to and including this step.
    switches: usize,
}

impl Path {
    /// The number of steps.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether no step was taken yet.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// How often the schedule moves from one lane to another.
    pub fn switches(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.switches)
    }

    /// The steps taken, in order.
    pub fn taken(&self) -> impl Iterator<Item = Choice> {
        self.frames.iter().map(|frame| self.choices[frame.taken])
    }

    /// The position of the choice taken at `depth` among those that were possible.
    pub(super) fn position_at(&self, depth: usize) -> usize {
        self.frames[depth].taken - self.frames[depth].start
    }

    /// The process of the step at `depth`.
    pub(super) fn process_at(&self, depth: usize) -> ProcessId {
        self.choices[self.frames[depth].taken].process
    }

    /// What was possible at `depth`.
    pub(super) fn possible_at(&self, depth: usize) -> &[Choice] {
        let frame = self.frames[depth];
        &self.choices[frame.start..frame.end]
    }

    /// Takes the one of `possible` at `position` as the next step.
    pub(super) fn push(&mut self, possible: &[Choice], position: usize) {
        let start = self.choices.len();
        self.choices.extend_from_slice(possible);
        let (end, taken) = (self.choices.len(), start + position);
        self.frames.push(Frame { start, end, taken, switches: 0 });
        self.count_switches();
    }

    /// Takes another choice as the last step: the one at `position`.
    pub(super) fn replace_last(&mut self, position: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.taken = frame.start + position;
            self.count_switches();
        }
    }

    /// Forgets the last step.
    pub(super) fn pop(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.choices.truncate(frame.start);
        }
    }

    /// Takes the steps again in a program that was just reset. `last` is given what the last one
    /// touched.
    ///
    /// # Errors
    /// When the program does not offer the choices that it had offered.
    pub(super) fn repeat<P: Program>(
        &self,
        program: &mut P,
        progress: &Progress,
        last: impl FnOnce(&[Access]),
    ) -> Result<(), Divergence> {
        let mut found = Vec::new();
        let mut last = Some(last);
        for depth in 0..self.len() {
            program.enabled(&mut found);
            if found != self.possible_at(depth) {
                let expected = self.possible_at(depth).to_vec();
                return Err(Divergence { step: depth, expected, found });
            }
            progress.step_begins(self.position_at(depth));
            let accesses = program.step(self.process_at(depth));
            if depth + 1 == self.len()
                && let Some(last) = last.take()
            {
                last(accesses);
            }
        }
        Ok(())
    }

    /// Moves to the next schedule in order: the last step that has an alternative left takes it,
    /// and everything after it is forgotten. `false` when there is none. The first `given` steps
    /// stay as they are.
    pub(super) fn advance_after(&mut self, given: usize) -> bool {
        self.advance(given, usize::MAX)
    }

    /// The same, over all schedules of at most so many switches.
    pub(super) fn advance_within(&mut self, switches_max: usize) -> bool {
        self.advance(0, switches_max)
    }

    fn advance(&mut self, given: usize, switches_max: usize) -> bool {
        while self.frames.len() > given
            && let Some(frame) = self.frames.last_mut()
        {
            if frame.taken + 1 < frame.end {
                frame.taken += 1;
                self.count_switches();
                if self.switches() <= switches_max {
                    return true;
                }
            } else {
                self.pop();
            }
        }
        false
    }

    /// Takes the first of `possible` that makes it at most so many switches as the next step.
    /// `false` when there is none.
    pub(super) fn push_within(&mut self, possible: &[Choice], switches_max: usize) -> bool {
        let may_switch = self.switches() < switches_max;
        let lane = self.len().checked_sub(1).map(|last| self.process_at(last).lane);
        let position = possible
            .iter()
            .position(|choice| may_switch || lane.is_none_or(|lane| lane == choice.process.lane));
        position.inspect(|&position| self.push(possible, position)).is_some()
    }

    fn count_switches(&mut self) {
        let last = self.frames.len() - 1;
        let switches = match last.checked_sub(1) {
            None => 0,
            Some(before) => {
                let moved = self.process_at(before).lane != self.process_at(last).lane;
                self.frames[before].switches + usize::from(moved)
            }
        };
        self.frames[last].switches = switches;
    }
}

//! Plain depth-first search over every choice.
//!
//! No reduction: two schedules that differ only in the order of independent steps are two
//! executions. What it visits is therefore the yardstick for any search that leaves some out.

use super::other_order::OrderMatters;
use super::parts::Part;
use super::path::Path;
use super::program::Program;
use super::progress::Progress;
use super::replay::Divergence;

/// When to give up on an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps after which an execution is taken to be endless.
    pub steps_max: usize,
}

/// How a search ended. Only [`Ended::Exhausted`] is a basis for a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Every schedule, or one of each interleaving class, was run to quiescence.
    Exhausted,
    /// An execution was still moving after [`Limits::steps_max`] steps.
    StepLimit,
    /// A repeated prefix did not offer the choices it had offered before.
    Diverged(Divergence),
    /// Steps that were declared to have nothing to do with each other came to something else in
    /// another order: what is touched was not declared.
    OrderMatters(OrderMatters),
    /// An execution came to something else when it was run again, in the same order.
    OutcomeChanged,
    /// The visitor wanted no more.
    Stopped,
    /// As many schedules as were asked for were run, chosen at random.
    Sampled,
}

/// Looks at the states that a search reaches.
pub trait Visitor<P> {
    /// Called after each step that no earlier execution had taken, once `program` has been asked
    /// what is enabled next; `path` ends with that step.
    fn stepped(&mut self, program: &P, path: &Path);

    /// Called when nothing is enabled any more.
    fn quiescent(&mut self, program: &P, path: &Path);

    /// Asked after each execution whether there are to be others.
    fn wants_more(&mut self) -> bool {
        true
    }
}

/// Runs every schedule of `program`.
///
/// Executions and steps are counted in `progress`.
pub fn depth_first<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    visitor: &mut impl Visitor<P>,
) -> Ended {
    depth_first_part(program, limits, progress, &Part::default(), visitor)
}

/// Runs every schedule of `program` that is of one part, as [`split`](super::split) made it for
/// [`Tree::Schedules`](super::Tree::Schedules).
pub fn depth_first_part<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    part: &Part,
    visitor: &mut impl Visitor<P>,
) -> Ended {
    let mut path = Path::default();
    let mut possible = Vec::new();
    loop {
        progress.execution_begins();
        program.reset();
        if let Err(divergence) = path.repeat(program, progress, |_| {}) {
            return Ended::Diverged(divergence);
        }
        // The last step of a repeated prefix is the one that was changed: it is new, like all
        // that follow.
        loop {
            program.enabled(&mut possible);
            if !path.is_empty() {
                visitor.stepped(program, &path);
            }
            if possible.is_empty() {
                break;
            }
            if path.len() == limits.steps_max {
                return Ended::StepLimit;
            }
            let position = match part.prefix.get(path.len()) {
                Some(given) => match possible.iter().position(|choice| choice == given) {
                    Some(position) => position,
                    None => {
                        let (expected, found) = (vec![*given], possible);
                        let step = path.len();
                        return Ended::Diverged(Divergence { step, expected, found });
                    }
                },
                None => 0,
            };
            path.push(&possible, position);
            progress.step_begins(position);
            program.step(possible[position].process);
        }
        visitor.quiescent(program, &path);
        if !path.advance_after(part.prefix.len()) {
            return Ended::Exhausted;
        }
        if !visitor.wants_more() {
            return Ended::Stopped;
        }
    }
}

//! Parts of a search that can be run on their own, in any order, on any machine.
//!
//! ```text
//!            .                 every choice that is not asleep, level by level,
//!          / | \               until there are enough states to go on from
//!         .  .  .
//!        /\  |  /\
//!       1  2 3 4  5            a part each: the way there, and what sleeps there
//! ```
//!
//! Below a branch, the steps of the branches before it sleep until one that they depend on is taken
//! (Godefroid: "Partial-Order Methods for the Verification of Concurrent Systems", LNCS 1032,
//! 1996). So each interleaving class is in one part, and all parts together are the whole search.
//! What a class costs is not the same: what sleeps at the beginning of a part may sleep to the end
//! of an execution, which then repeats one of another part and is cut short.
//!
//! The parts depend on the program alone: not on how many there are to run them, nor on time.

use super::depth_first::{Ended, Limits};
use super::estimate::Tree;
use super::program::{Access, Choice, ProcessId, Program};
use super::progress::Progress;
use super::replay::Divergence;

/// The schedules that begin in a certain way, those excepted that other parts have.
///
/// The default is all there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// How they begin.
    pub prefix: Vec<Choice>,
    /// What is left to other parts, as long as nothing that it depends on was taken.
    pub asleep: Vec<Sleeper>,
}

/// A step that another part takes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sleeper {
    /// Who would take it.
    pub process: ProcessId,
    /// What it touches when it is taken there. As long as it sleeps, that stays so: nothing that
    /// was taken meanwhile has touched the same.
    pub accesses: Vec<Access>,
}

/// Splits a search of `program` into at least `parts_min` parts, or as many as there are schedules
/// if these are fewer.
///
/// The steps that this takes are not counted in `progress`, which only shows where it stands.
///
/// # Errors
/// How a search would end that went the same ways.
pub fn split<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    (tree, parts_min): (Tree, usize),
) -> Result<Vec<Part>, Ended> {
    Splitter { program, limits, progress, tree }.split(parts_min)
}

struct Splitter<'a, P> {
    program: &'a mut P,
    limits: Limits,
    progress: &'a Progress,
    tree: Tree,
}

impl<P: Program> Splitter<'_, P> {
    fn split(&mut self, parts_min: usize) -> Result<Vec<Part>, Ended> {
        let mut parts = vec![Part::default()];
        while parts.len() < parts_min {
            let mut next = Vec::new();
            let mut has_branched = false;
            for part in parts {
                let branches = self.branches(&part)?;
                has_branched |= !branches.is_empty();
                match branches.is_empty() {
                    true => next.push(part),
                    false => next.extend(branches),
                }
            }
            parts = next;
            if !has_branched {
                break;
            }
        }
        Ok(parts)
    }

    /// The parts of a part, by the step after its beginning: none if there is none that is awake.
    fn branches(&mut self, part: &Part) -> Result<Vec<Part>, Ended> {
        let possible = self.go_to(part)?;
        let is_awake =
            |choice: &&Choice| part.asleep.iter().all(|sleeper| sleeper.process != choice.process);
        let mut asleep = part.asleep.clone();
        let mut branches = Vec::new();
        for &choice in possible.iter().filter(is_awake) {
            self.go_to(part)?;
            if part.prefix.len() == self.limits.steps_max {
                return Err(Ended::StepLimit);
            }
            let process = choice.process;
            let position = possible.iter().position(|other| *other == choice);
            self.progress.probe_step_begins(position.unwrap_or_default());
            let accesses = self.program.step(process).to_vec();
            let taken = Sleeper { process, accesses };
            let still = asleep.iter().filter(|sleeper| !sleeper.conflicts_with(&taken));
            let mut prefix = part.prefix.clone();
            prefix.push(choice);
            branches.push(Part { prefix, asleep: still.cloned().collect() });
            if self.tree == Tree::Classes {
                asleep.push(taken);
            }
        }
        Ok(branches)
    }

    /// Takes the steps of the part's beginning; what is possible then.
    fn go_to(&mut self, part: &Part) -> Result<Vec<Choice>, Ended> {
        let mut possible = Vec::new();
        self.progress.probe_begins();
        self.program.reset();
        for (step, given) in part.prefix.iter().enumerate() {
            self.program.enabled(&mut possible);
            let Some(position) = possible.iter().position(|choice| choice == given) else {
                let (expected, found) = (vec![*given], possible);
                return Err(Ended::Diverged(Divergence { step, expected, found }));
            };
            self.progress.probe_step_begins(position);
            self.program.step(given.process);
        }
        self.program.enabled(&mut possible);
        Ok(possible)
    }
}

impl Sleeper {
    fn conflicts_with(&self, other: &Sleeper) -> bool {
        let conflicts = |a: &Access| other.accesses.iter().any(|b| a.conflicts_with(*b));
        self.accesses.iter().any(conflicts)
    }
}

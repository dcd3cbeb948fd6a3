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

use std::collections::BTreeSet;
use std::sync::Arc;

use super::depth_first::{Ended, Limits};
use super::estimate::Tree;
use super::footprints::Footprints;
use super::program::{Access, Choice, ProcessId, Program};
use super::progress::Progress;
use super::random::Random;
use super::replay::Divergence;

/// Before a split is made of steps, random executions tell what they may touch, until so many in a
/// row have told nothing new. What they do not show, a part will, and then all is to be done again.
const SCOUTS_IN_VAIN: usize = 500;

/// The schedules that begin in a certain way, those excepted that other parts have.
///
/// The default is all there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// How they begin.
    pub prefix: Vec<Choice>,
    /// What is left to other parts, as long as nothing that it depends on was taken.
    pub asleep: Vec<Sleeper>,
    /// What was known of the steps that the split is made of.
    pub footprints: Arc<Footprints>,
}

/// A step that another part takes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sleeper {
    /// Who would take it.
    pub process: ProcessId,
    /// What it would touch.
    pub accesses: Vec<Access>,
}

/// Splits a search of `program` into at least `parts_min` parts, or as many as there are schedules
/// if these are fewer. `known` is what earlier splits did not know.
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
    known: Footprints,
) -> Result<Vec<Part>, Ended> {
    let footprints = program.touches_as_others_let_it().then_some(known);
    let steps = BTreeSet::new();
    let mut splitter = Splitter { program, limits, progress, tree, footprints, steps };
    if tree == Tree::Classes && splitter.footprints.is_some() {
        splitter.scout();
    }
    loop {
        let mut parts = splitter.split(parts_min)?;
        let Some(footprints) = &mut splitter.footprints else { return Ok(parts) };
        if !footprints.take_growth() {
            let footprints = Arc::new(footprints.of(&splitter.steps));
            parts.iter_mut().for_each(|part| part.footprints = Arc::clone(&footprints));
            return Ok(parts);
        }
    }
}

struct Splitter<'a, P> {
    program: &'a mut P,
    limits: Limits,
    progress: &'a Progress,
    tree: Tree,
    footprints: Option<Footprints>,
    /// Those that the split is made of.
    steps: BTreeSet<(ProcessId, usize)>,
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

    /// Learns what steps touch in random executions.
    fn scout(&mut self) {
        let (mut random, mut possible) = (Random::new(1), Vec::new());
        let (mut in_vain, mut extent) = (0, 0);
        while in_vain < SCOUTS_IN_VAIN {
            let mut taken: Vec<ProcessId> = Vec::new();
            self.progress.probe_begins();
            self.program.reset();
            loop {
                self.program.enabled(&mut possible);
                if possible.is_empty() || taken.len() == self.limits.steps_max {
                    break;
                }
                let position = random.below(possible.len());
                let ordinal = taken.iter().filter(|one| **one == possible[position].process);
                self.step(&possible, position, ordinal.count());
                taken.push(possible[position].process);
            }
            let before = extent;
            extent = self.footprints.as_ref().map_or(0, Footprints::extent);
            in_vain = if extent == before { in_vain + 1 } else { 0 };
        }
        if let Some(footprints) = &mut self.footprints {
            footprints.take_growth();
        }
    }

    /// Takes a step; all that it is known to touch.
    fn step(&mut self, possible: &[Choice], position: usize, ordinal: usize) -> Vec<Access> {
        let process = possible[position].process;
        self.progress.probe_step_begins(position);
        let mut accesses = self.program.step(process).to_vec();
        if let Some(footprints) = &mut self.footprints {
            footprints.widen(process, ordinal, &mut accesses);
        }
        accesses
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
            let ordinal = part.prefix.iter().filter(|step| step.process == process).count();
            let position = possible.iter().position(|other| *other == choice);
            let accesses = self.step(&possible, position.unwrap_or_default(), ordinal);
            self.steps.insert((process, ordinal));
            let taken = Sleeper { process, accesses };
            let still = asleep.iter().filter(|sleeper| !sleeper.conflicts_with(&taken));
            let mut prefix = part.prefix.clone();
            prefix.push(choice);
            let footprints = Arc::default();
            branches.push(Part { prefix, asleep: still.cloned().collect(), footprints });
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

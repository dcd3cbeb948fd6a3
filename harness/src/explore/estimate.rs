//! How many executions a search will take, from a few random ones.
//!
//! A probe goes from the root of the search tree to a leaf and takes a random branch at each fork.
//! One divided by the chance of ending there is, on average over all probes, the number of leaves.
//! It varies widely where the tree is uneven: it is for a progress line, never for a verdict.
//!
//! Source: Knuth: "Estimating the Efficiency of Backtrack Programs", Mathematics of Computation 29,
//! 1975; its section on branches that are not equally likely too.
//!
//! The tree of the classes is that of sleep sets (Godefroid: "Partial-Order Methods for the
//! Verification of Concurrent Systems", LNCS 1032, 1996): a fork has a branch for each step that is
//! not asleep; below a branch, the steps of those before it sleep until one that they depend on is
//! taken. Each class is one leaf at which nothing is possible; a leaf at which all sleep is a
//! repetition, and counts 0. What a step would touch, the probe learns by taking it and coming
//! back. The more sleeps below a branch, the fewer classes are likely to be there, and the less
//! often it is taken.

use super::depth_first::Limits;
use super::happens_before::Event;
use super::program::{Choice, Program};
use super::progress::Progress;
use super::random::Random;

/// How much less often a branch is taken for each step that sleeps below it. Any share gives the
/// same mean; with this one the probes of the programs in tests/search/estimate.rs vary least.
const SHARE: f64 = 0.5;

/// Which leaves are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// Those of [`depth_first`](super::depth_first): every schedule.
    Schedules,
    /// Those of [`optimal`](super::optimal): one schedule of each interleaving class.
    Classes,
}

/// An estimated number of executions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean of the probes.
    pub executions: f64,
    /// How far the mean is off, typically: the standard deviation of the probes divided by the
    /// square root of their number.
    pub standard_error: f64,
}

/// Estimates the executions of a search of `program` from as many `probes`, drawn from `seed`.
///
/// `None` without a probe, or when one took too many steps, or when a repeated prefix did not offer
/// the same step: what that means is for the search to find out. Probes are not counted among the
/// executions of `progress`.
pub fn estimate<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    tree: Tree,
    (seed, probes): (u64, u64),
) -> Option<Estimate> {
    let mut prober = Prober { program, limits, progress, tree, random: Random::new(seed) };
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..probes {
        let leaves = prober.probe()?;
        sum += leaves;
        squares += leaves * leaves;
    }
    let count = probes as f64;
    let executions = sum / count;
    let variance = (squares / count - executions * executions).max(0.0);
    (probes > 0).then(|| Estimate { executions, standard_error: (variance / count).sqrt() })
}

struct Prober<'a, P> {
    program: &'a mut P,
    limits: Limits,
    progress: &'a Progress,
    tree: Tree,
    random: Random,
}

impl<P: Program> Prober<'_, P> {
    /// The number of leaves that one random leaf stands for; 0 if it is a repetition.
    fn probe(&mut self) -> Option<f64> {
        let (mut possible, mut taken) = (Vec::new(), Vec::new());
        let mut asleep: Vec<Event> = Vec::new();
        let mut leaves = 1.0;
        self.progress.probe_begins();
        self.program.reset();
        self.program.enabled(&mut possible);
        while !possible.is_empty() {
            let is_awake =
                |at: &usize| asleep.iter().all(|sleeper| sleeper.process != possible[*at].process);
            let awake: Vec<(usize, Choice)> =
                (0..possible.len()).filter(is_awake).map(|at| (at, possible[at])).collect();
            if awake.is_empty() {
                return Some(0.0);
            }
            if taken.len() == self.limits.steps_max {
                return None;
            }
            let sleepers = match self.tree {
                Tree::Schedules => vec![Vec::new(); awake.len()],
                Tree::Classes => self.look_ahead(&awake, &taken, &asleep)?,
            };
            let shares: Vec<f64> =
                sleepers.iter().map(|asleep| SHARE.powi(asleep.len() as i32)).collect();
            let drawn = self.draw(&shares);
            leaves *= shares.iter().sum::<f64>() / shares[drawn];
            asleep.clone_from(&sleepers[drawn]);
            self.step(awake[drawn]);
            taken.push(awake[drawn]);
            self.program.enabled(&mut possible);
        }
        Some(leaves)
    }

    /// What sleeps below each branch: what slept above, and the steps of the branches before, but
    /// for those that depend on the branch's own step.
    fn look_ahead(
        &mut self,
        awake: &[(usize, Choice)],
        taken: &[(usize, Choice)],
        asleep: &[Event],
    ) -> Option<Vec<Vec<Event>>> {
        let mut sleepers = Vec::with_capacity(awake.len());
        let mut before = asleep.to_vec();
        for &branch in awake {
            let event = self.step(branch);
            self.come_back(taken)?;
            let stays = |sleeper: &&Event| !sleeper.conflicts_with(&event);
            sleepers.push(before.iter().filter(stays).cloned().collect());
            before.push(event);
        }
        Some(sleepers)
    }

    /// A position, each with a chance in proportion to its share.
    fn draw(&mut self, shares: &[f64]) -> usize {
        let mut drawn = self.random.fraction() * shares.iter().sum::<f64>();
        let is_drawn = |share: &f64| {
            drawn -= share;
            drawn < 0.0
        };
        // Rounding may leave a trace of the last.
        shares.iter().position(is_drawn).unwrap_or(shares.len() - 1)
    }

    fn step(&mut self, (position, choice): (usize, Choice)) -> Event {
        self.progress.probe_step_begins(position);
        let accesses = self.program.step(choice.process).to_vec();
        Event { process: choice.process, accesses }
    }

    /// Takes the same steps again from the beginning; `None` when one of them is not possible now.
    fn come_back(&mut self, taken: &[(usize, Choice)]) -> Option<()> {
        let mut possible = Vec::new();
        self.progress.probe_begins();
        self.program.reset();
        self.program.enabled(&mut possible);
        for &(position, choice) in taken {
            if possible.get(position) != Some(&choice) {
                return None;
            }
            self.step((position, choice));
            self.program.enabled(&mut possible);
        }
        Some(())
    }
}

//! How many executions a search will take, from a few random ones.
//!
//! A probe goes from the root of the search tree to a leaf and takes a random branch at each fork.
//! The product of the forks' sizes is, on average over all probes, the number of leaves. It varies
//! widely where the tree is uneven: it is for a progress line, never for a verdict.
//!
//! Source: Knuth: "Estimating the Efficiency of Backtrack Programs", Mathematics of Computation 29,
//! 1975.
//!
//! The tree of the classes is that of sleep sets (Godefroid: "Partial-Order Methods for the
//! Verification of Concurrent Systems", LNCS 1032, 1996): a fork has a branch for each step that is
//! not asleep; below a branch, the steps of those before it sleep until one that they depend on is
//! taken. Each class is one leaf at which nothing is possible; a leaf at which all sleep is a
//! repetition, and counts 0. What a step before the branch would touch, the probe learns by taking
//! it and coming back.

use super::depth_first::Limits;
use super::happens_before::Event;
use super::program::{Choice, Program};
use super::progress::Progress;
use super::random::Random;

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
    /// The product of the forks on the way to a random leaf; 0 at one that is a repetition.
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
            let awake: Vec<usize> = (0..possible.len()).filter(is_awake).collect();
            if awake.is_empty() {
                return Some(0.0);
            }
            if taken.len() == self.limits.steps_max {
                return None;
            }
            leaves *= awake.len() as f64;
            let drawn = self.random.below(awake.len());
            if self.tree == Tree::Classes && drawn > 0 {
                for &before in &awake[..drawn] {
                    asleep.push(self.step(before, possible[before]));
                    self.come_back(&taken)?;
                }
            }
            let (position, choice) = (awake[drawn], possible[awake[drawn]]);
            let event = self.step(position, choice);
            taken.push((position, choice));
            asleep.retain(|sleeper| !sleeper.conflicts_with(&event));
            self.program.enabled(&mut possible);
        }
        Some(leaves)
    }

    fn step(&mut self, position: usize, choice: Choice) -> Event {
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
            self.step(position, choice);
            self.program.enabled(&mut possible);
        }
        Some(())
    }
}

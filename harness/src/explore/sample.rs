//! Some schedules, chosen at random: for spaces that are too large to run all of.
//!
//! What a sampled search does not find may still be there: [`Ended::Sampled`] is no proof.

use super::depth_first::{Ended, Limits, Visitor};
use super::path::Path;
use super::pct::Pct;
use super::pos::Pos;
use super::program::{Access, Choice, Program};
use super::progress::Progress;
use super::random::Random;
use super::urw::Urw;

/// How a sampled search chooses its schedules. It learns from one execution for the next.
#[derive(Debug)]
pub enum Strategy {
    /// By priorities of processes that change at a few steps.
    Pct(Pct),
    /// By priorities of steps.
    Pos(Pos),
    /// Step by step, so that interleavings are about equally likely.
    Urw(Urw),
}

/// Runs `executions` schedules of `program`, chosen by `strategy` with the random numbers that
/// `seed` determines.
///
/// The same strategy, as new as it was, with the same seed runs the same schedules. Executions and
/// steps are counted in `progress`. The visitor is shown each step, also one that an earlier
/// execution has taken.
pub fn sample<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    (strategy, seed, executions): (&mut Strategy, u64, u64),
    visitor: &mut impl Visitor<P>,
) -> Ended {
    let mut random = Random::new(seed);
    let mut possible = Vec::new();
    for _ in 0..executions {
        let mut path = Path::default();
        progress.execution_begins();
        program.reset();
        strategy.begin(&mut random);
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
            let position = strategy.choose(&possible, &mut random);
            let choice = possible[position];
            path.push(&possible, position);
            progress.step_begins(position);
            let accesses = program.step(choice.process);
            strategy.took(choice, accesses);
        }
        visitor.quiescent(program, &path);
        strategy.end();
        if !visitor.wants_more() {
            return Ended::Stopped;
        }
    }
    Ended::Sampled
}

impl Strategy {
    fn begin(&mut self, random: &mut Random) {
        match self {
            Strategy::Pct(pct) => pct.begin(random),
            Strategy::Pos(pos) => pos.begin(),
            Strategy::Urw(urw) => urw.begin(),
        }
    }

    fn choose(&mut self, possible: &[Choice], random: &mut Random) -> usize {
        match self {
            Strategy::Pct(pct) => pct.choose(possible, random),
            Strategy::Pos(pos) => pos.choose(possible, random),
            Strategy::Urw(urw) => urw.choose(possible, random),
        }
    }

    fn took(&mut self, choice: Choice, accesses: &[Access]) {
        match self {
            Strategy::Pct(pct) => pct.took(choice),
            Strategy::Pos(pos) => pos.took(choice, accesses),
            Strategy::Urw(urw) => urw.took(choice),
        }
    }

    fn end(&mut self) {
        match self {
            Strategy::Pct(pct) => pct.end(),
            Strategy::Pos(_) => {}
            Strategy::Urw(urw) => urw.end(),
        }
    }
}

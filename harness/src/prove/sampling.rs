//! Some schedules under every plan, where there are too many to run all.

use super::judge::{Judge, Subject};
use super::options::{Options, Search};
use crate::explore::{Ended, Limits, Pct, PctBound, Pos, Progress, Strategy, Urw, sample};

/// A sampled search over all plans.
pub(super) struct Sampling {
    seed: u64,
    samples: u64,
    plans: u64,
    /// What all plans together promise.
    bound: Promise,
}

#[derive(Clone, Copy)]
enum Promise {
    /// No plan was sampled yet.
    Open,
    Least(PctBound),
    Nothing,
}

impl Sampling {
    pub(super) fn new(options: &Options) -> Self {
        Sampling { seed: options.seed, samples: options.samples, plans: 0, bound: Promise::Open }
    }

    /// Samples under one plan. Each plan begins with what is known of the program forgotten, and
    /// with a seed of its own.
    pub(super) fn run(
        &mut self,
        mut strategy: Strategy,
        subject: &mut Subject,
        limits: Limits,
        progress: &Progress,
        judge: &mut Judge,
    ) -> Ended {
        let seed = self.seed.wrapping_add(self.plans);
        self.plans += 1;
        let lot = (&mut strategy, seed, self.samples);
        let ended = sample(subject, limits, progress, lot, judge);
        let bound = match strategy {
            Strategy::Pct(pct) => pct.bound(),
            Strategy::Pos(_) | Strategy::Urw(_) => None,
        };
        self.bound = self.bound.and(bound);
        ended
    }

    /// The chance that each execution had at the least to show a bug that shows under one of the
    /// plans, if the strategy promises one.
    pub(super) fn bound(&self) -> Option<PctBound> {
        match self.bound {
            Promise::Least(bound) => Some(bound),
            Promise::Open | Promise::Nothing => None,
        }
    }
}

impl Promise {
    /// That of one plan more: of two, the smaller chance and the fewer executions hold.
    fn and(self, next: Option<PctBound>) -> Self {
        match (self, next) {
            (Promise::Open, Some(next)) => Promise::Least(next),
            (Promise::Least(least), Some(next)) => Promise::Least(PctBound {
                depth: next.depth,
                processes: least.processes.max(next.processes),
                steps: least.steps.max(next.steps),
                executions: least.executions.min(next.executions),
            }),
            (Promise::Nothing, _) | (_, None) => Promise::Nothing,
        }
    }
}

impl Search {
    /// How it chooses, if it is one that samples.
    pub(super) fn strategy(self) -> Option<Strategy> {
        match self {
            Search::Optimal | Search::Plain => None,
            Search::Pct { depth } => Some(Strategy::Pct(Pct::new(depth))),
            Search::Pos => Some(Strategy::Pos(Pos::default())),
            Search::Walk => Some(Strategy::Urw(Urw::default())),
        }
    }
}

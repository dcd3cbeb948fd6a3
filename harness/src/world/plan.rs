//! Which tasks are cancelled, and when.
//!
//! A cancellation is planned, not chosen step by step: in an execution under a plan, the next step
//! of a task that has run so often *is* that its future is dropped. It is then a step like any
//! other, that conflicts with what it touches, and reduction works as before. All plans together
//! are all cancellations.

use crate::explore::{Choice, Lane};

/// What a step is called that drops a task's future.
pub(super) const IS_CANCELLED: &str = "is cancelled";

/// That a task is cancelled, whatever it waits for then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cancellation {
    /// The task's lane.
    pub(crate) lane: Lane,
    /// How often it has run before.
    pub(crate) runs: usize,
}

/// The cancellations of an execution, at most one a lane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan(pub(crate) Vec<Cancellation>);

impl Plan {
    /// The plan under which these steps were taken.
    pub(crate) fn of(steps: &[Choice]) -> Self {
        let cancelled = steps.iter().enumerate().filter(|(_, step)| step.label == IS_CANCELLED);
        let cancellation = |(at, step): (usize, &Choice)| Cancellation {
            lane: step.process.lane,
            runs: steps[..at].iter().filter(|earlier| earlier.process == step.process).count(),
        };
        Plan(cancelled.map(cancellation).collect())
    }

    /// This plan with one cancellation more.
    pub(crate) fn and(&self, cancellation: Cancellation) -> Self {
        let mut plan = self.clone();
        plan.0.push(cancellation);
        plan
    }

    /// Whether a task that has run so often is now to be cancelled.
    pub(super) fn cancels(&self, lane: Lane, runs: usize) -> bool {
        self.0.contains(&Cancellation { lane, runs })
    }
}

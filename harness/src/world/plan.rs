//! What befalls an execution: which tasks are cancelled and when, which answer is held.
//!
//! It is planned, not chosen step by step. In an execution under a plan, the next step of a task
//! that has run so often *is* that its future is dropped, and the answer that is held moves when
//! nothing else can. Those are steps like any other, that conflict with what they touch, and
//! reduction works as before. All plans together are everything that may befall.

use crate::explore::{Choice, Lane, ProcessId};

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

/// What befalls an execution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// At most one a lane.
    pub(crate) cancellations: Vec<Cancellation>,
    /// The call whose answer is held until nothing else can move.
    pub(crate) held: Option<ProcessId>,
}

impl Plan {
    /// Nothing is cancelled, and the answer of this call is held.
    pub(crate) fn holding(call: ProcessId) -> Self {
        Plan { held: Some(call), ..Plan::default() }
    }

    /// A plan under which these steps can be taken: a held answer moves in it when it did then.
    pub(crate) fn of(steps: &[Choice]) -> Self {
        let cancelled = steps.iter().enumerate().filter(|(_, step)| step.label == IS_CANCELLED);
        let cancellation = |(at, step): (usize, &Choice)| Cancellation {
            lane: step.process.lane,
            runs: steps[..at].iter().filter(|earlier| earlier.process == step.process).count(),
        };
        Plan { cancellations: cancelled.map(cancellation).collect(), held: None }
    }

    /// This plan with one cancellation more.
    pub(crate) fn and(&self, cancellation: Cancellation) -> Self {
        let mut plan = self.clone();
        plan.cancellations.push(cancellation);
        plan
    }

    /// Whether something befalls this lane, which sets it apart from others.
    pub(super) fn concerns(&self, lane: Lane) -> bool {
        let is_held = self.held.is_some_and(|call| call.lane == lane);
        is_held || self.cancellations.iter().any(|one| one.lane == lane)
    }

    /// Whether a task that has run so often is now to be cancelled.
    pub(super) fn cancels(&self, lane: Lane, runs: usize) -> bool {
        self.cancellations.contains(&Cancellation { lane, runs })
    }
}

//! What befalls an execution: which tasks are cancelled and when, which calls meet a fault, which
//! processes crash and when, which answer is held.
//!
//! It is planned, not chosen step by step. In an execution under a plan, the next step of a task
//! that has run so often *is* that its future is dropped; a call's arrival *is* that a fault
//! befalls it; the answer that is held moves when nothing else can; and that a process crashes is a
//! step besides those of its tasks. Those are steps like any other, that conflict with what they
//! touch, and reduction works as before. All plans together are everything that may befall. Whether
//! operations of `sync` are steps is planned too.

use super::fault::{Fault, Lasts};
use crate::explore::{Choice, Lane, ProcessId};

/// What a step is called that drops a task's future.
pub(crate) const IS_CANCELLED: &str = "is cancelled";

/// What a step is called in which a process crashes; its requests are on their way.
pub(super) const CRASHES: &str = "crashes";

/// The same, when the requests that have not arrived never will.
pub(super) const CRASHES_WITH_REQUESTS: &str = "crashes with its requests";

/// What a step is called in which it turns out that a caller never begins.
pub(crate) const STAYS_AWAY: &str = "stays away";

/// That a task is cancelled, whatever it waits for then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cancellation {
    /// The task's lane.
    pub(crate) lane: Lane,
    /// How often it has run before.
    pub(crate) runs: usize,
}

/// That a call meets a fault, if it is one that this can befall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PlannedFault {
    pub(crate) call: ProcessId,
    pub(crate) fault: Fault,
    pub(crate) lasts: Lasts,
}

/// That a process crashes, whatever its tasks wait for then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crash {
    /// The lane of the first task that it was started with.
    pub(crate) lane: Lane,
    pub(crate) requests: Requests,
}

impl Crash {
    /// Every way in which the process can crash that was started with this task first.
    pub(crate) fn all(lane: Lane) -> impl Iterator<Item = Crash> {
        let all = [Requests::Arrive, Requests::GoDown].into_iter();
        all.map(move |requests| Crash { lane, requests })
    }

    /// Who takes the step in which it comes: no task and no call.
    pub(crate) fn process(self) -> ProcessId {
        ProcessId { lane: self.lane, index: CRASH }
    }

    /// That step.
    pub(crate) fn choice(self) -> Choice {
        let label = match self.requests {
            Requests::Arrive => CRASHES,
            Requests::GoDown => CRASHES_WITH_REQUESTS,
        };
        Choice { process: self.process(), label }
    }
}

/// The index of who takes the step in which a process crashes. No task makes so many calls.
const CRASH: u16 = u16::MAX;

/// Whether a step of this process is that one crashes.
pub(crate) fn is_crash(process: ProcessId) -> bool {
    process.index == CRASH
}

/// What becomes of the requests of a process that crashes. They all fare alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Requests {
    /// They arrive when they do.
    Arrive,
    /// Those that have not arrived never will.
    GoDown,
}

/// One thing that befalls an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Cancelled(Cancellation),
    Faulted(PlannedFault),
    Crashed(Crash),
    /// A caller never begins. There are others like it: to do without it is to look at the same
    /// scenario with fewer callers.
    Absent(Lane),
}

impl Mark {
    /// The lane of the task that it is about.
    pub(super) fn lane(mut self) -> Lane {
        *self.lane_mut()
    }

    /// The same of another task.
    pub(super) fn of(mut self, lane: Lane) -> Self {
        *self.lane_mut() = lane;
        self
    }

    fn lane_mut(&mut self) -> &mut Lane {
        match self {
            Mark::Cancelled(one) => &mut one.lane,
            Mark::Faulted(one) => &mut one.call.lane,
            Mark::Crashed(one) => &mut one.lane,
            Mark::Absent(lane) => lane,
        }
    }

    /// Every way in which a fault can befall a call.
    pub(crate) fn faults(call: ProcessId, fault: Fault) -> impl Iterator<Item = Mark> {
        let all = [Lasts::Once, Lasts::FromThenOn].into_iter();
        all.map(move |lasts| Mark::Faulted(PlannedFault { call, fault, lasts }))
    }
}

/// In which ways a plan makes a difference to what steps touch that it has nothing befall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reach {
    /// Every call may come after the beginning of what lasts.
    pub(crate) has_outage: bool,
    /// Every run of a task may come before a crash of its process.
    pub(crate) has_crash: bool,
    /// Every request may go down with its process.
    pub(crate) requests_may_go_down: bool,
    /// Every run of a task goes on where it would suspend before an operation.
    pub(crate) is_coarser: bool,
}

/// What befalls an execution.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Plan {
    /// In their order, so that equal plans look alike.
    marks: Vec<Mark>,
    /// The call whose answer is held until nothing else can move.
    pub(crate) held: Option<ProcessId>,
    /// Whether operations of `sync` that would be steps are none, as at level `await`.
    pub(crate) is_coarser: bool,
}

impl Plan {
    /// Nothing befalls, and no operation is a step.
    pub(crate) fn coarser() -> Self {
        Plan { is_coarser: true, ..Plan::default() }
    }

    /// The same, and the answer of this call is held.
    pub(crate) fn holding(self, call: ProcessId) -> Self {
        Plan { held: Some(call), ..self }
    }

    /// A plan under which these steps can be taken, at their level: a held answer moves in it when
    /// it did then.
    pub(crate) fn of(steps: &[Choice]) -> Self {
        let mut plan = Plan::default();
        let mut outages: Vec<(&str, Fault)> = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let earlier = steps[..at].iter().filter(|earlier| earlier.process == step.process);
            let (lane, runs) = (step.process.lane, earlier.count());
            let crash = |requests| Mark::Crashed(Crash { lane, requests });
            match step.label {
                STAYS_AWAY => plan.add(Mark::Absent(lane)),
                IS_CANCELLED => plan.add(Mark::Cancelled(Cancellation { lane, runs })),
                CRASHES => plan.add(crash(Requests::Arrive)),
                CRASHES_WITH_REQUESTS => plan.add(crash(Requests::GoDown)),
                label => {
                    let Some((fault, lasts)) = Fault::named_in(label) else { continue };
                    let operation = label.split(' ').next().unwrap_or(label);
                    // What lasts by then is planned already.
                    if lasts == Lasts::Once && outages.contains(&(operation, fault)) {
                        continue;
                    }
                    if lasts == Lasts::FromThenOn {
                        outages.push((operation, fault));
                    }
                    plan.add(Mark::Faulted(PlannedFault { call: step.process, fault, lasts }));
                }
            }
        }
        plan
    }

    /// This plan with one thing more.
    pub(crate) fn and(&self, mark: Mark) -> Self {
        let mut plan = self.clone();
        plan.add(mark);
        plan
    }

    /// Every way in which a fault can befall one of these calls, but for those that meet one
    /// already.
    pub(crate) fn more_faults<'a>(
        &'a self,
        calls: impl IntoIterator<Item = &'a (ProcessId, Fault)>,
    ) -> impl Iterator<Item = Mark> {
        let is_new = |(call, _): &&(ProcessId, Fault)| self.faults().all(|one| one.call != *call);
        calls.into_iter().filter(is_new).flat_map(|&(call, fault)| Mark::faults(call, fault))
    }

    fn add(&mut self, mark: Mark) {
        if let Err(position) = self.marks.binary_search(&mark) {
            self.marks.insert(position, mark);
        }
    }

    /// How much befalls, besides a held answer.
    pub(crate) fn befalls(&self) -> usize {
        self.marks.iter().filter(|mark| !matches!(mark, Mark::Absent(_))).count()
    }

    /// This plan, with every caller there.
    pub(crate) fn with_everybody(&self) -> Self {
        let mut plan = self.clone();
        plan.marks.retain(|mark| !matches!(mark, Mark::Absent(_)));
        plan
    }

    /// Whether anything befalls, or somebody never begins.
    pub(super) fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    pub(crate) fn cancellations(&self) -> impl Iterator<Item = Cancellation> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Cancelled(cancellation) => Some(*cancellation),
            _ => None,
        })
    }

    pub(crate) fn faults(&self) -> impl Iterator<Item = PlannedFault> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Faulted(fault) => Some(*fault),
            _ => None,
        })
    }

    pub(crate) fn crashes(&self) -> impl Iterator<Item = Crash> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Crashed(crash) => Some(*crash),
            _ => None,
        })
    }

    /// The lanes that something befalls, or whose answer is held.
    pub(super) fn lanes(&self) -> impl Iterator<Item = Lane> {
        self.marks.iter().map(|mark| mark.lane()).chain(self.held.map(|call| call.lane))
    }

    /// Whether something befalls this lane, which sets it apart from others.
    pub(super) fn concerns(&self, lane: Lane) -> bool {
        let is_cancelled = self.cancellations().any(|one| one.lane == lane);
        is_cancelled || self.is_absent(lane) || self.singles_out(lane)
    }

    /// Whether this caller never begins.
    pub(super) fn is_absent(&self, lane: Lane) -> bool {
        self.marks.contains(&Mark::Absent(lane))
    }

    /// Whether something besides a cancellation befalls this lane.
    pub(super) fn singles_out(&self, lane: Lane) -> bool {
        self.held.is_some_and(|call| call.lane == lane)
            || self.faults().any(|one| one.call.lane == lane)
    }

    /// Whether a task that has run so often is now to be cancelled.
    pub(super) fn cancels(&self, lane: Lane, runs: usize) -> bool {
        self.marks.contains(&Mark::Cancelled(Cancellation { lane, runs }))
    }

    pub(crate) fn reach(&self) -> Reach {
        Reach {
            has_outage: self.faults().any(|one| one.lasts == Lasts::FromThenOn),
            has_crash: self.crashes().next().is_some(),
            requests_may_go_down: self.crashes().any(|one| one.requests == Requests::GoDown),
            is_coarser: self.is_coarser,
        }
    }

    /// How the process is to crash that was started with this task first.
    pub(crate) fn crash_of(&self, lane: Lane) -> Option<Crash> {
        self.crashes().find(|crash| crash.lane == lane)
    }
}

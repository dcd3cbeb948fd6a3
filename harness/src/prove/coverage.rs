//! What was exercised: where tasks waited and were cancelled, which calls met which faults.
//!
//! A bound says what may befall, and a search lets it befall wherever it can; where that was is
//! looked at here, step by step, not concluded from the plans. So an await that no caller was ever
//! cancelled at is one that nobody knows anything about, and shows.

use std::collections::BTreeMap;
use std::panic::Location;

use super::judge::Subject;
use crate::auth::Event;
use crate::explore::Path;
use crate::world::{Fault, TaskState};

/// What some execution has exercised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Every place at which a task waited, and whether one was cancelled there.
    pub awaits: BTreeMap<AwaitPoint, Exercised>,
    /// Every operation that was called and that faults can befall, and whether each kind that can
    /// did.
    pub calls: BTreeMap<&'static str, BTreeMap<Fault, Exercised>>,
}

/// A place at which a task waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AwaitPoint {
    /// Who waited.
    pub task: Waiter,
    /// For what.
    pub awaited: AwaitedThing,
}

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiter {
    /// A caller.
    Caller,
    /// A task that the code under test has started. Cancellations are of callers: it goes on.
    Spawned,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AwaitedThing {
    /// The answer to a call.
    Call {
        /// What was called.
        operation: &'static str,
        /// The line that called it.
        location: &'static Location<'static>,
    },
    /// No call: a lock, a channel, another task. Where, nobody says.
    Other,
}

/// Whether something was exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exercised {
    /// In no execution.
    Never,
    /// In one execution at least.
    InSome,
}

/// Looks at executions for what they exercise.
#[derive(Default)]
pub(super) struct Watch {
    coverage: Coverage,
    /// After each step of the path: the calls sent by then, and where the task that ran waits.
    steps: Vec<(usize, Option<(usize, AwaitPoint)>)>,
}

impl Watch {
    /// What was exercised so far.
    pub(super) fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Adds what was exercised elsewhere.
    pub(super) fn absorb(&mut self, other: Watch) {
        for (place, exercised) in other.coverage.awaits {
            self.wait(place, exercised);
        }
        for (operation, faults) in other.coverage.calls {
            for (fault, exercised) in faults {
                self.meet(operation, fault, exercised);
            }
        }
    }

    /// The executions that come next are others.
    pub(super) fn begin(&mut self) {
        self.steps.clear();
    }

    /// Looks at the last step of the path; `known` entries of the ledger are older than it.
    pub(super) fn stepped(&mut self, subject: &Subject, path: &Path, known: usize) {
        self.steps.truncate(path.len() - 1);
        let Some(choice) = path.taken().last() else { return };
        let (calls, before) = (subject.kernel().calls(), self.calls_sent());
        for call in calls.iter().skip(before) {
            for &fault in call.operation.faults() {
                self.meet(call.operation.name, fault, Exercised::Never);
            }
        }
        self.note_faults(subject, choice.label, known);
        let lane = usize::from(choice.process.lane.0);
        let sent = calls.get(before).map(|call| AwaitedThing::Call {
            operation: call.operation.name,
            location: call.location,
        });
        let place =
            (choice.process.index == 0).then(|| self.waits_at(subject, lane, sent)).flatten();
        self.steps.push((calls.len(), place.map(|place| (lane, place))));
    }

    /// Where the task of a lane waits, now that it has run. One that was cancelled is noted where
    /// it waited.
    fn waits_at(
        &mut self,
        subject: &Subject,
        lane: usize,
        sent: Option<AwaitedThing>,
    ) -> Option<AwaitPoint> {
        let status = subject.tasks().get(lane)?;
        let task = match (status.is_caller, status.parent) {
            (true, _) => Waiter::Caller,
            (false, Some(_)) => Waiter::Spawned,
            (false, None) => return None,
        };
        match status.state {
            TaskState::Running => {
                let place = AwaitPoint { task, awaited: sent.unwrap_or(AwaitedThing::Other) };
                self.wait(place, Exercised::Never);
                Some(place)
            }
            TaskState::Cancelled => {
                let mut earlier = self.steps.iter().rev().filter_map(|(_, place)| *place);
                let (_, place) = earlier.find(|(other, _)| *other == lane)?;
                self.wait(place, Exercised::InSome);
                None
            }
            _ => None,
        }
    }

    fn wait(&mut self, place: AwaitPoint, exercised: Exercised) {
        let known = self.coverage.awaits.entry(place).or_insert(exercised);
        *known = exercised.max(*known);
    }

    fn meet(&mut self, operation: &'static str, fault: Fault, exercised: Exercised) {
        let faults = self.coverage.calls.entry(operation).or_default();
        let known = faults.entry(fault).or_insert(exercised);
        *known = exercised.max(*known);
    }

    /// A step at which a fault befalls is the arrival of a call: its label begins with what was
    /// called.
    fn note_faults(&mut self, subject: &Subject, label: &'static str, known: usize) {
        let operation = label.split(' ').next().unwrap_or(label);
        subject.world().with_ledger(|ledger| {
            for entry in ledger.entries().iter().skip(known) {
                if let Event::Faulted { fault } = entry.event {
                    self.meet(operation, fault, Exercised::InSome);
                }
            }
        });
    }

    fn calls_sent(&self) -> usize {
        self.steps.last().map_or(0, |(calls, _)| *calls)
    }
}

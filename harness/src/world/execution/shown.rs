//! What executions have shown that other plans can be made of.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{Execution, Setting};
use crate::explore::ProcessId;
use crate::world::fault::Fault;

/// What executions have shown that can befall them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    seen: Vec<Seen>,
    faultable: BTreeSet<(ProcessId, Fault)>,
    calls_to_hold: BTreeSet<ProcessId>,
}

/// What a lane has been in some execution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) was_caller: bool,
    /// Whether a process could crash that was started with its task first.
    pub(super) could_crash: bool,
    /// Whether it could matter that requests go down with that.
    pub(super) requests_matter: bool,
    /// The most that its task has run without ending.
    pub(super) runs_max: usize,
}

impl<W: Setting> Execution<W> {
    /// The calls, of all executions so far, each of which is to be held in executions of its own.
    pub(crate) fn calls_to_hold(&mut self) -> &BTreeSet<ProcessId> {
        self.note_calls();
        &self.calls_to_hold
    }

    /// What all executions under this plan have shown.
    pub(crate) fn shown(&mut self) -> Shown {
        self.note_calls();
        Shown {
            seen: self.seen.clone(),
            faultable: self.faultable.clone(),
            calls_to_hold: self.calls_to_hold.clone(),
        }
    }

    /// Executions elsewhere, under the same plan, have shown this besides.
    pub(crate) fn was_also_shown(&mut self, shown: &Shown) {
        self.calls_to_hold.extend(&shown.calls_to_hold);
        self.faultable.extend(&shown.faultable);
        self.seen.resize(self.seen.len().max(shown.seen.len()), Seen::default());
        for (mine, there) in self.seen.iter_mut().zip(&shown.seen) {
            mine.was_caller |= there.was_caller;
            mine.could_crash |= there.could_crash;
            mine.requests_matter |= there.requests_matter;
            mine.runs_max = mine.runs_max.max(there.runs_max);
        }
    }

    /// A hash of what each task has come to, and of what has happened in the world.
    pub(super) fn hash_of_outcome(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for status in &self.statuses {
            (&status.name, std::mem::discriminant(&status.state)).hash(&mut hasher);
        }
        self.world.outcome().hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn note_calls(&mut self) {
        self.calls_to_hold.extend(self.world.kernel().calls_to_hold());
        self.faultable.extend(self.world.kernel().calls_to_fault());
    }
}

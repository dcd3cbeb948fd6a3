//! What each step touches whenever it is taken, whatever came before it.
//!
//! What a step touches may depend on what others have done: a task polls the call that it finds in
//! a slot, and who wrote there last decides whose call that is. The algorithm plans executions from
//! what steps touched in others, which is right only if they touch the same again. So a step is
//! taken to touch all that it has ever touched, counted by its place among the steps of its process
//! and by what came before it there; and when that turns out to be more than was known, the search
//! begins again.

use std::collections::BTreeMap;

use super::program::{Access, AccessKind, ProcessId};

/// Which step it is, in whatever execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StepId {
    pub(super) process: ProcessId,
    /// See [`Program::history_of`](super::Program::history_of).
    pub(super) history: u64,
    /// Its place among the steps of its process.
    pub(super) ordinal: usize,
}

/// What steps are known to touch, for other searches of the same program too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprints {
    by_step: BTreeMap<StepId, Vec<Access>>,
    /// Whether a step touched more than it was known to.
    has_grown: bool,
}

impl Footprints {
    /// Adds to what a step touched whatever else it has touched in other executions. What is
    /// acquired or released is left as it is: a step that need not wait for an object must not seem
    /// to.
    pub(super) fn widen(&mut self, step: StepId, accesses: &mut Vec<Access>) {
        let is_shared =
            |access: &Access| matches!(access.kind, AccessKind::Read | AccessKind::Write);
        let Some(known) = self.by_step.get_mut(&step) else {
            let mut touched: Vec<Access> = accesses.iter().copied().filter(is_shared).collect();
            touched.sort_unstable();
            touched.dedup();
            self.by_step.insert(step, touched);
            return;
        };
        for access in accesses.iter().filter(|access| is_shared(access)) {
            if let Err(place) = known.binary_search(access) {
                known.insert(place, *access);
                self.has_grown = true;
            }
        }
        for access in known {
            if !accesses.contains(access) {
                accesses.push(*access);
            }
        }
    }

    /// Adds what others know.
    pub(crate) fn add(&mut self, others: &Footprints) {
        for (step, touched) in &others.by_step {
            self.widen(*step, &mut touched.clone());
        }
        self.has_grown = false;
    }

    /// Whether a step touched more than it was known to, since this was last asked.
    pub(super) fn take_growth(&mut self) -> bool {
        std::mem::take(&mut self.has_grown)
    }
}

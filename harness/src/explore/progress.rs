//! What a running search tells other threads.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::depth_first::Limits;

/// Written by the search, read by whoever watches it: a progress line, a watchdog.
///
/// Nothing read here flows into a result, except that a step which never returns is found by it.
#[derive(Debug)]
pub struct Progress {
    executions: AtomicU64,
    redundant: AtomicU64,
    impossible: AtomicU64,
    steps: AtomicU64,
    probes: AtomicU64,
    /// 0 is none.
    estimated: AtomicU64,
    depth: AtomicUsize,
    /// The choices of the running execution, as many as `depth` says.
    positions: Box<[AtomicU32]>,
}

/// Where a search stood when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Executions begun so far, but for those after which the search began again.
    pub executions: u64,
    /// Executions cut short so far, because all that could go on had been tried.
    pub redundant: u64,
    /// Steps that were planned and then were not possible. There are none if programs declare what
    /// their steps touch; otherwise the search may have missed something.
    pub impossible: u64,
    /// Steps begun so far, over all executions.
    pub steps: u64,
    /// Executions begun before the search itself, to estimate how many there will be or to see
    /// whether something shows at once; they are not among the others.
    pub probes: u64,
    /// How many executions there will be, about, if that was estimated: those of the plans begun
    /// so far.
    pub estimated: Option<u64>,
    /// For each step begun in the running execution, the position of its choice among those that
    /// were possible. While the search moves, they may be of two executions.
    pub positions: Vec<usize>,
}

impl Progress {
    /// For a search within `limits`.
    pub fn new(limits: Limits) -> Self {
        Progress {
            executions: AtomicU64::new(0),
            redundant: AtomicU64::new(0),
            impossible: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            probes: AtomicU64::new(0),
            estimated: AtomicU64::new(0),
            depth: AtomicUsize::new(0),
            positions: (0..limits.steps_max).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Where the search stands now.
    pub fn snapshot(&self) -> Snapshot {
        let begun = &self.positions[..self.depth.load(Relaxed)];
        Snapshot {
            executions: self.executions.load(Relaxed),
            redundant: self.redundant.load(Relaxed),
            impossible: self.impossible.load(Relaxed),
            steps: self.steps.load(Relaxed),
            probes: self.probes.load(Relaxed),
            estimated: Some(self.estimated.load(Relaxed)).filter(|&estimated| estimated > 0),
            positions: begun.iter().map(|position| position.load(Relaxed) as usize).collect(),
        }
    }

    pub(super) fn execution_begins(&self) {
        self.depth.store(0, Relaxed);
        add_one(&self.executions);
    }

    /// The executions since then were for nothing: the search begins again.
    pub(super) fn forget_since(&self, then: &Snapshot) {
        self.executions.store(then.executions, Relaxed);
        self.redundant.store(then.redundant, Relaxed);
        self.impossible.store(then.impossible, Relaxed);
    }

    pub(super) fn plan_was_impossible(&self) {
        add_one(&self.impossible);
    }

    pub(super) fn execution_was_redundant(&self) {
        add_one(&self.redundant);
    }

    /// So many executions are expected to come, besides those begun.
    pub fn expect(&self, executions: u64) {
        let begun = self.executions.load(Relaxed);
        self.estimated.store(begun.saturating_add(executions), Relaxed);
    }

    pub(super) fn probe_begins(&self) {
        self.depth.store(0, Relaxed);
        add_one(&self.probes);
    }

    pub(super) fn step_begins(&self, position: usize) {
        add_one(&self.steps);
        self.probe_step_begins(position);
    }

    /// A step that is not counted.
    pub(super) fn probe_step_begins(&self, position: usize) {
        let depth = self.depth.load(Relaxed);
        self.positions[depth].store(position as u32, Relaxed);
        self.depth.store(depth + 1, Relaxed);
    }
}

/// There is one writer, so no atomic addition is needed.
fn add_one(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}

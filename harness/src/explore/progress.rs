//! What a running search tells other threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::path::Path;

/// Written by the search, read by whoever watches it: a progress line, a watchdog.
///
/// Nothing read here flows into a result, except that a step which never returns is found by it.
#[derive(Debug, Default)]
pub struct Progress {
    executions: AtomicU64,
    redundant: AtomicU64,
    steps: AtomicU64,
    depth: AtomicUsize,
    prefix: Mutex<Vec<usize>>,
}

/// Where a search stood when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Executions begun so far.
    pub executions: u64,
    /// Executions cut short so far, because all that could go on had been tried.
    pub redundant: u64,
    /// Steps begun so far, over all executions.
    pub steps: u64,
    /// Steps begun in the running execution.
    pub depth: usize,
    /// The positions that the running execution was told to take. After them it takes position 0
    /// each time, so that these and `depth` are enough to repeat it.
    pub prefix: Vec<usize>,
}

impl Progress {
    /// Where the search stands now.
    pub fn snapshot(&self) -> Snapshot {
        let prefix = self.prefix.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Snapshot {
            executions: self.executions.load(Relaxed),
            redundant: self.redundant.load(Relaxed),
            steps: self.steps.load(Relaxed),
            depth: self.depth.load(Relaxed),
            prefix: prefix.clone(),
        }
    }

    pub(super) fn execution_begins(&self, path: &Path) {
        let mut prefix = self.prefix.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        prefix.clear();
        prefix.extend(path.positions());
        self.depth.store(0, Relaxed);
        add_one(&self.executions);
    }

    pub(super) fn execution_was_redundant(&self) {
        add_one(&self.redundant);
    }

    pub(super) fn step_begins(&self) {
        add_one(&self.steps);
        self.depth.store(self.depth.load(Relaxed) + 1, Relaxed);
    }
}

/// There is one writer, so no atomic addition is needed.
fn add_one(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}

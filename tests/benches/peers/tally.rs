//! What the run of a cell has seen so far. Plain atomics, which no tool takes for a step.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
/// 0 is none.
static FIRST_VIOLATION: AtomicU64 = AtomicU64::new(0);

/// Counts an execution that has come to its end.
pub fn execution_ended(is_violated: bool) {
    let executions = EXECUTIONS.fetch_add(1, Relaxed) + 1;
    if is_violated && FIRST_VIOLATION.load(Relaxed) == 0 {
        FIRST_VIOLATION.store(executions, Relaxed);
    }
}

/// Complete executions.
pub fn executions() -> u64 {
    EXECUTIONS.load(Relaxed)
}

/// The first execution that broke what must hold, counted from 1.
pub fn first_violation() -> Option<u64> {
    Some(FIRST_VIOLATION.load(Relaxed)).filter(|&first| first > 0)
}

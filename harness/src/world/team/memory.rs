//! How much the atomics of loom's threads may do.

use std::cell::Cell;

thread_local! {
    static MEMORY: Cell<Memory> = const { Cell::new(Memory::Loose) };
    static MATTERS: Cell<bool> = const { Cell::new(false) };
    static IS_UNINTERRUPTED: Cell<bool> = const { Cell::new(false) };
}

/// How much the atomics of loom's threads may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// What loom lets them do, which is more than C++ does: what reads and replaces a value may
    /// miss a plain store that was made before, and `SeqCst` is no more than `AcqRel`.
    Loose,
    /// No more than C++ lets them do, and less in places: a store comes after all that were made
    /// before, and what is `SeqCst` after all that has been done before what was `SeqCst` earlier.
    Strict,
}

/// An execution begins, in which they may do so much.
pub(super) fn begin(memory: Memory) {
    MEMORY.set(memory);
    MATTERS.set(false);
    IS_UNINTERRUPTED.set(false);
}

/// Whether what an atomic is about to do has to be strict. It is asked where that makes a
/// difference, which is remembered.
pub(crate) fn has_to_be_strict() -> bool {
    MATTERS.set(true);
    MEMORY.get() == Memory::Strict
}

/// Whether an atomic has done something in this execution to which it makes a difference.
pub(crate) fn memory_matters() -> bool {
    MATTERS.get()
}

/// Runs `operation`, which is loom's and must not block, with nobody coming between it and the last
/// one.
pub(crate) fn uninterrupted<R>(operation: impl FnOnce() -> R) -> R {
    if IS_UNINTERRUPTED.replace(true) {
        return operation();
    }
    loom::stop_exploring();
    let result = operation();
    loom::explore();
    IS_UNINTERRUPTED.set(false);
    result
}

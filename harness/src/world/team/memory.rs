//! How much the atomics of loom's threads may do.

use std::cell::Cell;

thread_local! {
    static MEMORY: Cell<Memory> = const { Cell::new(Memory::Loose) };
    static HAS_ASKED: Cell<bool> = const { Cell::new(false) };
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

/// How much they may do from now on.
pub(super) fn set_memory(memory: Memory) {
    MEMORY.set(memory);
}

/// Whether what an atomic is about to do has to be strict. It is asked where that makes a
/// difference, which is noted.
pub(crate) fn is_strict() -> bool {
    HAS_ASKED.set(true);
    MEMORY.get() == Memory::Strict
}

/// Whether that was asked since this was last called.
pub(crate) fn take_has_asked() -> bool {
    HAS_ASKED.take()
}

/// Runs `operation`, which is loom's, with nobody coming between it and the last one.
pub(crate) fn uninterrupted<R>(operation: impl FnOnce() -> R) -> R {
    loom::stop_exploring();
    let result = operation();
    loom::explore();
    result
}

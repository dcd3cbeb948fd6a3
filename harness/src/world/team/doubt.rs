//! Why an execution on loom's threads cannot be believed.

use crate::world::panics::Panic;

/// Why an execution cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It had more tasks, and calls beside which these go on, than loom has threads: this one.
    TooManyTasks(String),
    /// loom gave up.
    GaveUp(Panic),
    /// A task waited for something that is not behind a turn.
    WaitedUnseen(String),
    /// A task used a lock or channel of tokio's that is not behind a turn.
    UsedUnseen(String),
    /// It asked for something that this level does not have.
    NotHere(&'static str),
}

/// Whether it is loom that panicked and not the code under test.
pub(crate) fn is_of_loom(panic: &Panic) -> bool {
    panic.place.as_ref().is_some_and(|place| {
        let file = place.file.replace('\\', "/");
        file.contains("loom") && file.contains("/src/rt/")
    })
}

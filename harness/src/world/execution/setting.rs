//! What an execution needs of the world that it takes place in.

use std::sync::Arc;

use crate::explore::Lane;
use crate::world::kernel::Kernel;

/// What an execution takes place in: a kernel, and whatever else its tasks share.
pub(crate) trait Setting {
    /// One in which nothing has happened.
    fn new() -> Self;

    /// Becomes one in which nothing has happened. Memory of the old one may be used again only if
    /// nobody has kept a handle on it.
    fn renew(&mut self);

    /// Its kernel.
    fn kernel(&self) -> &Kernel;

    /// The process of these tasks has crashed: what the operating system held for them is free.
    fn went_down(&self, lanes: &[Lane]);

    /// A hash of what has happened in it, in whichever order.
    fn outcome(&self) -> u64;
}

/// Arranges a fresh world: what exists, who calls.
pub(crate) type Stage<W> = Arc<dyn Fn(&W) + Send + Sync>;

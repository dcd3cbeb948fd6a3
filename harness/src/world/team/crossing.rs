//! Loads of an atomic whose order matters, to loom.

use loom::sync::Condvar;

/// Stands before each load of an atomic, so that loom tries both orders of any two of them.
///
/// To loom, loads have nothing to do with each other, and it remembers only the last access of an
/// atomic. So where one thread loads it, and then another loads it and stores, the second load
/// hides the first, and that the store comes before that is never tried. A condition variable that
/// nobody waits for is like an atomic all whose accesses matter to each other, and puts no memory
/// in order.
#[derive(Debug)]
pub(crate) struct Crossing(Condvar);

impl Crossing {
    /// One for an atomic that is made now, on a thread of loom's.
    pub(crate) fn new() -> Self {
        Crossing(Condvar::new())
    }

    /// A load comes next.
    pub(crate) fn cross(&self) {
        self.0.notify_one();
    }
}

//! Virtual time.

use std::sync::Arc;
use std::time::Duration;

use super::kernel::Kernel;
use super::objects::CLOCK;
use super::timer::Sleepers;
use crate::explore::Access;

/// A moment of virtual time, as the duration since the world began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub Duration);

impl Timestamp {
    /// The moment that much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Timestamp(self.0.saturating_add(duration))
    }

    /// How long after `earlier` it is; nothing, if it is not.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Where code under test gets the time from.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// How far a client's clock is from the server's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Skew {
    /// It is right.
    #[default]
    None,
    /// It is ahead by as much.
    Ahead(Duration),
    /// It is behind by as much. It does not go back beyond the world's beginning.
    Behind(Duration),
}

/// The clock of a world, as a client reads it. It stands still until it is told to advance.
#[derive(Clone)]
pub struct WorldClock {
    kernel: Kernel,
    skew: Skew,
    sleepers: Arc<Sleepers>,
}

impl WorldClock {
    pub(crate) fn new(kernel: &Kernel, skew: Skew, sleepers: &Arc<Sleepers>) -> Self {
        WorldClock { kernel: kernel.clone(), skew, sleepers: Arc::clone(sleepers) }
    }

    pub(super) fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    pub(super) fn sleepers(&self) -> &Arc<Sleepers> {
        &self.sleepers
    }

    /// Moves time forward, and wakes those who have slept long enough.
    pub fn advance(&self, duration: Duration) {
        self.kernel.take_turn();
        let mut state = self.kernel.lock();
        state.touch(Access::write(CLOCK));
        state.now = state.now.saturating_add(duration);
        let now = Timestamp(state.now);
        drop(state);
        self.sleepers.wake(now);
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.kernel.take_turn();
        let Timestamp(now) = self.kernel.now();
        Timestamp(match self.skew {
            Skew::None => now,
            Skew::Ahead(by) => now.saturating_add(by),
            Skew::Behind(by) => now.saturating_sub(by),
        })
    }
}

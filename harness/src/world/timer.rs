//! Waiting for virtual time to pass.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::clock::{Timestamp, WorldClock};
use super::driving::wait_for;
use super::kernel::Kernel;

/// Where code under test waits for time to pass.
///
/// Code that calls `tokio::time::sleep` itself cannot run in an exploration: there is no runtime.
pub trait Timer: Send + Sync {
    /// Waits until the clock has gone on by as much.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Who sleeps, and until when.
#[derive(Default)]
pub(crate) struct Sleepers {
    sleepers: Mutex<Vec<(Timestamp, Waker)>>,
}

impl Sleepers {
    /// Whether nobody sleeps.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Timestamp, Waker)>> {
        self.sleepers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Wakes those whose time has come. Who sleeps declares that it has read the clock, so that the
    /// step in which the clock goes on comes before that or after it.
    pub(super) fn wake(&self, now: Timestamp) {
        let mut sleepers = self.lock();
        let (due, asleep): (Vec<_>, Vec<_>) = sleepers.drain(..).partition(|(end, _)| *end <= now);
        *sleepers = asleep;
        drop(sleepers);
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

impl Timer for WorldClock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (kernel, sleepers) = (self.kernel().clone(), Arc::clone(self.sleepers()));
        Box::pin(async move {
            kernel.take_turn();
            let end = kernel.now().plus(duration);
            let mut has_waited = false;
            wait_for(poll_fn(|cx| {
                let poll = poll_until(&kernel, &sleepers, end, cx);
                has_waited |= poll.is_pending();
                poll
            }))
            .await;
            if has_waited {
                // Who goes on sees what those did who let time pass.
                kernel.take_turn();
            }
        })
    }
}

/// Reading the clock and going to sleep are one step, so that no waking is missed.
fn poll_until(
    kernel: &Kernel,
    sleepers: &Sleepers,
    end: Timestamp,
    cx: &mut Context<'_>,
) -> Poll<()> {
    if kernel.now() >= end {
        return Poll::Ready(());
    }
    // Cloning a waker is foreign code: not while anything is locked.
    let waker = cx.waker().clone();
    sleepers.lock().push((end, waker));
    Poll::Pending
}

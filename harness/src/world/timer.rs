//! Waiting for virtual time to pass.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::clock::{Timestamp, WorldClock};
use super::driving::wait_for;
use super::kernel::Kernel;
use super::objects::CLOCK;
use crate::explore::Access;

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
    sleepers: Mutex<Vec<Sleeper>>,
}

struct Sleeper {
    /// Whose bed it is: beds are told apart by where they are.
    bed: Arc<()>,
    end: Timestamp,
    waker: Waker,
}

/// Where one sleeps; who leaves it before the time has come is not woken.
struct Bed {
    kernel: Kernel,
    sleepers: Arc<Sleepers>,
    mark: Arc<()>,
}

impl Sleepers {
    /// Whether nobody sleeps.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Sleeper>> {
        self.sleepers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Wakes those whose time has come. Who sleeps declares that it has read the clock, so that the
    /// step in which the clock goes on comes before that or after it.
    pub(super) fn wake(&self, now: Timestamp) {
        let mut sleepers = self.lock();
        let (due, asleep): (Vec<_>, Vec<_>) = sleepers.drain(..).partition(|one| one.end <= now);
        *sleepers = asleep;
        drop(sleepers);
        due.into_iter().for_each(|one| one.waker.wake());
    }
}

impl Bed {
    /// Reading the clock and going to sleep are one step, so that no waking is missed.
    fn poll_until(&self, end: Timestamp, cx: &mut Context<'_>) -> Poll<()> {
        if self.kernel.now() >= end {
            return Poll::Ready(());
        }
        // Cloning and dropping a waker is foreign code: not while anything is locked.
        let sleeper = Sleeper { bed: Arc::clone(&self.mark), end, waker: cx.waker().clone() };
        let mut sleepers = self.sleepers.lock();
        let former = self.position(&sleepers).map(|at| sleepers.swap_remove(at));
        sleepers.push(sleeper);
        drop(sleepers);
        drop(former);
        Poll::Pending
    }

    fn position(&self, sleepers: &[Sleeper]) -> Option<usize> {
        sleepers.iter().position(|one| Arc::ptr_eq(&one.bed, &self.mark))
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let mut sleepers = self.sleepers.lock();
        let former = self.position(&sleepers).map(|at| sleepers.swap_remove(at));
        drop(sleepers);
        if former.is_some() {
            // The clock goes on before that, and wakes it, or after that.
            self.kernel.touch(Access::read(CLOCK));
        }
    }
}

impl Timer for WorldClock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (kernel, sleepers) = (self.kernel().clone(), Arc::clone(self.sleepers()));
        Box::pin(async move {
            kernel.take_turn();
            let end = kernel.now().plus(duration);
            let bed = Bed { kernel: kernel.clone(), sleepers, mark: Arc::default() };
            let mut has_waited = false;
            wait_for(poll_fn(|cx| {
                if has_waited {
                    kernel.take_turn_again();
                }
                let poll = bed.poll_until(end, cx);
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

//! A lock that the processes of one machine share, as on a file.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use super::objects;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Driving, begin_step, driving, wait_for};

/// The lock of a world: all handles are the same lock. It is given to those who wait in the order
/// in which they came, and let go of when the process that holds it lets go, is cancelled or
/// crashes: the operating system sees to that.
#[derive(Clone)]
pub struct FileLock {
    world: World,
}

/// Lets go of the lock when it is dropped.
#[must_use]
pub struct FileLockGuard {
    _place: Place,
}

/// Who holds a world's lock, and who waits for it.
#[derive(Default)]
pub(super) struct FileLockState {
    /// Who came first holds it.
    places: VecDeque<Standing>,
    given: u64,
}

struct Standing {
    number: u64,
    lane: Lane,
    waker: Option<Waker>,
}

/// A place in the order of those who hold the lock or wait for it, given up when it is dropped.
struct Place {
    world: World,
    number: u64,
}

impl FileLock {
    pub(super) fn of(world: &World) -> Self {
        FileLock { world: world.clone() }
    }

    /// Waits for the lock.
    pub async fn lock(&self) -> FileLockGuard {
        if driving() == Driving::Steps {
            begin_step().await;
        }
        self.world.take_turn();
        let place = self.stand();
        let mut has_waited = false;
        wait_for(poll_fn(|cx| {
            if has_waited {
                self.world.take_turn_again();
            }
            let poll = place.poll_first(cx);
            has_waited |= poll.is_pending();
            poll
        }))
        .await;
        if has_waited {
            // Who goes on sees what those did who let it.
            self.world.take_turn();
        }
        FileLockGuard { _place: place }
    }

    fn stand(&self) -> Place {
        self.world.touch(Access::write(objects::FILE_LOCK));
        let lane = self.world.current_lane();
        let lock = &mut self.world.facts().file_lock;
        lock.given += 1;
        let number = lock.given;
        lock.places.push_back(Standing { number, lane, waker: None });
        Place { world: self.world.clone(), number }
    }
}

impl FileLockState {
    /// Those lanes stand no longer. Returns whom to wake, and wakers to drop.
    fn leave(&mut self, is_gone: impl Fn(&Standing) -> bool) -> (Option<Waker>, Vec<Standing>) {
        let first = self.places.front().map(|place| place.number);
        let (gone, stay) = self.places.drain(..).partition(is_gone);
        self.places = stay;
        let next = self.places.front_mut().filter(|next| Some(next.number) != first);
        (next.and_then(|next| next.waker.take()), Vec::from(gone))
    }
}

impl World {
    /// Their process is gone, and holds no lock.
    pub(super) fn unlock_files_of(&self, lanes: &[Lane]) {
        self.touch(Access::write(objects::FILE_LOCK));
        let left = self.facts().file_lock.leave(|place| lanes.contains(&place.lane));
        let (next, gone) = left;
        // No code of theirs runs any more.
        self.bury(gone.into_iter().filter_map(|place| place.waker));
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl Place {
    fn poll_first(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.world.touch(Access::write(objects::FILE_LOCK));
        // Cloning and dropping a waker is foreign code: not while the facts are locked.
        let waker = cx.waker().clone();
        let mut facts = self.world.facts();
        let mut places = facts.file_lock.places.iter_mut();
        let former = match places.position(|place| place.number == self.number) {
            Some(0) => return Poll::Ready(()),
            Some(at) => facts.file_lock.places[at].waker.replace(waker),
            // Its world is gone.
            None => None,
        };
        drop(facts);
        drop(former);
        Poll::Pending
    }
}

impl Drop for Place {
    /// Others come before the lock is let go of, or after it.
    fn drop(&mut self) {
        self.world.take_turn();
        self.world.touch(Access::write(objects::FILE_LOCK));
        let (next, gone) = self.world.facts().file_lock.leave(|one| one.number == self.number);
        drop(gone);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl fmt::Debug for FileLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLock").finish_non_exhaustive()
    }
}

impl fmt::Debug for FileLockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLockGuard").finish_non_exhaustive()
    }
}

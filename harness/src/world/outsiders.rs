//! What an exploration notices of things that it does not control.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::holds::Line;
use super::panics::Place;

thread_local! {
    /// Its address tells threads apart, and is looked up faster than a thread's id.
    static MARK: u8 = const { 0 };
}

/// What no other thread that is alive has.
fn mark() -> usize {
    MARK.with(|mark| std::ptr::from_ref(mark) as usize)
}

/// Kept for a whole exploration: what an outsider does may come after the world that it was given
/// is gone.
#[derive(Debug)]
pub(crate) struct Outsiders {
    /// The explorer's thread, which outlives every world.
    home: usize,
    was_seen: AtomicBool,
    thread: Mutex<Option<String>>,
    has_kept_a_world: AtomicBool,
    /// The first task that waited for something that the engine does not know of.
    waited_unseen: Mutex<Option<String>>,
    /// The first task that used something of tokio's that the engine does not know of.
    used_unseen: Mutex<Option<String>>,
    /// The first operation that was given up in the poll that suspended before it.
    given_up: Mutex<Option<Place>>,
}

impl Outsiders {
    /// None yet. The thread that calls this is the explorer's.
    pub(crate) fn new() -> Self {
        Outsiders {
            home: mark(),
            was_seen: AtomicBool::new(false),
            thread: Mutex::new(None),
            has_kept_a_world: AtomicBool::new(false),
            waited_unseen: Mutex::new(None),
            used_unseen: Mutex::new(None),
            given_up: Mutex::new(None),
        }
    }

    /// Something was used by the calling thread.
    pub(super) fn notice_thread(&self) {
        if mark() != self.home && !self.was_seen.swap(true, Relaxed) {
            *self.name() = thread::current().name().map(str::to_owned);
        }
    }

    /// A world's execution has ended and somebody still has a handle on it.
    pub(super) fn notice_kept_world(&self) {
        self.has_kept_a_world.store(true, Relaxed);
    }

    /// A task waits for something that the engine does not know of, at a level at which it must.
    pub(super) fn notice_unseen_wait(&self, task: &str) {
        let mut waited = self.waited_unseen.lock().unwrap_or_else(PoisonError::into_inner);
        waited.get_or_insert_with(|| task.to_owned());
    }

    /// The first such task.
    pub(crate) fn waited_unseen(&self) -> Option<String> {
        self.waited_unseen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A task used a lock or channel of tokio's that the engine does not know of, at a level at
    /// which it must.
    pub(super) fn notice_unseen_use(&self, task: &str) {
        let mut used = self.used_unseen.lock().unwrap_or_else(PoisonError::into_inner);
        used.get_or_insert_with(|| task.to_owned());
    }

    /// The first such task.
    pub(crate) fn used_unseen(&self) -> Option<String> {
        self.used_unseen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A task gave up an operation in the poll that suspended before it.
    pub(super) fn notice_given_up(&self, line: Line) {
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        let place = || Place { file: line.file().to_owned(), line: line.line() };
        given_up.get_or_insert_with(place);
    }

    /// The first such operation.
    pub(crate) fn given_up(&self) -> Option<Place> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a thread that is not the explorer's has woken a task or used a double.
    pub(crate) fn was_seen(&self) -> bool {
        self.was_seen.load(Relaxed)
    }

    /// The name of the first such thread, if it has one.
    pub(crate) fn thread(&self) -> Option<String> {
        self.name().clone()
    }

    /// Whether a double outlived the execution that it was made for.
    pub(crate) fn has_kept_a_world(&self) -> bool {
        self.has_kept_a_world.load(Relaxed)
    }

    fn name(&self) -> MutexGuard<'_, Option<String>> {
        self.thread.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

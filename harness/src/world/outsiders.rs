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

/// The first of its kind that is noticed.
#[derive(Debug)]
struct First<T>(Mutex<Option<T>>);

impl<T: Clone> First<T> {
    fn none() -> Self {
        First(Mutex::new(None))
    }

    fn note(&self, one: impl FnOnce() -> T) {
        self.lock().get_or_insert_with(one);
    }

    fn get(&self) -> Option<T> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    waited_unseen: First<String>,
    /// The first task that used something of tokio's that the engine does not know of.
    used_unseen: First<String>,
    /// The first operation that was given up in the poll that suspended before it.
    given_up: First<Place>,
}

impl Outsiders {
    /// None yet. The thread that calls this is the explorer's.
    pub(crate) fn new() -> Self {
        Outsiders {
            home: mark(),
            was_seen: AtomicBool::new(false),
            thread: Mutex::new(None),
            has_kept_a_world: AtomicBool::new(false),
            waited_unseen: First::none(),
            used_unseen: First::none(),
            given_up: First::none(),
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
        self.waited_unseen.note(|| task.to_owned());
    }

    /// The first such task.
    pub(crate) fn waited_unseen(&self) -> Option<String> {
        self.waited_unseen.get()
    }

    /// A task used a lock or channel of tokio's that the engine does not know of, at a level at
    /// which it must.
    pub(super) fn notice_unseen_use(&self, task: &str) {
        self.used_unseen.note(|| task.to_owned());
    }

    /// The first such task.
    pub(crate) fn used_unseen(&self) -> Option<String> {
        self.used_unseen.get()
    }

    /// A task gave up an operation in the poll that suspended before it.
    pub(super) fn notice_given_up(&self, line: Line) {
        self.given_up.note(|| Place::of(line));
    }

    /// The first such operation.
    pub(crate) fn given_up(&self) -> Option<Place> {
        self.given_up.get()
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

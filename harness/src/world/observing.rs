//! What tasks do, in order, for whoever looks on: to draw a timeline.
//!
//! The ledger has what happened in the world. Here is what tasks do besides: the calls that they
//! make and their operations on objects of `sync`. Objects are used far from any kernel, so who
//! looks on is known to the thread; mostly nobody does.

use std::cell::{Cell, RefCell};
use std::panic::Location;

use super::blocked::is_in_step;
use super::driving::{Driving, driving};
use super::holds::{next_number, stepping_lane};
use super::panics::Panic;
use super::team::acting_lane;
use crate::explore::Lane;

thread_local! {
    static OBSERVER: RefCell<Option<Observer>> = const { RefCell::new(None) };
    /// Whose step it is in which a process is being started.
    static STARTS: Cell<Option<Lane>> = const { Cell::new(None) };
}

/// Is told of everything that happens on its thread. It runs no code under test.
pub(crate) type Observer = Box<dyn FnMut(Observed)>;

/// Something that happened.
pub(crate) enum Observed {
    /// The ledger has one more entry.
    Entry,
    /// A task did something that the ledger does not have.
    #[cfg_attr(not(feature = "loom"), expect(dead_code, reason = "only threads ask whose it is"))]
    Action(Lane, Action),
}

/// Something that a task does and the ledger does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Calls a double.
    Calls {
        /// What it calls, by its name in schedules.
        operation: &'static str,
        /// The line that calls it.
        location: &'static Location<'static>,
    },
    /// Comes to an operation on an object of `sync`, which is its next step.
    ComesTo(Use),
    /// Has to wait in an operation on an object of `sync`.
    WaitsIn(Use),
    /// Does an operation on an object of `sync`.
    Uses(Use),
    /// Lets go of an object of `sync`.
    LetsGo(Object),
    /// Wakes another task, which waited.
    Wakes(Lane),
    /// Panics.
    Panics(Panic),
}

/// An object of `sync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// Its type.
    pub what: &'static str,
    /// No other object of the same execution has this number.
    pub number: u64,
}

impl Object {
    /// One of this type that is made now.
    pub(crate) fn new(what: &'static str) -> Self {
        Object { what, number: next_number() }
    }
}

/// An operation on an object of `sync`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The object.
    pub object: Object,
    /// The function's name.
    pub operation: &'static str,
    /// Of an atomic: what it was given and returned, as Rust writes it.
    pub values: String,
    /// The line that asks for it.
    pub location: &'static Location<'static>,
}

/// That somebody looks on at this thread, until it is dropped.
#[must_use = "nobody looks on any more when it is dropped"]
pub(crate) struct Observing(());

/// `observer` is told of what happens on this thread, and nobody else.
pub(crate) fn observe(observer: Observer) -> Observing {
    OBSERVER.set(Some(observer));
    Observing(())
}

impl Drop for Observing {
    fn drop(&mut self) {
        OBSERVER.set(None);
    }
}

/// The ledger has one more entry.
pub(crate) fn note_entry() {
    tell(|| Some(Observed::Entry));
}

/// The task that runs does something.
pub(crate) fn note_action(action: impl FnOnce() -> Action) {
    tell(|| Some(Observed::Action(acting()?, action())));
}

/// The task that runs wakes another, which waited.
pub(super) fn note_wake(woken: Lane) {
    tell(|| {
        let lane = acting().filter(|&lane| lane != woken)?;
        Some(Observed::Action(lane, Action::Wakes(woken)))
    });
}

/// The lane whose task runs, if what it does is somebody's action.
fn acting() -> Option<Lane> {
    let lane = match driving() {
        Driving::Threads => acting_lane(),
        // Else the world is set up, or taken down.
        _ => is_in_step().then(stepping_lane).flatten(),
    };
    lane.filter(|&lane| STARTS.get() != Some(lane))
}

/// Runs what starts a process, in a step of this lane: that is nobody's action.
pub(super) fn while_starting<R>(lane: Lane, start: impl FnOnce() -> R) -> R {
    let former = STARTS.replace(Some(lane));
    let started = start();
    STARTS.set(former);
    started
}

fn tell(observed: impl FnOnce() -> Option<Observed>) {
    // A destructor may run as its thread ends.
    let _ = OBSERVER.try_with(|observer| {
        if let Ok(mut observer) = observer.try_borrow_mut()
            && let Some(observer) = &mut *observer
            && let Some(observed) = observed()
        {
            observer(observed);
        }
    });
}

//! What tasks do, in order, for whoever looks on: to draw a timeline.
//!
//! The ledger has what happened in the world. Here is what tasks do besides: the calls that they
//! make and their operations on objects of `sync`. Objects are used far from any kernel, so who
//! looks on is known to the thread; mostly nobody does.

use std::cell::RefCell;
use std::panic::Location;

use super::driving::{Driving, driving};
use super::holds::stepping_lane;
use super::team::acting_lane;
use crate::explore::Lane;

thread_local! {
    static OBSERVER: RefCell<Option<Observer>> = const { RefCell::new(None) };
}

/// Is told of everything that happens on its thread. It runs no code under test.
pub(crate) type Observer = Box<dyn FnMut(Observed)>;

/// Something that happened.
pub(crate) enum Observed {
    /// The ledger has one more entry.
    Entry,
    /// A task did something that the ledger does not have.
    #[cfg_attr(not(feature = "loom"), expect(dead_code, reason = "a step is known to be whose"))]
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
    LetsGo {
        /// The object's type.
        object: &'static str,
    },
}

/// An operation on an object of `sync`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The object's type.
    pub object: &'static str,
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
    tell(|| {
        let lane = match driving() {
            Driving::Threads => acting_lane()?,
            _ => stepping_lane(),
        };
        Some(Observed::Action(lane, action()))
    });
}

fn tell(observed: impl FnOnce() -> Option<Observed>) {
    // A destructor may run as its thread ends.
    let _ = OBSERVER.try_with(|observer| {
        if let Some(observer) = &mut *observer.borrow_mut()
            && let Some(observed) = observed()
        {
            observer(observed);
        }
    });
}

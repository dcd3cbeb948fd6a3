//! Who waits for which object of `sync`, and who holds it since where: the facts of a deadlock.

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::observing::Object;
use super::panics::Place;
use super::touched;
use crate::explore::Lane;

thread_local! {
    /// The world that takes the present step, and the lane; none takes any while it is set up.
    static HERE: Cell<(u64, Option<Lane>)> = const { Cell::new((0, None)) };
    /// Who waits, in all worlds whose tasks are still there.
    static WAITS: RefCell<Vec<Wanted>> = const { RefCell::new(Vec::new()) };
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// The line of an operation.
pub(crate) type Line = &'static Location<'static>;

/// What a task waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// What it is, as its type is called.
    pub what: &'static str,
    /// Where it is waited for.
    pub place: Place,
    /// Who holds it.
    pub holders: Vec<Holder>,
}

/// Who holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Whose step it was that took it, if it was not taken while the implementation was built.
    pub lane: Option<Lane>,
    /// Where.
    pub place: Place,
}

/// An object that can be held.
#[derive(Debug)]
pub(crate) struct Holdable {
    pub(crate) object: Object,
    holders: Mutex<Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    number: u64,
    lane: Option<Lane>,
    line: Line,
    thread: ThreadId,
}

/// That somebody holds an object, until it is dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    object: Arc<Holdable>,
    number: u64,
}

/// That somebody waits for an object, until it is dropped.
#[derive(Debug)]
pub(crate) struct Wait {
    number: u64,
}

struct Wanted {
    number: u64,
    world: u64,
    lane: Option<Lane>,
    object: Arc<Holdable>,
    line: Line,
}

/// The lane that takes the present step, if one does.
pub(crate) fn stepping_lane() -> Option<Lane> {
    HERE.get().1
}

/// The number of a world that begins here: from now on, steps are its.
pub(super) fn begin_world() -> u64 {
    touched::begin_world();
    let world = next_number();
    HERE.set((world, None));
    world
}

/// From now on, steps are those of a lane of a world.
pub(super) fn step_as(world: u64, lane: Lane) {
    HERE.set((world, Some(lane)));
}

/// What a lane of the world that takes steps waits for.
pub(super) fn awaited_by(lane: Lane) -> Vec<Awaited> {
    let (world, _) = HERE.get();
    WAITS.with_borrow(|waits| {
        let of_lane =
            waits.iter().filter(|wanted| wanted.world == world && wanted.lane == Some(lane));
        of_lane.map(|wanted| wanted.object.awaited_at(wanted.line)).collect()
    })
}

/// One that no object, hold or wait of this thread has had.
pub(super) fn next_number() -> u64 {
    NUMBER.replace(NUMBER.get() + 1)
}

impl Holdable {
    /// An object that nobody holds; `what` is the name of its type.
    pub(crate) fn new(what: &'static str) -> Self {
        Holdable { object: Object::new(what), holders: Mutex::default() }
    }

    /// It is held from now on, by a lane or since before there were any.
    pub(crate) fn hold(self: &Arc<Self>, lane: Option<Lane>, line: Line) -> Hold {
        let (number, thread) = (next_number(), thread::current().id());
        self.holders().push(Held { number, lane, line, thread });
        Hold { object: Arc::clone(self), number }
    }

    /// A lane waits for it from now on.
    pub(crate) fn wait(self: &Arc<Self>, lane: Option<Lane>, line: Line) -> Wait {
        let (number, object, (world, _)) = (next_number(), Arc::clone(self), HERE.get());
        WAITS.with_borrow_mut(|waits| waits.push(Wanted { number, world, lane, object, line }));
        Wait { number }
    }

    /// Whether somebody holds it who cannot let go while this thread is blocked.
    pub(super) fn is_held_here(&self) -> bool {
        let here = thread::current().id();
        self.holders().iter().any(|held| held.thread == here)
    }

    /// Who holds it, for whoever waits at a line.
    pub(super) fn awaited_at(&self, line: Line) -> Awaited {
        let holder = |held: &Held| Holder { lane: held.lane, place: Place::of(held.line) };
        let holders = self.holders().iter().map(holder).collect();
        Awaited { what: self.object.what, place: Place::of(line), holders }
    }

    fn holders(&self) -> MutexGuard<'_, Vec<Held>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.object.holders().retain(|held| held.number != self.number);
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        // A task that somebody has kept may go with its thread, after what is here.
        let _ = WAITS.try_with(|waits| {
            waits.borrow_mut().retain(|wanted| wanted.number != self.number);
        });
    }
}

//! The objects that a world itself declares accesses on.

use crate::explore::{Lane, ObjectId};

/// The code under test: its inside is not visible, so any two of its steps conflict.
pub(super) const IMPLEMENTATION: ObjectId = ObjectId { kind: 0, key: 0 };

/// The virtual clock.
pub(super) const CLOCK: ObjectId = ObjectId { kind: 0, key: 1 };

/// The gates: which call takes which, and what lets it go.
pub(super) const GATES: ObjectId = ObjectId { kind: 0, key: 2 };

/// That nothing but held answers can move: every other step has to come first.
pub(super) const QUIESCENCE: ObjectId = ObjectId { kind: 0, key: 3 };

/// The answers that have come back to a lane: its next run sees them all.
pub(super) fn mailbox(lane: Lane) -> ObjectId {
    ObjectId { kind: 1, key: u32::from(lane.0) }
}

//! The objects that a world itself declares accesses on: kinds 0 to 2, 9, 10 and 14.

use super::call::Operation;
use crate::explore::{Lane, ObjectId, ProcessId};

/// The code under test in one of several processes, or all of it: its inside is not visible, so any
/// two of its steps conflict.
pub(super) fn implementation(process: Option<usize>) -> ObjectId {
    ObjectId { kind: 14, key: process.map_or(0, |process| process as u32 + 1) }
}

/// The virtual clock.
pub const CLOCK: ObjectId = ObjectId { kind: 0, key: 1 };

/// That nothing but held answers can move: every other step has to come first.
pub(super) const QUIESCENCE: ObjectId = ObjectId { kind: 0, key: 2 };

/// How many tasks there are: the next one's lane is named after that.
pub(super) const LANES: ObjectId = ObjectId { kind: 0, key: 0 };

/// What has begun to befall all calls of some operation.
pub(super) const OUTAGE: ObjectId = ObjectId { kind: 0, key: 3 };

/// The gates of an operation, and how many of its calls have arrived.
pub(super) fn gates(operation: &Operation) -> ObjectId {
    ObjectId { kind: 2, key: operation.key }
}

/// The answers that have come back to a lane, and whether its task has been woken: its next run
/// sees them all.
pub(super) fn mailbox(lane: Lane) -> ObjectId {
    ObjectId { kind: 1, key: u32::from(lane.0) }
}

/// The objects of a set, taken together.
pub(super) fn joined(set: usize) -> ObjectId {
    ObjectId { kind: 9, key: set as u32 }
}

/// That a task, or a request, has not gone down with its process: its next step needs that.
pub(super) fn life(process: ProcessId) -> ObjectId {
    ObjectId { kind: 10, key: u32::from(process.lane.0) << 16 | u32::from(process.index) }
}

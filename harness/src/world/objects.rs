//! The objects that a world itself declares accesses on: kinds 0 to 2, 9, 10 and 14
//! to 17.

use super::call::Operation;
use crate::explore::{Lane, ObjectId, ProcessId};

/// The code under test in one of several processes, or all of it. Where its inside is not visible,
/// any two of its steps conflict: each changes it.
pub(super) fn implementation(process: Option<usize>) -> ObjectId {
    ObjectId { kind: 14, key: process.map_or(0, |process| process as u32 + 1) }
}

/// What goes away with tasks of one of several processes, or of all.
pub(super) fn endings(process: Option<usize>) -> ObjectId {
    ObjectId { kind: 16, ..implementation(process) }
}

/// Whether only the tasks of one process can tell that a step changed it, or only the search.
pub(super) fn is_inside_process(object: ObjectId) -> bool {
    matches!(object.kind, 1 | 14..=17) || object == QUIESCENCE
}

/// The virtual clock.
pub const CLOCK: ObjectId = ObjectId { kind: 0, key: 1 };

/// That nothing but held answers can move: every other step has to come first.
pub(super) const QUIESCENCE: ObjectId = ObjectId { kind: 0, key: 2 };

/// How many tasks one of several processes, or none of them, has: the next one's lane is named
/// after that.
pub(super) fn lanes(process: Option<usize>) -> ObjectId {
    ObjectId { kind: 17, ..implementation(process) }
}

/// What has begun to befall all calls of some operation.
pub(super) const OUTAGE: ObjectId = ObjectId { kind: 0, key: 3 };

/// The gates of an operation, and how many of its calls have arrived.
pub(super) fn gates(operation: &Operation) -> ObjectId {
    ObjectId { kind: 2, key: operation.key }
}

/// The answers that have come back to a task, and whether its task has been woken: its next run
/// sees them all.
pub(super) fn mailbox(task: Lane) -> ObjectId {
    ObjectId { kind: 1, key: u32::from(task.0) }
}

/// The object of `sync` that a task, or nobody before the first step, has made after so many
/// others. Where there are more than fit, some are taken to be one, so that more conflicts.
pub(super) fn sync_object(maker: Option<Lane>, earlier: usize) -> ObjectId {
    // No lane has that number.
    let maker = maker.map_or(0xffff, |task| u32::from(task.0));
    ObjectId { kind: 15, key: maker << 16 | earlier.min(0xffff) as u32 }
}

/// The objects of a set, taken together.
pub(super) fn joined(set: usize) -> ObjectId {
    ObjectId { kind: 9, key: set as u32 }
}

/// That a request has not gone down with its process: its arrival needs that.
pub(super) fn life(request: ProcessId) -> ObjectId {
    ObjectId { kind: 10, key: u32::from(request.lane.0) << 16 | u32::from(request.index) }
}

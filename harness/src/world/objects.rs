//! The objects that a world itself declares accesses on: kinds 0 to 2, 9, 10 and 14
//! to 16.

use super::call::Operation;
use crate::explore::{Lane, ObjectId};

/// The code under test in one of several processes, or all of it. Where its inside is not visible,
/// any two of its steps conflict: each changes it.
pub(super) fn implementation(process: Option<usize>) -> ObjectId {
    ObjectId { kind: 14, key: process.map_or(0, |process| process as u32 + 1) }
}

/// What goes away with tasks of one of several processes, or of all.
pub(super) fn endings(process: Option<usize>) -> ObjectId {
    ObjectId { kind: 16, ..implementation(process) }
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

/// Which task it is, in whatever execution. A lane is not enough: it goes to whoever of several
/// processes under test starts a task next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TaskKey(u16);

impl TaskKey {
    /// The task that a process starts after so many others, or that of a lane. Where there are more
    /// than fit, some are taken to be one, so that more conflicts.
    pub(super) fn new(lane: Lane, process: Option<usize>, earlier: usize) -> Self {
        let of_process =
            |process: usize| 0x8000 | (process as u16 & 0x7f) << 8 | earlier as u16 & 0xff;
        TaskKey(process.map_or(lane.0, of_process))
    }

    pub(super) fn number(self) -> usize {
        usize::from(self.0)
    }
}

/// The answers that have come back to a task, and whether its task has been woken: its next run
/// sees them all.
pub(super) fn mailbox(task: TaskKey) -> ObjectId {
    ObjectId { kind: 1, key: u32::from(task.0) }
}

/// The object of `sync` that a task, or nobody before the first step, has made after so many
/// others. Where there are more than fit, some are taken to be one, so that more conflicts.
pub(super) fn sync_object(maker: Option<TaskKey>, earlier: usize) -> ObjectId {
    // No lane has that number.
    let maker = maker.map_or(0x7fff, |task| u32::from(task.0));
    ObjectId { kind: 15, key: maker << 16 | earlier.min(0xffff) as u32 }
}

/// The objects of a set, taken together.
pub(super) fn joined(set: usize) -> ObjectId {
    ObjectId { kind: 9, key: set as u32 }
}

/// That a task, or a request, has not gone down with its process: its next step needs that.
pub(super) fn life(task: TaskKey, index: u16) -> ObjectId {
    ObjectId { kind: 10, key: u32::from(task.0) << 16 | u32::from(index) }
}

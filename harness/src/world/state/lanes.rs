//! The lanes of an execution: their names, and whose task each has.

use std::borrow::Cow;

use super::State;
use crate::explore::Lane;
use crate::world::objects::TaskKey;

/// The most lanes that an execution can have.
const LANES_MAX: usize = 1_000;

pub(in crate::world) struct LaneRecord {
    pub(in crate::world) name: Cow<'static, str>,
    /// The name that was asked for.
    stem: Cow<'static, str>,
    pub(super) calls_made: u16,
    /// The process that its task belongs to.
    pub(in crate::world) process: Option<usize>,
    key: TaskKey,
}

impl State {
    /// Opens a lane. A name that is taken gets a number.
    ///
    /// # Panics
    /// When there are too many.
    pub(in crate::world) fn add_lane(
        &mut self,
        stem: Cow<'static, str>,
    ) -> (Lane, Cow<'static, str>) {
        let count = self.lanes.len();
        assert!(count < LANES_MAX, "more than {LANES_MAX} tasks in one execution");
        let mut number = self.lanes.iter().filter(|other| other.stem == stem).count() + 1;
        let mut name = if number == 1 { stem.clone() } else { numbered(&stem, number) };
        while self.lanes.iter().any(|other| other.name == name) {
            number += 1;
            name = numbered(&stem, number);
        }
        let lane = Lane(count as u16);
        let (calls_made, key) = (0, TaskKey::new(lane, None, 0));
        self.lanes.push(LaneRecord { name: name.clone(), stem, calls_made, process: None, key });
        (lane, name)
    }

    /// The task of a lane belongs to a process.
    pub(in crate::world) fn give_to(&mut self, process: Option<usize>, lane: Lane) {
        let earlier = self.lanes.iter().filter(|other| other.process == process).count();
        let record = &mut self.lanes[usize::from(lane.0)];
        (record.process, record.key) = (process, TaskKey::new(lane, process, earlier));
    }

    /// Which task a lane is of.
    pub(in crate::world) fn key_of(&self, lane: Lane) -> TaskKey {
        self.lanes[usize::from(lane.0)].key
    }
}

fn numbered(stem: &str, number: usize) -> Cow<'static, str> {
    Cow::Owned(format!("{stem}-{number}"))
}

//! What sets up worlds: to be searched, and to tell what was found.

use super::verdict::Level;
use crate::auth::World;
use crate::world::{Plan, Stage};

/// What sets up the worlds of one exploration.
pub(super) struct Stages {
    /// Those that are searched.
    pub(super) searched: Stage<World>,
    /// Those in which what was found is told, as whoever replays it will.
    pub(super) told: Told,
}

/// Sets up worlds in which executions are told.
pub(super) struct Told {
    /// At the level that is explored.
    pub(super) stage: Stage<World>,
    pub(super) level: Level,
    /// At level `await`, for executions under a coarser plan.
    pub(super) coarser: Stage<World>,
}

impl Told {
    /// For an execution under a plan.
    pub(super) fn under(&self, plan: &Plan) -> (&Stage<World>, Level) {
        match plan.is_coarser {
            true => (&self.coarser, Level::Await),
            false => (&self.stage, self.level),
        }
    }
}

//! One scenario with one model, at one level.

use authloom::explore::Snapshot;
use authloom::prove::{Level, Options, ReplayError, Schedule, Search, Sharing, Verdict, Violation};

use crate::catalogue::{Declared, Race, Size, catalogue};
use crate::levels::{callers_at, declared_at, preemptions_of};

/// One scenario with one model, at one level.
#[derive(Clone, Copy)]
pub struct Cell {
    race: &'static dyn Race,
    position: usize,
    /// The model's name.
    pub model: &'static str,
    /// How finely its executions are cut into steps.
    pub level: Level,
    /// The verdict that it must get.
    pub declared: Declared,
}

/// Every cell of the catalogue at level `await`, in its order.
pub fn cells() -> Vec<Cell> {
    cells_at(Level::Await)
}

/// Every cell of the catalogue at a level, in its order.
pub fn cells_at(level: Level) -> Vec<Cell> {
    let cells_of = |race: &'static dyn Race| {
        let models = race.models().into_iter().enumerate();
        models.map(move |(position, (model, _, at_await))| {
            let declared = declared_at(level, race, model, at_await);
            Cell { race, position, model, level, declared }
        })
    };
    catalogue().flat_map(cells_of).collect()
}

impl Cell {
    /// The scenario.
    pub fn race(&self) -> &'static dyn Race {
        self.race
    }

    /// Whether another cell is the same scenario with the same model, at whatever level.
    pub fn is_same_race(&self, other: &Cell) -> bool {
        self.model == other.model && self.race.name() == other.race.name()
    }

    /// What its tasks are taken to share at its level: models share nothing but objects of
    /// `authloom::sync`, but at level `await` code is taken as if nothing were known of it.
    pub fn sharing(&self) -> Sharing {
        match self.level {
            Level::Lock => Sharing::SyncObjects,
            Level::Await | Level::Thread => Sharing::Anything,
        }
    }

    /// How many callers it has at its level.
    pub fn callers(&self) -> usize {
        callers_at(self.level, self.race, self.model).unwrap_or(self.race.callers())
    }

    /// How often threads are interrupted at most in an execution of it, at level `thread`.
    pub fn preemptions(&self) -> Option<usize> {
        preemptions_of(self.race, self.model)
    }

    /// Explores it. The declared property is the one that is reported if it is broken.
    pub fn explore(&self, size: Size, watch: &mut dyn FnMut(&Snapshot)) -> Verdict {
        self.search(Search::Optimal, size, watch)
    }

    /// Explores it by running certain schedules.
    pub fn search(&self, search: Search, size: Size, watch: &mut dyn FnMut(&Snapshot)) -> Verdict {
        let (sharing, preemptions) = (self.sharing(), self.preemptions());
        let options = Options { search, sharing, preemptions, ..Options::default() };
        self.explore_with(options, size, watch)
    }

    /// Explores it with options, those that name the model, the property and the level excepted:
    /// these are its own.
    pub fn explore_with(
        &self,
        options: Options,
        size: Size,
        watch: &mut dyn FnMut(&Snapshot),
    ) -> Verdict {
        let (focus, level) = (self.declared.property(), self.level);
        let options = Options { model: Some(self.model), focus, level, ..options };
        let size = Size { callers: size.callers.or(Some(self.callers())), ..size };
        self.race.explore(self.position, size, &options, watch)
    }

    /// Replays a schedule, at the level and in a scenario of the size that it names.
    ///
    /// # Errors
    /// When the schedule does not show what it says.
    pub fn replay(&self, schedule: &Schedule) -> Result<Violation, ReplayError> {
        self.race.replay(self.position, schedule)
    }
}

//! Every scenario with the models that are explored in it, and the verdict that each must get at
//! level `await`. What finer levels see besides is in `levels.rs`.

mod callback;
mod refresh;
mod refresh_befallen;
mod sync;

use std::ops::RangeInclusive;
use std::sync::Arc;

use authloom::auth::World;
use authloom::explore::Snapshot;
use authloom::property::Property;
use authloom::prove::{Bounds, Options, ReplayError, Scenario, Schedule, Verdict, Violation};
use authloom_models::Model;

use Declared::{Proved, Violated};

/// The whole catalogue.
pub fn catalogue() -> impl Iterator<Item = &'static dyn Race> {
    let refresh = refresh::RACES.iter().chain(refresh_befallen::RACES);
    refresh.chain(callback::RACES).chain(sync::RACES).copied()
}

/// The verdict that a cell must get.
#[derive(Debug, Clone, Copy)]
pub enum Declared {
    /// Every property holds.
    Proved,
    /// This property is broken.
    Violated(Property),
}

impl Declared {
    /// The verdict's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Proved => "proved",
            Violated(_) => "violated",
        }
    }

    /// The property that must be broken.
    pub fn property(self) -> Option<&'static str> {
        match self {
            Proved => None,
            Violated(property) => Some(property.name),
        }
    }

    /// Whether a verdict is the declared one.
    pub fn agrees_with(self, verdict: &Verdict) -> bool {
        let broken = verdict.conclusion.violation().map(|violation| violation.property.name);
        verdict.conclusion.as_str() == self.as_str() && broken == self.property()
    }
}

/// A scenario and its models, whatever trait they implement.
pub trait Race: Sync {
    /// The scenario's name.
    fn name(&self) -> &'static str;
    /// The scenario in a sentence.
    fn summary(&self) -> &'static str;
    /// The numbers of callers that the scenario can have.
    fn callers_range(&self) -> RangeInclusive<usize>;
    /// The number of callers it has in the catalogue.
    fn callers(&self) -> usize;
    /// The faults that befall calls in it in the catalogue.
    fn faults(&self) -> usize;
    /// The processes that crash in it in the catalogue.
    fn crashes(&self) -> usize;
    /// The callers that may be cancelled in it in the catalogue.
    fn cancellations(&self) -> usize;
    /// How often the clock goes on in it in the catalogue.
    fn clock_advances(&self) -> usize;
    /// The models, by name and summary, with the verdicts declared for level `await`.
    fn models(&self) -> Vec<(&'static str, &'static str, Declared)>;
    /// Explores the model at a position in [`Race::models`].
    fn explore(
        &self,
        model: usize,
        size: Size,
        options: &Options,
        watch: &mut dyn FnMut(&Snapshot),
    ) -> Verdict;
    /// Replays a schedule with one model.
    ///
    /// # Errors
    /// When the schedule does not show what it says.
    fn replay(&self, model: usize, schedule: &Schedule) -> Result<Violation, ReplayError>;
}

/// How large to make a scenario; what is `None` is as the catalogue has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    /// How many callers.
    pub callers: Option<usize>,
    /// How many of them may be cancelled.
    pub cancellations: Option<usize>,
    /// How often the clock goes on.
    pub clock_advances: Option<usize>,
    /// How many faults befall calls.
    pub faults: Option<usize>,
    /// How many processes crash.
    pub crashes: Option<usize>,
}

impl Size {
    /// As large as these bounds.
    pub fn of(bounds: Bounds) -> Self {
        let Bounds { callers, cancellations, faults, clock_advances, crashes } = bounds;
        Size {
            callers: Some(callers),
            cancellations: Some(cancellations),
            clock_advances: Some(clock_advances),
            faults: Some(faults),
            crashes: Some(crashes),
        }
    }
}

struct RaceOf<T: ?Sized + 'static> {
    scenario: fn(usize) -> Scenario<T>,
    callers: usize,
    callers_range: RangeInclusive<usize>,
    cells: &'static [(Model<T>, Declared)],
}

impl<T: ?Sized + 'static> RaceOf<T> {
    fn sized(&self, size: Size) -> Scenario<T> {
        let scenario = (self.scenario)(size.callers.unwrap_or(self.callers));
        let bounds = scenario.bounds;
        scenario
            .with_cancellations(size.cancellations.unwrap_or(bounds.cancellations))
            .with_clock_advances(size.clock_advances.unwrap_or(bounds.clock_advances))
            .with_faults(size.faults.unwrap_or(bounds.faults))
            .with_crashes(size.crashes.unwrap_or(bounds.crashes))
    }

    fn build(&self, model: usize) -> impl Fn(&World) -> Arc<T> + Send + Sync + use<T> {
        self.cells[model].0.build
    }
}

impl<T: ?Sized + 'static> Race for RaceOf<T> {
    fn name(&self) -> &'static str {
        (self.scenario)(self.callers).name
    }

    fn summary(&self) -> &'static str {
        (self.scenario)(self.callers).summary
    }

    fn callers_range(&self) -> RangeInclusive<usize> {
        self.callers_range.clone()
    }

    fn callers(&self) -> usize {
        self.callers
    }

    fn faults(&self) -> usize {
        (self.scenario)(self.callers).bounds.faults
    }

    fn crashes(&self) -> usize {
        (self.scenario)(self.callers).bounds.crashes
    }

    fn cancellations(&self) -> usize {
        (self.scenario)(self.callers).bounds.cancellations
    }

    fn clock_advances(&self) -> usize {
        (self.scenario)(self.callers).bounds.clock_advances
    }

    fn models(&self) -> Vec<(&'static str, &'static str, Declared)> {
        let model =
            |(model, declared): &(Model<T>, Declared)| (model.name, model.summary, *declared);
        self.cells.iter().map(model).collect()
    }

    fn explore(
        &self,
        model: usize,
        size: Size,
        options: &Options,
        watch: &mut dyn FnMut(&Snapshot),
    ) -> Verdict {
        self.sized(size).explore(self.build(model), options, watch)
    }

    fn replay(&self, model: usize, schedule: &Schedule) -> Result<Violation, ReplayError> {
        self.sized(Size::of(schedule.bounds)).replay(self.build(model), schedule)
    }
}

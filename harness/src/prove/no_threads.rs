//! What stands for level `thread` in a build without loom.

use std::time::Duration;

use super::options::{Options, Sharing};
use super::replay::ReplayError;
use super::scenario::Scenario;
use super::schedule::Schedule;
use super::verdict::{Conclusion, Incomplete, Verdict, Violation};
use crate::auth::World;
use crate::explore::Snapshot;
use crate::property::Property;
use crate::world::Stage;

pub(super) fn explore_threads<T: ?Sized + 'static>(
    scenario: &Scenario<T>,
    _stage: Stage<World>,
    options: &Options,
    _watch: &mut dyn FnMut(&Snapshot),
) -> Verdict {
    Verdict {
        scenario: scenario.name,
        summary: scenario.summary,
        model: options.model,
        level: options.level,
        sharing: Sharing::Anything,
        bounds: scenario.bounds,
        preemptions: options.preemptions,
        properties: scenario.all_properties(),
        conclusion: Conclusion::Incomplete(Incomplete::BuiltWithoutLoom),
        executions: 0,
        is_exhausted: false,
        redundant: 0,
        share: None,
        coverage: None,
        steps: 0,
        elapsed: Duration::ZERO,
    }
}

pub(super) fn replay_threads<T: ?Sized + 'static>(
    _scenario: &Scenario<T>,
    _stage: Stage<World>,
    _property: Property,
    _schedule: &Schedule,
) -> Result<Violation, ReplayError> {
    Err(ReplayError::BuiltWithoutLoom)
}

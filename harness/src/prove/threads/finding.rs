//! What is told of a broken property: preferably that it is broken where atomics are strict, which
//! they can be. Else it may be loom alone that breaks it.

use super::replay::steps;
use super::tally::Tally;
use crate::prove::options::Options;
use crate::prove::schedule::Schedule;
use crate::prove::verdict::{Bounds, Level, Violation};
use crate::world::Memory;

/// A violation, and where it was found.
pub(super) struct Finding {
    /// Which execution it is, counted from 1.
    pub(super) execution: u64,
    /// How much atomics may do there.
    pub(super) memory: Memory,
    pub(super) violation: Violation,
}

impl Finding {
    /// What was found where atomics are loose, if anything was. If it may be that alone which
    /// breaks it, `strictly` searches where they are strict.
    pub(super) fn of(tally: &Tally, strictly: impl FnOnce() -> Option<Finding>) -> Option<Self> {
        let loose = tally.finding()?;
        if loose.violation.recording.reservation.is_none() {
            return Some(loose);
        }
        let asked_for = tally.focus.filter(|&focus| focus == loose.violation.property.name);
        let is_asked_for = |found: &Finding| {
            asked_for.is_none_or(|asked_for| asked_for == found.violation.property.name)
        };
        strictly().filter(is_asked_for).or(Some(loose))
    }

    /// With its schedule.
    pub(super) fn told(self, scenario: &str, bounds: Bounds, options: &Options) -> Violation {
        let Finding { execution, memory, violation } = self;
        let schedule = Schedule {
            scenario: scenario.to_owned(),
            model: options.model.map(str::to_owned),
            level: Level::Thread,
            bounds,
            property: violation.property.name.to_owned(),
            steps: steps(execution, options.preemptions, memory, &violation.recording),
            last_line: 0,
        };
        Violation { schedule: Some(schedule), ..violation }
    }
}

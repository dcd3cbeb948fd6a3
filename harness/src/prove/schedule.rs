//! A schedule as plain data: which scenario, within which bounds, which steps, what it breaks.

use super::verdict::{Bounds, Level};

/// The steps of a counterexample, and what is needed to take them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The scenario's name.
    pub scenario: String,
    /// The model's name, if it is one of the catalogue.
    pub model: Option<String>,
    /// How finely it is cut into steps.
    pub level: Level,
    /// The bounds it was found within.
    pub bounds: Bounds,
    /// The property that it breaks.
    pub property: String,
    /// The steps, in order.
    pub steps: Vec<ScheduledStep>,
    /// The line on which its text form ends.
    pub last_line: usize,
}

/// One step of a [`Schedule`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledStep {
    /// The line of the schedule's text form that it stands on, counted from 1.
    pub line: usize,
    /// Who does what.
    pub text: String,
}

//! Why a command cannot be carried out: exit code 2.

use std::io;
use std::ops::RangeInclusive;

use authloom::prove::MergeError;
use authloom::report::{ScheduleTextError, ShardTextError};

/// What is wrong with a command, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// A scenario or model that does not exist.
    #[error("there is no {kind} `{name}`; nearest: {}", .nearest.join(", "))]
    UnknownName { kind: &'static str, name: String, nearest: Vec<&'static str> },
    /// A model that is not explored in this scenario.
    #[error("{scenario} has no model `{model}`; it has {}", .models.join(", "))]
    NotInScenario { scenario: &'static str, model: &'static str, models: Vec<&'static str> },
    /// A number of callers that a scenario cannot have.
    #[error("{scenario} takes {} to {} callers, not {callers}", .range.start(), .range.end())]
    Callers { scenario: &'static str, range: RangeInclusive<usize>, callers: usize },
    /// More cancellations than callers.
    #[error("{scenario} has {callers} callers, of which {cancellations} cannot be cancelled")]
    Cancellations { scenario: &'static str, callers: usize, cancellations: usize },
    /// An option that asks for something this version cannot do.
    #[error("--{option} {value}: {possible}")]
    NotPossible { option: &'static str, value: String, possible: &'static str },
    /// A file that cannot be read.
    #[error("{file}: {error}")]
    File { file: String, error: io::Error },
    /// A file that is not text.
    #[error("{file}: line {line}: not text (not UTF-8); schedules and results of shards are")]
    NotText { file: String, line: usize },
    /// A text that is not a schedule.
    #[error("{file}: {error}")]
    ScheduleText { file: String, error: ScheduleTextError },
    /// A schedule that does not show what it says.
    #[error("{file}: {reason}")]
    Schedule { file: String, reason: String },
    /// A text that is not the result of a shard.
    #[error("{file}: {error}")]
    ShardText { file: String, error: ShardTextError },
    /// Results that do not belong together.
    #[error("{0}")]
    Merge(#[from] MergeError),
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

//! A schedule run again, this time with everything that a timeline shows.

use std::ops::Range;
use std::panic::Location;

use super::judge::Subject;
use super::step_text::{lane_names, step_text};
use crate::auth::{Ledger, World};
use crate::explore::{Access, Choice, Divergence, Lane, Program as _, replay};
use crate::world::{Stage, TaskState};

/// What happened under one schedule.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The columns.
    pub lanes: Vec<String>,
    /// The rows, one a step.
    pub rows: Vec<Row>,
    /// Everything that happened; the rows refer to it.
    pub ledger: Ledger,
    /// The steps that are possible at the end.
    pub possible: Vec<String>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its column.
    pub lane: Lane,
    /// The step as a schedule writes it.
    pub step: String,
    /// What it added to the ledger.
    pub events: Range<usize>,
    /// The calls that it sent.
    pub sent: Vec<SentCall>,
    /// How it ended.
    pub end: RowEnd,
    /// What it touched.
    pub accesses: Vec<Access>,
}

/// A call that a step sent.
#[derive(Debug, Clone, Copy)]
pub struct SentCall {
    /// What was called.
    pub operation: &'static str,
    /// The line that called it.
    pub location: &'static Location<'static>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowEnd {
    /// A call moved on.
    CallMoved,
    /// A task awaits an answer.
    AwaitsAnswer,
    /// A task awaits something that is no call: a lock, a notification, another task.
    Waits,
    /// A task returned.
    Finished,
    /// A task panicked.
    Panicked(String),
    /// It did not end.
    NeverReturned,
}

/// Runs `schedule` again in a fresh world.
///
/// # Errors
/// When it does not find the same steps possible: the implementation is not deterministic.
pub(super) fn record(
    stage: &Stage<World>,
    schedule: &[Choice],
) -> Result<(Recording, Subject), Divergence> {
    let mut subject = Subject::new(Stage::clone(stage));
    let mut rows: Vec<Row> = Vec::with_capacity(schedule.len());
    let (mut events, mut calls) = (0, 0);
    replay(&mut subject, schedule, |subject, choice, accesses| {
        let events_now = subject.world().with_ledger(|ledger| ledger.entries().len());
        let all_calls = subject.kernel().calls();
        let sent = all_calls[calls..]
            .iter()
            .map(|call| SentCall { operation: call.operation.name, location: call.location })
            .collect::<Vec<_>>();
        rows.push(Row {
            lane: choice.process.lane,
            step: step_text(subject.kernel(), choice),
            events: events..events_now,
            end: row_end(subject, choice, &sent),
            sent,
            accesses: accesses.to_vec(),
        });
        (events, calls) = (events_now, all_calls.len());
    })?;
    let mut possible = Vec::new();
    subject.enabled(&mut possible);
    let recording = Recording {
        lanes: lane_names(subject.kernel(), subject.tasks().len()),
        rows,
        ledger: subject.world().ledger(),
        possible: super::step_text::step_texts(subject.kernel(), &possible),
    };
    Ok((recording, subject))
}

fn row_end(subject: &Subject, choice: Choice, sent: &[SentCall]) -> RowEnd {
    if choice.process.index > 0 {
        return RowEnd::CallMoved;
    }
    match &subject.tasks()[usize::from(choice.process.lane.0)].state {
        TaskState::Finished => RowEnd::Finished,
        TaskState::Panicked(message) => RowEnd::Panicked(message.clone()),
        TaskState::Running if sent.is_empty() => RowEnd::Waits,
        TaskState::Running => RowEnd::AwaitsAnswer,
    }
}

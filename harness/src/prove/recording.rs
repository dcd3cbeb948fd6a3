//! A schedule run again, this time with everything that a timeline shows.

use std::ops::Range;
use std::panic::Location;

use super::judge::Subject;
use super::step_text::{lane_names, step_text};
use crate::auth::{Ledger, World};
use crate::explore::{Access, Choice, Divergence, Lane, Program as _, replay};
use crate::world::{Panic, Plan, STAYS_AWAY, Stage, TaskState, is_crash};

/// What happened under one schedule.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The columns.
    pub lanes: Vec<String>,
    /// The rows, one a step.
    pub rows: Vec<Row>,
    /// How many of the rows are the schedule; the others show what comes of it.
    pub scheduled: usize,
    /// Everything that happened; the rows refer to it.
    pub ledger: Ledger,
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
    Panicked(Panic),
    /// A task's future was dropped.
    Cancelled,
    /// A task's process crashed.
    Crashed,
    /// A caller never began, so that there is one fewer.
    StaysAway,
    /// It did not end.
    NeverReturned,
}

/// `schedule`, continued to quiescence by always taking the first step that is possible, or for as
/// long as `steps_max` steps.
///
/// # Errors
/// When a step of the schedule is not possible any more: the implementation is not deterministic.
pub(super) fn continued(
    stage: &Stage<World>,
    schedule: &[Choice],
    steps_max: usize,
) -> Result<Vec<Choice>, Divergence> {
    let mut subject = Subject::new(Stage::clone(stage)).under(Plan::of(schedule));
    let mut steps = schedule.to_vec();
    let mut possible = Vec::new();
    replay(&mut subject, schedule, |_, _, _| {})?;
    subject.enabled(&mut possible);
    while let Some(&next) = possible.first().filter(|_| steps.len() < steps_max) {
        subject.step(next.process);
        steps.push(next);
        subject.enabled(&mut possible);
    }
    Ok(steps)
}

/// Runs `steps` again in a fresh world; the first `scheduled` of them are the schedule.
///
/// # Errors
/// When a step is not possible any more: the implementation is not deterministic.
pub(super) fn record(
    stage: &Stage<World>,
    steps: &[Choice],
    scheduled: usize,
) -> Result<Recording, Divergence> {
    let mut subject = Subject::new(Stage::clone(stage)).under(Plan::of(steps));
    let mut rows: Vec<Row> = Vec::with_capacity(steps.len());
    let (mut events, mut calls) = (0, 0);
    replay(&mut subject, steps, |subject, choice, accesses| {
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
            end: row_end(subject, choice, &sent, &rows),
            sent,
            accesses: accesses.to_vec(),
        });
        (events, calls) = (events_now, all_calls.len());
    })?;
    let lanes = lane_names(subject.kernel(), subject.tasks().len());
    Ok(Recording { lanes, rows, scheduled, ledger: subject.world().ledger() })
}

fn row_end(subject: &Subject, choice: Choice, sent: &[SentCall], before: &[Row]) -> RowEnd {
    let lane = choice.process.lane;
    if is_crash(choice.process) {
        return match &subject.tasks()[usize::from(lane.0)].state {
            // Starting it again did.
            TaskState::Panicked(panic) => RowEnd::Panicked(panic.clone()),
            _ => RowEnd::Crashed,
        };
    }
    if choice.process.index > 0 {
        let has_panicked = |row: &Row| row.lane == lane && matches!(row.end, RowEnd::Panicked(_));
        return match &subject.tasks()[usize::from(lane.0)].state {
            // A waker of the caller's own did.
            TaskState::Panicked(panic) if !before.iter().any(has_panicked) => {
                RowEnd::Panicked(panic.clone())
            }
            _ => RowEnd::CallMoved,
        };
    }
    match &subject.tasks()[usize::from(lane.0)].state {
        TaskState::Finished => RowEnd::Finished,
        TaskState::Cancelled if choice.label == STAYS_AWAY => RowEnd::StaysAway,
        TaskState::Cancelled => RowEnd::Cancelled,
        TaskState::Crashed => RowEnd::Crashed,
        TaskState::Blocked => RowEnd::NeverReturned,
        TaskState::Panicked(panic) => RowEnd::Panicked(panic.clone()),
        TaskState::Running if sent.is_empty() => RowEnd::Waits,
        TaskState::Running => RowEnd::AwaitsAnswer,
    }
}

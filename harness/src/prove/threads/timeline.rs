//! An execution on threads as a timeline.

use crate::explore::Lane;
use crate::property::Moment;
use crate::prove::recording::{Recording, Row, RowEnd};
use crate::world::{Crash, IS_CANCELLED, TaskState};

/// What befell a task, or its process.
pub(super) struct Befallen {
    lane: Lane,
    does: &'static str,
    pub(super) end: RowEnd,
}

impl Befallen {
    pub(super) fn cancelled(lane: Lane) -> Self {
        Befallen { lane, does: IS_CANCELLED, end: RowEnd::Cancelled }
    }

    pub(super) fn crashed(crash: Crash) -> Self {
        Befallen { lane: crash.lane, does: crash.choice().label, end: RowEnd::Crashed }
    }
}

/// The history: a row an entry and a row for each that befell, after so many entries, then who
/// waits for ever and who panicked. The breach is there after so many entries.
pub(super) fn recording(
    moment: &Moment<'_>,
    befallen: &[(usize, Befallen)],
    breached_at: usize,
) -> Recording {
    let entries = moment.ledger.entries();
    let row = |lane: Lane, events, end, does: &str| Row {
        lane,
        step: format!("{} {does}", moment.tasks[usize::from(lane.0)].name),
        events,
        sent: Vec::new(),
        end,
        accesses: Vec::new(),
    };
    let befell = |at: usize| {
        let here = befallen.iter().filter(move |(after, _)| *after == at);
        here.map(move |(_, one)| row(one.lane, at..at, one.end.clone(), one.does))
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut scheduled = 0;
    for (at, entry) in entries.iter().enumerate() {
        rows.extend(befell(at));
        rows.push(row(entry.by, at..at + 1, RowEnd::AwaitsAnswer, "goes on"));
        if at + 1 == breached_at {
            scheduled = rows.len();
        }
    }
    let end = entries.len();
    rows.extend(befell(end));
    for (lane, task) in moment.tasks.iter().enumerate() {
        let (ended, does) = match &task.state {
            TaskState::Running if task.is_caller => (RowEnd::Waits, "waits"),
            TaskState::Panicked(panic) => (RowEnd::Panicked(panic.clone()), "panics"),
            _ => continue,
        };
        rows.push(row(Lane(lane as u16), end..end, ended, does));
    }
    let lanes = moment.tasks.iter().map(|task| task.name.to_string()).collect();
    let scheduled = if breached_at == end { rows.len() } else { scheduled };
    Recording { lanes, scheduled, rows, ledger: moment.ledger.clone() }
}

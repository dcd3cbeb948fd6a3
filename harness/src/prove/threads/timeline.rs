//! An execution on threads as a timeline.

use crate::explore::Lane;
use crate::property::Moment;
use crate::prove::recording::{Deed, Recording, Row, RowEnd};
use crate::world::{Action, Crash, IS_CANCELLED, Panic, TaskState};

/// Something that was seen of an execution.
pub(super) enum Seen {
    /// The ledger's entry of this index.
    Entered(usize),
    /// A task did something that the ledger does not have.
    Acted(Lane, Action),
    /// Something befell a task, or its process.
    Befell(Lane, Befallen),
}

/// What befalls a task.
pub(super) struct Befallen {
    does: &'static str,
    end: RowEnd,
}

impl Seen {
    pub(super) fn cancelled(lane: Lane) -> Self {
        Seen::Befell(lane, Befallen { does: IS_CANCELLED, end: RowEnd::Cancelled })
    }

    pub(super) fn crashed(crash: Crash) -> Self {
        Seen::Befell(crash.lane, Befallen { does: crash.choice().label, end: RowEnd::Crashed })
    }

    pub(super) fn panicked(lane: Lane, panic: Panic) -> Self {
        Seen::Befell(lane, Befallen { does: "panics", end: RowEnd::Panicked(panic) })
    }

    /// Whether a property can be broken by it.
    pub(super) fn may_break(&self) -> bool {
        !matches!(self, Seen::Acted(..))
    }

    pub(super) fn is_crash(&self) -> bool {
        matches!(self, Seen::Befell(_, Befallen { end: RowEnd::Crashed, .. }))
    }
}

/// All that was seen, as rows, then who waits for ever. The breach is there after so many of it.
pub(super) fn recording(moment: &Moment<'_>, seen: &[Seen], breached_at: usize) -> Recording {
    let row = |lane: Lane, does: &str, end| {
        let step = format!("{} {does}", moment.tasks[usize::from(lane.0)].name);
        Row { lane, step, deeds: Vec::new(), end, accesses: Vec::new() }
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut scheduled = 0;
    // Whether what the lane does next is still the same row.
    let mut goes_on = false;
    for (at, one) in seen.iter().enumerate() {
        if at == breached_at {
            scheduled = rows.len();
            goes_on = false;
        }
        let (lane, deed) = match one {
            Seen::Entered(index) => (moment.ledger.entries()[*index].by, Deed::Entered(*index)),
            Seen::Acted(lane, action) => (*lane, Deed::Acted(action.clone())),
            Seen::Befell(lane, befallen) => {
                rows.push(row(*lane, befallen.does, befallen.end.clone()));
                goes_on = false;
                continue;
            }
        };
        if !goes_on || rows.last().is_none_or(|row| row.lane != lane) {
            rows.push(row(lane, "goes on", RowEnd::AwaitsAnswer));
        }
        goes_on = is_by_the_way(&deed);
        rows.last_mut().expect("one was pushed").deeds.push(deed);
    }
    for (lane, task) in moment.tasks.iter().enumerate() {
        let lane = Lane(lane as u16);
        let last = rows.iter().rfind(|row| row.lane == lane).and_then(|row| row.deeds.last());
        let says_so = matches!(last, Some(Deed::Acted(Action::WaitsIn(_))));
        if task.is_caller && task.state == TaskState::Running && !says_so {
            rows.push(row(lane, "waits", RowEnd::Waits));
        }
    }
    let lanes = moment.tasks.iter().map(|task| task.name.to_string()).collect();
    let scheduled = if breached_at >= seen.len() { rows.len() } else { scheduled };
    Recording { lanes, scheduled, rows, ledger: moment.ledger.clone() }
}

/// Whether a deed is shown with what comes after it.
fn is_by_the_way(deed: &Deed) -> bool {
    matches!(deed, Deed::Acted(Action::Uses(_) | Action::LetsGo { .. }))
}

//! An execution on threads as a timeline.

use super::history::Seen;
use crate::explore::Lane;
use crate::property::Moment;
use crate::prove::recording::{Deed, Recording, Row, RowEnd, push, who_waits, who_waits_unseen};
use crate::world::{Action, TaskState, Use};

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
            Seen::Entered(index) => match moment.ledger.entries().get(*index) {
                Some(entry) => (entry.by, Deed::Entered(*index)),
                // It was in another world's.
                None => continue,
            },
            Seen::Acted(lane, action) => (*lane, Deed::Acted(action.clone())),
            Seen::Befell(lane, befallen) => {
                rows.push(row(*lane, befallen.does, befallen.end.clone()));
                goes_on = false;
                continue;
            }
        };
        // Who is woken is shown with what came before.
        let is_new = !(goes_on || deed.is_wake());
        if is_new || rows.last().is_none_or(|row| row.lane != lane) {
            rows.push(row(lane, "", RowEnd::AwaitsAnswer));
        }
        goes_on = is_by_the_way(&deed) || goes_on && deed.is_wake();
        push(&mut rows.last_mut().expect("one was pushed").deeds, deed);
    }
    for row in rows.iter_mut().filter(|row| !row.deeds.is_empty()) {
        row.step = step_text(&moment.tasks[usize::from(row.lane.0)].name, &row.deeds);
    }
    for (lane, task) in moment.tasks.iter().enumerate() {
        let lane = Lane(lane as u16);
        let last = rows.iter().rfind(|row| row.lane == lane).and_then(Row::last_deed);
        let says_so = matches!(last, Some(Deed::Acted(Action::WaitsIn(_))));
        if task.is_caller && task.state == TaskState::Running && !says_so {
            rows.push(row(lane, "waits", RowEnd::Waits));
        }
    }
    let lanes = moment.tasks.iter().map(|task| task.name.to_string()).collect();
    let scheduled = if breached_at >= seen.len() { rows.len() } else { scheduled };
    let (ledger, tasks) = (moment.ledger.clone(), moment.tasks);
    let (waits, wait_unseen) = (who_waits(tasks), who_waits_unseen(tasks));
    Recording { lanes, scheduled, rows, ledger, waits, wait_unseen, reservation: None }
}

/// `realtime Mutex::lock and 2 more`: what a task did, as far as the ledger does not have it.
/// Values of atomics are left out, which may be addresses; so is all but the first, for its length.
fn step_text(lane: &str, deeds: &[Deed]) -> String {
    let used = |used: &Use| format!("{}::{}", used.object.what, used.operation);
    let text = |deed: &Deed| match deed {
        Deed::Entered(_) | Deed::Acted(Action::Wakes(_)) => None,
        Deed::Acted(Action::Calls { operation, .. }) => Some(format!("calls {operation}")),
        Deed::Acted(Action::ComesTo(it)) => Some(format!("comes to {}", used(it))),
        Deed::Acted(Action::WaitsIn(it)) => Some(format!("waits in {}", used(it))),
        Deed::Acted(Action::Uses(it)) => Some(used(it)),
        Deed::Acted(Action::LetsGo(object)) => Some(format!("lets go of {}", object.what)),
        Deed::Acted(Action::Panics(_)) => Some(String::from("panics")),
    };
    let mut texts = deeds.iter().filter_map(text);
    let does = texts.next().unwrap_or_else(|| String::from("goes on"));
    match texts.count() {
        0 => format!("{lane} {does}"),
        more => format!("{lane} {does} and {more} more"),
    }
}

/// Whether a deed is shown with what comes after it.
fn is_by_the_way(deed: &Deed) -> bool {
    matches!(deed, Deed::Acted(Action::Uses(_) | Action::LetsGo { .. }))
}

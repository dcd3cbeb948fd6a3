//! A schedule as a table: a column a lane, a row a step, a rule at each switch.

use std::collections::BTreeSet;
use std::ops::Range;

use super::events::event_text;
use super::places::{panic_text, short_path};
use super::stand_ins::StandIns;
use super::wrap::{WIDTH, wrap};
use crate::explore::Lane;
use crate::prove::{Recording, Row, RowEnd};

/// The width of the mark and the step number before the first column.
const MARGIN: usize = 6;

/// The narrowest column in which words can be read.
const NARROWEST: usize = 16;

/// Rows shown at either end of a schedule that is too long to show.
const SHOWN_AT_EITHER_END: usize = 12;

/// Draws `recording`. The rows in `marked` get a `>`; what comes after the `cycle` of a long one is
/// only more of the same.
pub(super) fn timeline(
    recording: &Recording,
    marked: &BTreeSet<usize>,
    cycle: Option<&Range<usize>>,
) -> String {
    let names = StandIns::of(&recording.ledger);
    let columns = Columns::of(recording);
    let mut out = String::new();
    columns.heading(&mut out, recording);
    let rows = recording.rows.len();
    let is_long = rows > 4 * SHOWN_AT_EITHER_END;
    let hidden = match cycle {
        Some(cycle) if cycle.end <= 2 * SHOWN_AT_EITHER_END => cycle.end..rows,
        _ => SHOWN_AT_EITHER_END..rows.saturating_sub(SHOWN_AT_EITHER_END),
    };
    for (index, row) in recording.rows.iter().enumerate() {
        if is_long && hidden.contains(&index) {
            if index == hidden.start {
                let what =
                    if hidden.end == rows { "steps more of the same" } else { "steps in between" };
                out.push_str(&format!("      ... {} {what} ...\n", hidden.len()));
            }
            continue;
        }
        if index == recording.scheduled {
            columns.broken(&mut out);
        } else if index > 0 && recording.rows[index - 1].lane != row.lane {
            columns.switch(&mut out);
        }
        let mark = if marked.contains(&index) { '>' } else { ' ' };
        let margin = format!("{mark}{:>4} ", index + 1);
        let mut cell = cell(recording, row, &names, columns.width);
        if columns.is_list() {
            cell[0] = format!("{}: {}", recording.lanes[usize::from(row.lane.0)], cell[0]);
        }
        columns.row(&mut out, &margin, row.lane, &cell);
    }
    out
}

/// What a cell says: what happened in the step, then where the code under test was.
fn cell(recording: &Recording, row: &Row, names: &StandIns, width: usize) -> Vec<String> {
    let text = step_summary(recording, row, names);
    let places = row.sent.iter().filter_map(|call| {
        let place = short_path(call.location.file()).filter(|path| !is_own(path))?;
        Some(fitted(&format!("{place}:{}", call.location.line()), width))
    });
    std::iter::once(text).chain(places).collect()
}

/// What happened in a step, in words.
pub(super) fn step_summary(recording: &Recording, row: &Row, names: &StandIns) -> String {
    let lane = &recording.lanes[usize::from(row.lane.0)];
    let does = row.step.strip_prefix(lane.as_str()).unwrap_or(&row.step).trim_start();
    let events = recording.ledger.entries()[row.events.clone()].iter();
    let mut clauses: Vec<String> = events.map(|entry| event_text(&entry.event, names)).collect();
    clauses.extend(row.sent.iter().map(|call| format!("calls {}", call.operation)));
    match &row.end {
        RowEnd::Waits => clauses.push(String::from("waits")),
        RowEnd::Panicked(panic) => clauses.push(format!("panics: {}", panic_text(panic))),
        RowEnd::Cancelled => clauses.push(String::from("is cancelled")),
        RowEnd::NeverReturned => clauses.push(String::from("never returns")),
        RowEnd::Finished if clauses.is_empty() => clauses.push(String::from("returns")),
        RowEnd::Finished
        | RowEnd::AwaitsAnswer
        | RowEnd::CallMoved
        | RowEnd::Crashed
        | RowEnd::StaysAway => {}
    }
    match (&row.end, clauses.is_empty()) {
        (_, true) => does.to_owned(),
        (RowEnd::CallMoved | RowEnd::Crashed, false) => format!("{does}: {}", clauses.join("; ")),
        (_, false) => clauses.join("; "),
    }
}

/// Whether a file is authloom's own code, which is nobody's call site.
fn is_own(path: &str) -> bool {
    path.starts_with("harness/src/") || path.starts_with("authloom-0.")
}

/// A place in one line: as much of its path, from the end, as the column holds.
fn fitted(place: &str, width: usize) -> String {
    const INDENT: &str = "  at ";
    let room = width.saturating_sub(INDENT.len());
    let mut rest = place;
    while rest.len() > room {
        let Some((_, tail)) = rest.split_once('/') else { break };
        rest = tail;
    }
    format!("{INDENT}{rest}")
}

struct Columns {
    /// The lanes that have a column each, in order. With too many lanes none has: then there is one
    /// column, and every row says whose it is.
    lanes: Vec<Lane>,
    width: usize,
}

impl Columns {
    fn of(recording: &Recording) -> Self {
        let moved: BTreeSet<Lane> = recording.rows.iter().map(|row| row.lane).collect();
        let lanes: Vec<Lane> = moved.into_iter().collect();
        let gaps = 3 * lanes.len().saturating_sub(1);
        let width = (WIDTH - MARGIN).saturating_sub(gaps) / lanes.len().max(1);
        if width < NARROWEST {
            return Columns { lanes: Vec::new(), width: WIDTH - MARGIN };
        }
        Columns { lanes, width }
    }

    fn is_list(&self) -> bool {
        self.lanes.is_empty()
    }

    fn count(&self) -> usize {
        self.lanes.len().max(1)
    }

    fn heading(&self, out: &mut String, recording: &Recording) {
        let names = self.lanes.iter().map(|lane| recording.lanes[usize::from(lane.0)].as_str());
        let mut cells: Vec<String> = names.map(|name| pad(name, self.width)).collect();
        if self.is_list() {
            cells.push(String::from("who: what"));
        }
        push_line(out, &format!(" step {}", cells.join(" | ")));
        let rules = vec!["-".repeat(self.width); self.count()];
        push_line(out, &format!("----- {}", rules.join("-+-")));
    }

    fn switch(&self, out: &mut String) {
        let gaps = vec![".".repeat(self.width); self.count()];
        push_line(out, &format!("      {}", gaps.join("...")));
    }

    fn broken(&self, out: &mut String) {
        let all = self.count() * (self.width + 3) - 3;
        let text = " broken here; this is what comes of it ";
        push_line(out, &format!("======{text:=^all$}"));
    }

    fn row(&self, out: &mut String, margin: &str, lane: Lane, paragraphs: &[String]) {
        let lines = paragraphs.iter().flat_map(|paragraph| {
            let indent = paragraph.len() - paragraph.trim_start().len();
            let wrapped = wrap(paragraph.trim_start(), self.width - indent);
            wrapped.into_iter().map(move |line| format!("{}{line}", " ".repeat(indent)))
        });
        for (number, line) in lines.enumerate() {
            let cell = |shown: &Lane| {
                let text = if *shown == lane { line.as_str() } else { "" };
                pad(text, self.width)
            };
            let cells: Vec<String> = match self.is_list() {
                true => vec![line.clone()],
                false => self.lanes.iter().map(cell).collect(),
            };
            let margin = if number == 0 { margin } else { "      " };
            push_line(out, &format!("{margin}{}", cells.join(" | ")));
        }
    }
}

fn pad(text: &str, width: usize) -> String {
    format!("{text:<width$.width$}")
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

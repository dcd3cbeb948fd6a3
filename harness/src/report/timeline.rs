//! A schedule as a table: a column a lane, a row a step, a rule at each switch.

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::Location;

use super::events::event_text;
use super::places::{panic_text, short_path};
use super::stand_ins::StandIns;
use super::wrap::{WIDTH, wrap};
use crate::explore::Lane;
use crate::prove::{Deed, Recording, Row, RowEnd};
use crate::world::{Action, Panic, Use};

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
    let names = StandIns::of(recording);
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

/// What a cell says: what happened in the step, each place below what was done there.
fn cell(recording: &Recording, row: &Row, names: &StandIns, width: usize) -> Vec<String> {
    let mut paragraphs = Vec::new();
    let (mut texts, mut is_elsewhere) = (Vec::new(), false);
    for clause in said(recording, row, names) {
        let place = clause.location.and_then(|location| place(location, width));
        if place.is_some() && is_elsewhere {
            paragraphs.push(std::mem::take(&mut texts).join("; "));
        }
        texts.push(clause.text);
        is_elsewhere = clause.is_elsewhere;
        if let Some(place) = place {
            paragraphs.extend([std::mem::take(&mut texts).join("; "), place]);
        }
    }
    if !texts.is_empty() {
        paragraphs.push(texts.join("; "));
    }
    paragraphs
}

/// What happened in a step, in few words: what is let go of and who is woken is left out.
pub(super) fn step_summary(recording: &Recording, row: &Row, names: &StandIns) -> String {
    let told = |deed: &&Deed| !matches!(deed, Deed::Acted(Action::LetsGo(_) | Action::Wakes(_)));
    let deeds: Vec<Deed> = row.deeds.iter().filter(told).cloned().collect();
    let clauses = said(recording, &Row { deeds, ..row.clone() }, names);
    clauses.into_iter().map(|clause| clause.text).collect::<Vec<_>>().join("; ")
}

/// Something that is said of a step.
struct Clause {
    text: String,
    /// Where the code under test was.
    location: Option<&'static Location<'static>>,
    /// Whether it was elsewhere than what comes next.
    is_elsewhere: bool,
}

impl Clause {
    fn new(text: impl Into<String>) -> Self {
        Clause { text: text.into(), location: None, is_elsewhere: false }
    }

    fn elsewhere(text: impl Into<String>) -> Self {
        Clause { is_elsewhere: true, ..Clause::new(text) }
    }

    fn at(text: impl Into<String>, location: &'static Location<'static>) -> Self {
        Clause { location: Some(location), ..Clause::new(text) }
    }
}

/// What happened in a step: at least one clause.
fn said(recording: &Recording, row: &Row, names: &StandIns) -> Vec<Clause> {
    let lane = &recording.lanes[usize::from(row.lane.0)];
    let does = row.step.strip_prefix(lane.as_str()).unwrap_or(&row.step).trim_start();
    let clause = |deed: &Deed| match deed {
        Deed::Entered(index) => {
            Clause::new(event_text(&recording.ledger.entries()[*index].event, names))
        }
        Deed::Acted(action) => action_clause(action, &recording.lanes, names),
    };
    let mut clauses: Vec<Clause> = row.deeds.iter().map(clause).collect();
    let has_said_so = |panic: &Panic| {
        let says = |deed: &Deed| matches!(deed, Deed::Acted(Action::Panics(one)) if one == panic);
        row.deeds.iter().any(says)
    };
    let end = match &row.end {
        RowEnd::Waits if row.last_deed().is_some_and(says_to_wait) => None,
        RowEnd::Waits => Some(String::from("waits")),
        RowEnd::Panicked(panic) if has_said_so(panic) => None,
        RowEnd::Panicked(panic) => Some(format!("panics: {}", panic_text(panic))),
        RowEnd::Cancelled => Some(String::from("is cancelled")),
        RowEnd::NeverReturned => Some(String::from("never returns")),
        RowEnd::Finished if row.deeds.iter().all(Deed::is_wake) => Some(String::from("returns")),
        RowEnd::Finished
        | RowEnd::AwaitsAnswer
        | RowEnd::CallMoved
        | RowEnd::Crashed
        | RowEnd::StaysAway => None,
    };
    clauses.extend(end.map(Clause::new));
    match (clauses.first_mut(), &row.end) {
        (None, _) => clauses.push(Clause::new(does)),
        (Some(first), RowEnd::CallMoved | RowEnd::Crashed) => {
            first.text = format!("{does}: {}", first.text);
        }
        (Some(_), _) => {}
    }
    clauses
}

/// Whether a deed already says that its task goes on later.
fn says_to_wait(deed: &Deed) -> bool {
    matches!(deed, Deed::Acted(Action::ComesTo(_) | Action::WaitsIn(_)))
}

/// What a task does beside what the ledger has.
fn action_clause(action: &Action, lanes: &[String], names: &StandIns) -> Clause {
    let text = |used: &Use| {
        // As Rust writes it: `Mutex::lock`, `AtomicBool::load(Relaxed) -> true`.
        format!("{}::{}{}", names.object(used.object), used.operation, used.values)
    };
    match action {
        Action::Calls { operation, location } => Clause::at(format!("calls {operation}"), location),
        Action::ComesTo(used) => Clause::at(format!("comes to {}", text(used)), used.location),
        Action::WaitsIn(used) => Clause::at(format!("waits in {}", text(used)), used.location),
        Action::Uses(used) => Clause::at(text(used), used.location),
        Action::LetsGo(object) => {
            let is_channel = object.what.ends_with(" channel");
            let does = if is_channel { "drops an end of" } else { "lets go of" };
            let text = format!("{does} {}", names.object(*object));
            Clause::elsewhere(text)
        }
        Action::Wakes(woken) => Clause::elsewhere(format!("wakes {}", lanes[usize::from(woken.0)])),
        Action::Panics(panic) => Clause::elsewhere(format!("panics: {}", panic_text(panic))),
    }
}

/// A line of the code under test, if it is one.
fn place(location: &Location<'_>, width: usize) -> Option<String> {
    let path = short_path(location.file()).filter(|path| !is_own(path))?;
    Some(fitted(&format!("{path}:{}", location.line()), width))
}

/// Whether a file is authloom's own code, which is nobody's call site.
fn is_own(path: &str) -> bool {
    path.starts_with("harness/src/") || path.starts_with("authloom-0.")
}

/// A place in one line: as much of its path, from the end, as the column holds.
fn fitted(place: &str, width: usize) -> String {
    let fits = |indent: &str, rest: &str| indent.len() + rest.chars().count() <= width;
    let mut rest = place;
    while !fits("  at ", rest) {
        let Some((_, tail)) = rest.split_once('/') else { break };
        rest = tail;
    }
    if fits("  at ", rest) {
        return format!("  at {rest}");
    }
    if fits("  ", rest) {
        return format!("  {rest}");
    }
    let left_out = (rest.chars().count() + "  ..".len()).saturating_sub(width);
    format!("  ..{}", rest.chars().skip(left_out).collect::<String>())
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

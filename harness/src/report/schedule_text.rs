//! The text form of a schedule, to save, to paste and to send.
//!
//! ```text
//! authloom schedule 1
//! scenario refresh/concurrent-callers
//! model refresh/check-then-act
//! level await
//! bounds callers=2 cancellations=0 faults=0 clock-advances=0 crashes=0
//! property refresh-token-presented-once
//! 1 realtime runs
//! 2 sync runs
//! end
//! ```
//!
//! Whatever stands before the first line and after `end` is not looked at, so that a whole report
//! can be saved and replayed.

use std::fmt::Write as _;

use crate::prove::{Bounds, Level, Schedule, ScheduledStep};

const FIRST_LINE: &str = "authloom schedule 1";
const LAST_LINE: &str = "end";
const BOUND_NAMES: [&str; 5] = ["callers", "cancellations", "faults", "clock-advances", "crashes"];

/// Why a text is not a schedule. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleTextError {
    /// There is none in it.
    #[error("no line of it is `{FIRST_LINE}`, with which a schedule begins")]
    NoSchedule,
    /// It is of a version that this program does not read.
    #[error("line {line}: `{found}`: this program reads `{FIRST_LINE}`")]
    OtherVersion {
        /// Where.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// It stops before its last line.
    #[error("line {line}: the schedule is cut off here: its last line, `{LAST_LINE}`, is missing")]
    CutOff {
        /// The last line there is.
        line: usize,
    },
    /// A line of the heading is not what has to stand there.
    #[error("line {line}: expected `{expected}`, found `{found}`")]
    Heading {
        /// Where.
        line: usize,
        /// What has to stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A step has the wrong number.
    #[error("line {line}: expected step {expected}, found `{found}`")]
    StepNumber {
        /// Where.
        line: usize,
        /// The number that comes next.
        expected: usize,
        /// What stands there.
        found: String,
    },
}

/// Writes a schedule.
pub fn schedule_text(schedule: &Schedule) -> String {
    let mut out = format!("{FIRST_LINE}\nscenario {}\n", schedule.scenario);
    if let Some(model) = &schedule.model {
        let _ = writeln!(out, "model {model}");
    }
    let _ = writeln!(out, "level {}", schedule.level.as_str());
    let bounds = BOUND_NAMES.iter().zip(bound_values(schedule.bounds));
    let bounds: Vec<String> = bounds.map(|(name, value)| format!("{name}={value}")).collect();
    let _ = writeln!(out, "bounds {}", bounds.join(" "));
    let _ = writeln!(out, "property {}", schedule.property);
    for (index, step) in schedule.steps.iter().enumerate() {
        let _ = writeln!(out, "{} {}", index + 1, step.text);
    }
    out.push_str(LAST_LINE);
    out.push('\n');
    out
}

/// Reads the first schedule in `text`.
///
/// # Errors
/// When there is none, or it is damaged.
pub fn parse_schedule(text: &str) -> Result<Schedule, ScheduleTextError> {
    let mut lines = Lines::from_first(text)?;
    let scenario = lines.heading("scenario", "scenario NAME")?;
    let model = lines.optional_heading("model");
    let level = lines.heading("level", LEVEL_FORM)?;
    let level = Level::named(&level).ok_or_else(|| lines.bad_heading(LEVEL_FORM))?;
    let bounds = lines.heading("bounds", BOUNDS_FORM)?;
    let bounds = parse_bounds(&bounds).ok_or_else(|| lines.bad_heading(BOUNDS_FORM))?;
    let property = lines.heading("property", "property NAME")?;
    let mut steps = Vec::new();
    let last_line = loop {
        let (line, found) = lines.next()?;
        if found == LAST_LINE {
            break line;
        }
        let expected = steps.len() + 1;
        let step = found.split_once(' ').filter(|(number, _)| *number == expected.to_string());
        let Some((_, text)) = step else {
            return Err(ScheduleTextError::StepNumber { line, expected, found: shown(found) });
        };
        steps.push(ScheduledStep { line, text: text.trim().to_owned() });
    };
    Ok(Schedule { scenario, model, level, bounds, property, steps, last_line })
}

const LEVEL_FORM: &str = "level await|lock|thread";
const BOUNDS_FORM: &str = "bounds callers=N cancellations=N faults=N clock-advances=N crashes=N";

fn bound_values(bounds: Bounds) -> [usize; 5] {
    let Bounds { callers, cancellations, faults, clock_advances, crashes } = bounds;
    [callers, cancellations, faults, clock_advances, crashes]
}

fn parse_bounds(text: &str) -> Option<Bounds> {
    let mut words = text.split(' ');
    let mut values = [0; 5];
    for (name, value) in BOUND_NAMES.iter().zip(&mut values) {
        let number = words.next()?.strip_prefix(name)?.strip_prefix('=')?;
        *value = number.parse().ok()?;
    }
    let [callers, cancellations, faults, clock_advances, crashes] = values;
    words.next().is_none().then_some(Bounds {
        callers,
        cancellations,
        faults,
        clock_advances,
        crashes,
    })
}

/// The lines from the first one of a schedule on, with their numbers.
struct Lines<'a> {
    rest: std::iter::Peekable<Box<dyn Iterator<Item = (usize, &'a str)> + 'a>>,
    last: (usize, &'a str),
}

impl<'a> Lines<'a> {
    fn from_first(text: &'a str) -> Result<Self, ScheduleTextError> {
        let numbered = text.lines().map(str::trim).enumerate().map(|(at, line)| (at + 1, line));
        let numbered: Box<dyn Iterator<Item = (usize, &'a str)> + 'a> = Box::new(numbered);
        let mut rest = numbered.peekable();
        let begins = |&(_, line): &(usize, &str)| line.starts_with("authloom schedule ");
        let first = rest.by_ref().find(begins).ok_or(ScheduleTextError::NoSchedule)?;
        if first.1 != FIRST_LINE {
            let (line, found) = (first.0, shown(first.1));
            return Err(ScheduleTextError::OtherVersion { line, found });
        }
        Ok(Lines { rest, last: first })
    }

    fn next(&mut self) -> Result<(usize, &'a str), ScheduleTextError> {
        let next = self.rest.next();
        self.last = next.ok_or(ScheduleTextError::CutOff { line: self.last.0 })?;
        Ok(self.last)
    }

    fn heading(&mut self, key: &str, form: &'static str) -> Result<String, ScheduleTextError> {
        let (_, line) = self.next()?;
        let value = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(' '));
        value.map(str::to_owned).ok_or_else(|| self.bad_heading(form))
    }

    fn optional_heading(&mut self, key: &str) -> Option<String> {
        let value = self.rest.peek()?.1.strip_prefix(key)?.strip_prefix(' ')?;
        self.last = self.rest.next()?;
        Some(value.to_owned())
    }

    fn bad_heading(&self, expected: &'static str) -> ScheduleTextError {
        let (line, found) = (self.last.0, shown(self.last.1));
        ScheduleTextError::Heading { line, expected, found }
    }
}

/// At most 60 characters of what stands in a file, without control characters.
fn shown(found: &str) -> String {
    let clean = found.chars().map(|c| if c.is_control() { '?' } else { c });
    clean.take(60).collect()
}

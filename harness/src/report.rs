//! Verdicts as text and JSON: the only place that formats for people.
//!
//! Plain ASCII, at most 100 columns, the same bytes for the same verdict, times aside. Secrets are
//! never shown: each appears under a stand-in, numbered in order of appearance.

mod events;
mod json;
mod places;
mod schedule_text;
mod stand_ins;
mod timeline;
mod verdict_text;
mod wrap;

pub use json::json_row;
pub use schedule_text::{ScheduleTextError, parse_schedule, schedule_text};
pub use verdict_text::{
    bounds_text, conclusion_text, property_text, replay_error_text, verdict_text, violation_text,
};

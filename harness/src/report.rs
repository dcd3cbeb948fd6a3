//! Verdicts as text and JSON: the only place that formats for people.
//!
//! Plain ASCII, at most 100 columns, the same bytes for the same verdict, times aside. Secrets are
//! never shown: each appears under a stand-in, numbered in order of appearance.

mod breach_text;
mod coverage_text;
mod events;
mod incomplete_text;
mod json;
mod places;
mod replay_error_text;
mod schedule_text;
mod shard_text;
mod stand_ins;
mod timeline;
mod verdict_text;
mod wrap;

pub use coverage_text::await_point_text;
pub use json::json_row;
pub use replay_error_text::replay_error_text;
pub use schedule_text::{ScheduleTextError, parse_schedule, schedule_text};
pub use shard_text::{ShardTextError, parse_shard, shard_text};
pub use verdict_text::{
    bounds_text, conclusion_text, preemptions_text, property_text, verdict_text, violation_text,
};

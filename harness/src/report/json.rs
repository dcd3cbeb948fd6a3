//! A verdict as one line of JSON. The fields are those of the command line contract.

use serde_json::{Value, json};

use super::incomplete_text::incomplete_text;
use super::schedule_text::schedule_text;
use super::verdict_text::reservation_text;
use crate::prove::{Conclusion, Verdict};

/// One object; `declared` is the verdict that the catalogue expects.
pub fn json_row(verdict: &Verdict, declared: &str) -> Value {
    let violation = verdict.conclusion.violation();
    let schedule = violation.and_then(|violation| violation.schedule.as_ref());
    let reservation = violation.and_then(|violation| violation.recording.reservation.as_ref());
    let bounds = verdict.bounds;
    let reason = match &verdict.conclusion {
        Conclusion::Incomplete(reason) => Some(incomplete_text(reason)),
        _ => None,
    };
    json!({
        "scenario": verdict.scenario,
        "model": verdict.model,
        "level": verdict.level.as_str(),
        "sharing": verdict.sharing.as_str(),
        "declared": declared,
        "verdict": verdict.conclusion.as_str(),
        "property": violation.map(|violation| violation.property.name),
        "also_broken": violation.map_or(&[][..], |violation| &violation.others),
        "reason": reason,
        "doubt": reservation.map(reservation_text),
        "executions": verdict.executions,
        "redundant": verdict.redundant,
        "steps": verdict.steps,
        "bounds": {
            "callers": bounds.callers,
            "cancellations": bounds.cancellations,
            "faults": bounds.faults,
            "clock_advances": bounds.clock_advances,
            "crashes": bounds.crashes,
            "preemptions": verdict.preemptions,
        },
        "elapsed_ms": verdict.elapsed.as_secs_f64() * 1000.0,
        "schedule": schedule.map(schedule_text),
    })
}

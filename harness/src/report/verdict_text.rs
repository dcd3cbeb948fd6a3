//! A verdict in words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::breach_text::breach_text;
use super::incomplete_text::incomplete_text;
use super::places::at;
use super::schedule_text::schedule_text;
use super::stand_ins::StandIns;
use super::timeline::{step_summary, timeline};
use super::wrap::{WIDTH, wrap};
use crate::property::{Breach, Property};
use crate::prove::{Bounds, Conclusion, Level, Reservation, Sharing, Verdict, Violation};

/// The whole report on one verdict.
pub fn verdict_text(verdict: &Verdict) -> String {
    let explored = format!(
        "{} executions, {} steps, level {}, {}{}",
        verdict.executions,
        verdict.steps,
        verdict.level.as_str(),
        bounds_text(verdict.bounds) + &preemptions_text(verdict),
        if verdict.is_exhausted { "" } else { "; there are more" }
    );
    let mut out = String::new();
    match &verdict.conclusion {
        Conclusion::Proved => {
            out.push_str(
                "proved: every interleaving class within the bounds was run, and in each of them\n",
            );
            for property in &verdict.properties {
                push_wrapped(&mut out, "  ", &property_text(property));
            }
        }
        Conclusion::Violated(violation) => {
            out.push_str(&violation_text(violation));
            if !violation.others.is_empty() {
                let others = violation.others.join(", ");
                push_wrapped(&mut out, "", &format!("Other schedules also break: {others}."));
            }
        }
        Conclusion::Incomplete(reason) => {
            push_wrapped(&mut out, "", &format!("incomplete: {}", incomplete_text(reason)));
        }
    }
    out.push('\n');
    push_labelled(&mut out, "scenario", &format!("{}: {}", verdict.scenario, verdict.summary));
    if let Some(model) = verdict.model {
        push_labelled(&mut out, "model", model);
    }
    push_labelled(&mut out, "explored", &explored);
    let violation = verdict.conclusion.violation();
    if violation.is_some_and(|violation| violation.level != verdict.level) {
        push_labelled(&mut out, "shown", SHOWN_COARSER);
    }
    if verdict.sharing == Sharing::SyncObjects {
        push_labelled(&mut out, "granted", SHARES_SYNC_OBJECTS);
    }
    push_labelled(&mut out, "unseen", blind_spot(verdict.level));
    if let Some(test) = violation.and_then(|violation| test_text(verdict, violation)) {
        let _ = write!(out, "\n{test}");
    }
    out
}

/// A broken property: what broke it, what speaks against that, the timeline, what would have
/// prevented it.
pub fn violation_text(violation: &Violation) -> String {
    let mut out = String::new();
    push_wrapped(&mut out, "", &format!("violated {}", property_text(&violation.property)));
    push_wrapped(&mut out, "  ", &breach_text(&violation.breach, &violation.recording));
    if let Some(why) = &violation.recording.reservation {
        push_wrapped(&mut out, "  ", &format!("in doubt: {}", reservation_text(why)));
    }
    out.push('\n');
    let cycle = match &violation.breach {
        Breach::Endless { cycle, .. } => cycle.as_ref(),
        _ => None,
    };
    out.push_str(&timeline(&violation.recording, &marked(violation), cycle));
    out.push('\n');
    push_wrapped(&mut out, "", &prevention_text(violation));
    out
}

/// The verdict, and why if it is no proof, in a line.
pub fn conclusion_text(conclusion: &Conclusion) -> String {
    match conclusion {
        Conclusion::Proved => String::from("proved"),
        Conclusion::Violated(violation) => format!("violated {}", violation.property.name),
        Conclusion::Incomplete(reason) => format!("incomplete: {}", incomplete_text(reason)),
    }
}

/// `name: statement`.
pub fn property_text(property: &Property) -> String {
    format!("{}: {}", property.name, property.statement)
}

/// `2 callers, 1 fault`: what is not zero.
pub fn bounds_text(bounds: Bounds) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        counted(bounds.callers, "caller", "callers"),
        counted(bounds.cancellations, "cancellation", "cancellations"),
        counted(bounds.faults, "fault", "faults"),
        counted(bounds.clock_advances, "clock advance", "clock advances"),
        counted(bounds.crashes, "crash", "crashes"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `, 2 preemptions`, at the level that has them.
pub fn preemptions_text(verdict: &Verdict) -> String {
    match (verdict.level, verdict.preemptions) {
        (Level::Await | Level::Lock, _) => String::new(),
        (Level::Thread, None) => String::from(", preemptions without bound"),
        (Level::Thread, Some(1)) => String::from(", 1 preemption"),
        (Level::Thread, Some(count)) => format!(", {count} preemptions"),
    }
}

/// What is relied on where not everything is taken to be shared.
const SHARES_SYNC_OBJECTS: &str = "tasks share only objects of authloom::sync and of the \
     world: that was said of the code, and is spot-checked where one of each class is run";

/// Where a counterexample of level `lock` comes from whose operations are no steps.
const SHOWN_COARSER: &str = "at level await, which level lock includes: there, what need not wait \
     is ready when it is first polled";

/// Why a counterexample may come of how it was explored.
pub(super) fn reservation_text(why: &Reservation) -> String {
    match why {
        Reservation::GivenUpAtOnce(place) => format!(
            "an operation{} was polled once and given up at once. Where operations are steps, none \
             is ready when it is first polled: if it would have been, and that decides it, this is \
             no finding; level thread has both",
            at(&place.file, place.line)
        ),
        Reservation::LooseAtomics => String::from(
            "the atomics of level thread do more than C++ allows: what reads and replaces a value \
             may miss a plain store that was made before, and SeqCst is no more than AcqRel. It \
             was not found where they do neither, and a little less than C++ allows: it may be no \
             finding",
        ),
    }
}

/// What a level cannot see.
fn blind_spot(level: Level) -> &'static str {
    match level {
        Level::Await => {
            "an uncontended lock().await never suspends, and code between two awaits is one step: \
             what needs another task or thread in between is not seen at level await"
        }
        Level::Lock => {
            "blocking locks, atomics and whatever else does not await are part of the step that \
             uses them, async locks that are not from authloom::sync are steps only where they \
             suspend, and operations are ready when they are first polled only where none is a \
             step: what needs another thread in between is not seen at level lock"
        }
        Level::Thread => {
            "locks and atomics that are not from authloom::sync and make nobody wait, what memory \
             these and the last drop of an Arc put in order, more preemptions than the bound, what \
             a task does before a call of its own has arrived, weak orderings that a call to a \
             double or the end of a caller comes between, and those in which an atomic is swapped \
             before a store that came earlier: those are not seen at level thread"
        }
    }
}

/// The steps whose order decides or, if moving one step does not help, those that broke it.
fn marked(violation: &Violation) -> BTreeSet<usize> {
    match violation.prevention {
        Some(prevention) => BTreeSet::from([prevention.early, prevention.after]),
        None => BTreeSet::new(),
    }
}

fn prevention_text(violation: &Violation) -> String {
    let name = violation.property.name;
    let Some(prevention) = violation.prevention else {
        let why = match (violation.level, &violation.schedule) {
            (Level::Thread, _) => Some("at level thread, where loom orders the steps"),
            (_, None) => Some("where the last step never returns"),
            _ => None,
        };
        if let Some(why) = why {
            return format!(
                "Which step, taken later, would have kept {name} is not looked for {why}."
            );
        }
        return format!("No single step was found that, taken later, would have kept {name}.");
    };
    let recording = &violation.recording;
    let names = StandIns::of(recording);
    let step = |index: usize| {
        let row = &recording.rows[index];
        let lane = &recording.lanes[usize::from(row.lane.0)];
        format!("step {} ({lane}: {})", index + 1, step_summary(recording, row, &names))
    };
    format!(
        "What would have prevented it: {} had to come after {}. Run in that order, {name} holds.",
        step(prevention.early),
        step(prevention.after)
    )
}

/// The schedule as a test and as a file.
fn test_text(verdict: &Verdict, violation: &Violation) -> Option<String> {
    let schedule = violation.schedule.as_ref()?;
    let scenario = verdict.scenario.replace('/', "::").replace('-', "_");
    let name = scenario.replace("::", "_");
    let Bounds { callers, cancellations, faults, clock_advances, crashes } = verdict.bounds;
    let with = |bound: &str, count: usize| match count {
        0 => String::new(),
        count => format!("\n        .with_{bound}({count})"),
    };
    Some(format!(
        "The schedule, as a test:\n\n\
         #[test]\n\
         fn {name}_reproduces() {{\n    \
             let schedule = include_str!(\"{name}.schedule\");\n    \
             {scenario}({callers}){}{}{}{}\n        \
                 .assert_reproduces(schedule, |world| /* your implementation */);\n\
         }}\n\n\
         and as a file, here {name}.schedule{}:\n\n{}",
        with("cancellations", cancellations),
        with("clock_advances", clock_advances),
        with("faults", faults),
        with("crashes", crashes),
        // The command knows the catalogue's models and nobody else's code.
        if verdict.model.is_some() { ", also for `authloom replay FILE`" } else { "" },
        schedule_text(schedule)
    ))
}

/// `label` in a column of its own.
fn push_labelled(out: &mut String, label: &str, text: &str) {
    const LABEL_WIDTH: usize = 9;
    for (number, line) in wrap(text, WIDTH - LABEL_WIDTH).iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        let _ = writeln!(out, "{label:<LABEL_WIDTH$}{line}");
    }
}

fn push_wrapped(out: &mut String, indent: &str, text: &str) {
    for line in wrap(text, WIDTH - indent.len()) {
        let _ = writeln!(out, "{indent}{line}");
    }
}

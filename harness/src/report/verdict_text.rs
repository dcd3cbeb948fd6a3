//! A verdict in words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::places::panic_text;
use super::schedule_text::schedule_text;
use super::stand_ins::StandIns;
use super::timeline::{step_summary, timeline};
use super::wrap::{WIDTH, wrap};
use crate::auth::{Event, EventIndex, Outcome};
use crate::explore::Lane;
use crate::property::{Breach, Property};
use crate::prove::{
    Bounds, Conclusion, Incomplete, Level, Recording, ReplayError, Verdict, Violation,
};

/// The whole report on one verdict.
pub fn verdict_text(verdict: &Verdict) -> String {
    let explored = format!(
        "{} executions, {} steps, level {}, {}",
        verdict.executions,
        verdict.steps,
        verdict.level.as_str(),
        bounds_text(verdict.bounds)
    );
    let mut out = String::new();
    match &verdict.conclusion {
        Conclusion::Proved => {
            out.push_str(
                "proved: every interleaving within the bounds was run, and in each of them\n",
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
    push_labelled(&mut out, "unseen", blind_spot(verdict.level));
    if let Some(test) = verdict.conclusion.violation().and_then(|v| test_text(verdict, v)) {
        let _ = write!(out, "\n{test}");
    }
    out
}

/// A broken property: what broke it, the timeline, what would have prevented it.
pub fn violation_text(violation: &Violation) -> String {
    let mut out = String::new();
    push_wrapped(&mut out, "", &format!("violated {}", property_text(&violation.property)));
    push_wrapped(&mut out, "  ", &breach_text(&violation.breach, &violation.recording));
    out.push('\n');
    out.push_str(&timeline(&violation.recording, &marked(violation)));
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

/// Why a schedule was refused.
pub fn replay_error_text(error: &ReplayError) -> String {
    let list = |steps: &[String]| match steps {
        [] => String::from("nothing"),
        steps => steps.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(", "),
    };
    match error {
        ReplayError::OtherScenario { scenario, named } => {
            format!("it is a schedule of {named}, not of {scenario}")
        }
        ReplayError::OtherBounds { bounds, named } => format!(
            "it was found with {}, but this scenario has {}",
            bounds_text(*named),
            bounds_text(*bounds)
        ),
        ReplayError::UnknownProperty { named, known } => {
            format!("the scenario has no property `{named}`, but {}", known.join(", "))
        }
        ReplayError::NotPossible { line, step, possible } => {
            format!("line {line}: `{step}` is not possible here; possible: {}", list(possible))
        }
        ReplayError::NotBroken { line, property, possible } => format!(
            "line {line}: the schedule ends here and {property} is not broken; possible: {}",
            list(possible)
        ),
        ReplayError::NeverReturned { seconds } => {
            format!("running it has not returned for {seconds} s: a step blocks its thread")
        }
        ReplayError::Nondeterministic { step } => format!(
            "step {step} was possible once and then not: the implementation is not deterministic"
        ),
    }
}

/// Why an exploration is not a proof.
pub(super) fn incomplete_text(reason: &Incomplete) -> String {
    match reason {
        Incomplete::NeverShown { names } => {
            format!("no execution has shown {}: a proof would be about nothing", names.join(", "))
        }
        Incomplete::StepLimit { steps } => format!(
            "an execution went on for more than {steps} steps, though not when everybody gets \
             their turn: something polls in a loop until another caller has moved"
        ),
        Incomplete::Nondeterministic { step, expected, found } => format!(
            "nondeterministic at step {step}: first possible were [{}], then [{}]",
            expected.join(", "),
            found.join(", ")
        ),
        Incomplete::NotReproduced { property } => format!(
            "a schedule broke {property} and did not when it was run again: the implementation \
             keeps something outside its world, or draws random numbers"
        ),
        Incomplete::BackgroundNeverRests { steps } => {
            format!("every caller has ended, but a background task still moves after {steps} steps")
        }
        Incomplete::UsedFromElsewhere => String::from(
            "a task was woken, or a double used, by a thread that authloom does not control; what \
             happens on that thread was not explored",
        ),
        Incomplete::SetUpNeverReturned { seconds } => {
            format!("building the implementation, or dropping it, has not returned for {seconds} s")
        }
        Incomplete::RerunNeverReturned { seconds } => {
            format!("running a schedule again has not returned for {seconds} s")
        }
        Incomplete::SetUpPanicked { panic } => {
            let text = panic_text(panic);
            format!("building the implementation, or dropping it, panicked: {text}")
        }
    }
}

/// What a level cannot see.
fn blind_spot(level: Level) -> &'static str {
    match level {
        Level::Await => {
            "an uncontended lock().await never suspends, and code between two awaits is one step: \
             what needs another task or thread in between is not seen at level await"
        }
    }
}

fn breach_text(breach: &Breach, recording: &Recording) -> String {
    let names = StandIns::of(&recording.ledger);
    let event = |index: EventIndex| &recording.ledger.entry(index).event;
    let lane = |lane: Lane| recording.lanes[usize::from(lane.0)].as_str();
    let by = |index: EventIndex| lane(recording.ledger.entry(index).by);
    match breach {
        Breach::RefreshTokenPresentedTwice { first, second } => {
            let token = match event(*first) {
                Event::RefreshTokenPresented { token, .. } => names.refresh_token(token),
                _ => String::new(),
            };
            format!("{token} presented twice: by {}, by {}", by(*first), by(*second))
        }
        Breach::RefreshedWhileLive { earlier, again } => {
            let token = match event(*again) {
                Event::RefreshTokenPresented { token, .. } => names.refresh_token(token),
                _ => String::new(),
            };
            format!(
                "{} refreshed, and with the new access token still live {} presented {token}",
                by(*earlier),
                by(*again)
            )
        }
        Breach::DeadTokenHandedOut { returned } => {
            let token = match event(*returned) {
                Event::Returned(Outcome::Token { token, .. }) => names.access_token(token),
                _ => String::new(),
            };
            format!("{} got {token}, which no resource server accepts", by(*returned))
        }
        Breach::NoToken { returned } => {
            let why = match event(*returned) {
                Event::Returned(Outcome::TokenFailed { error, .. }) => error.to_string(),
                _ => String::new(),
            };
            format!("{} got no token: {why}", by(*returned))
        }
        Breach::ForeignSession { returned } | Breach::SessionWithoutLogin { returned } => {
            let session = match event(*returned) {
                Event::Returned(Outcome::Session { session, .. }) => names.session(session),
                _ => String::new(),
            };
            let but = match breach {
                Breach::ForeignSession { .. } => "which the store never created for its browser",
                _ => "and no code of its browser had been redeemed",
            };
            format!("{} was given {session}, {but}", by(*returned))
        }
        Breach::CodePresentedTwice { first, second } => {
            let code = match event(*first) {
                Event::CodePresented { code } => names.code(code),
                _ => String::new(),
            };
            format!("{code} presented twice: by {}, by {}", by(*first), by(*second))
        }
        Breach::SecondSession { first, second } | Breach::DifferentSessions { first, second } => {
            let session = |index: EventIndex| match event(index) {
                Event::SessionCreated { session, .. }
                | Event::Returned(Outcome::Session { session, .. }) => names.session(session),
                _ => String::new(),
            };
            let verb = match breach {
                Breach::SecondSession { .. } => "created",
                _ => "was given",
            };
            format!(
                "{} {verb} {}, {} {verb} {}, for the same browser",
                by(*first),
                session(*first),
                by(*second),
                session(*second)
            )
        }
        Breach::NoSession { received } => {
            format!("the callback of {} led to no session, nor did any other", by(*received))
        }
        Breach::SessionLeftBehind { created, .. } => {
            let session = match event(*created) {
                Event::SessionCreated { session, .. } => names.session(session),
                _ => String::new(),
            };
            format!("the callback of {} failed and left {session} behind", by(*created))
        }
        Breach::HeldUp { asked, held } => {
            format!("{} waits while the call of {} is held", by(*asked), lane(*held))
        }
        Breach::Unfinished { lanes } => {
            let names: Vec<&str> = lanes.iter().map(|&one| lane(one)).collect();
            format!("nothing can move any more, and not finished: {}", names.join(", "))
        }
        Breach::Endless { steps } => {
            format!("still moving after {steps} steps, with everybody getting their turn")
        }
        Breach::StepNeverReturned { lane: one, seconds } => format!(
            "the last step of {} has not returned for {seconds} s: it blocks its thread or \
             computes for ever",
            lane(*one)
        ),
        Breach::Panicked { lane: one } => format!("{} panicked", lane(*one)),
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
        return format!("No single step was found that, taken later, would have kept {name}.");
    };
    let recording = &violation.recording;
    let names = StandIns::of(&recording.ledger);
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
    Some(format!(
        "The schedule, as a test:\n\n\
         #[test]\n\
         fn {name}_reproduces() {{\n    \
             let schedule = include_str!(\"{name}.schedule\");\n    \
             {scenario}({}).assert_reproduces(schedule, |world| /* your implementation */);\n\
         }}\n\n\
         and as a file, here {name}.schedule, also for `authloom replay FILE`:\n\n{}",
        verdict.bounds.callers,
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

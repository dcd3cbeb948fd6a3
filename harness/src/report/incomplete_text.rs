//! Why there is no proof, in words.

use super::places::{at, panic_text};
use crate::explore::PctBound;
use crate::prove::Incomplete;

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
        Incomplete::OrderMatters { steps } => format!(
            "two steps that were taken to have nothing to do with each other come to something \
             else the other way round: {}. They share something that is not seen: code or a \
             `static` of two processes or, where tasks are taken to share sync objects only, \
             something else. Put it behind authloom::sync or the world, or take tasks to share \
             anything",
            last_two(steps)
        ),
        Incomplete::OutcomeChanged => String::from(
            "an execution that was run again with the same steps came to something else: the \
             implementation keeps something outside its world, or draws random numbers (an \
             unbiased `select!` does)",
        ),
        Incomplete::NotReproduced { property } => format!(
            "a schedule broke {property} and did not when it was run again: the implementation \
             keeps something outside its world, or draws random numbers"
        ),
        Incomplete::BackgroundNeverRests { steps } => {
            format!("every caller has ended, but a background task still moves after {steps} steps")
        }
        Incomplete::PlannedImpossible { steps } => format!(
            "the search planned {steps} steps that then were not possible, and may have missed \
             something: this is a fault of authloom, please report it"
        ),
        Incomplete::OneShard { shard } => format!(
            "shard {}/{} was run to its end and broke nothing; the others are not known here, \
             merge the result files of all",
            shard.index, shard.of
        ),
        Incomplete::ExecutionLimit { executions } => format!(
            "the {executions} executions that were allowed were not enough; if fewer are told, the \
             search had begun again. Allow more, or have less happen: fewer callers, faults, \
             crashes or preemptions"
        ),
        Incomplete::Sampled { executions, seed, bound } => format!(
            "{executions} executions were sampled with seed {seed} and broke nothing; others may{}",
            bound.map_or(String::new(), bound_text)
        ),
        Incomplete::OtherCallers { named, staged } => format!(
            "the scenario has {staged} callers, and its bounds name {named}: a proof would be \
             about other bounds"
        ),
        Incomplete::OtherBound { what, named, met } => format!(
            "the bounds name {named} {what}, and the most that an execution came to is {met}: a \
             proof would be about other bounds"
        ),
        Incomplete::HistoryChanged { execution, again } => format!(
            "execution {execution}, run again at the end, had another history from event {again} \
             on: the implementation keeps something outside its world, or draws random numbers (an \
             unbiased `select!` does)"
        ),
        Incomplete::UsedFromElsewhere { thread } => format!(
            "a task was woken, or a double used, by {} that authloom does not control; what \
             happens on it was not explored",
            match thread {
                Some(name) => format!("the thread `{name}`,"),
                None => String::from("a thread without a name"),
            }
        ),
        Incomplete::WaitedUnseen { task } => format!(
            "{task} waited for something that is not from authloom::sync, say a lock of \
             tokio::sync or a shared future of another crate: its operations were no steps, so \
             this level was not explored"
        ),
        Incomplete::UsedUnseen { task } => format!(
            "{task} used a lock or channel of tokio::sync that is not from authloom::sync: its \
             operations were no steps, so this level was not explored"
        ),
        Incomplete::GivenUpAtOnce { place } => format!(
            "an operation{} was polled once and given up at once. Where operations are steps, none \
             is ready when it is first polled, so that what comes of it if it is was explored at \
             level await at most, where nobody is interrupted before it; level thread has both",
            at(&place.file, place.line)
        ),
        Incomplete::NotAtThisLevel { what } => {
            format!("something {what}, which level thread does not have")
        }
        Incomplete::NotLookedAt { names } => format!(
            "no answer was ever held, which a scenario's stage can ask for, so that {} was not \
             looked at",
            names.join(", ")
        ),
        Incomplete::TooManyThreads { threads_max, one_more } => format!(
            "level thread has {threads_max} threads, for callers, spawned tasks and calls beside \
             which their tasks go on, and there was none left for {one_more}; level lock has no \
             such limit"
        ),
        Incomplete::LoomGaveUp { panic } => {
            format!(
                "loom gave up, which is no pass: {}. A loop that spins until somebody else has \
                 moved never ends there: bound it, or wait for a `Notify` or a lock of \
                 authloom::sync",
                panic_text(panic)
            )
        }
        Incomplete::ExecutionNeverReturned { seconds } => format!(
            "an execution has not returned for {seconds} s: it blocks its thread, say by a lock \
             that is not from authloom::sync, or computes for ever"
        ),
        Incomplete::BuiltWithoutLoom => String::from(
            "this build of authloom has no level thread: its feature `loom` is switched off",
        ),
        Incomplete::WorldKept => String::from(
            "something still holds a double after the execution that it was made for: a thread, a \
             `static`, a runtime, or a cycle of `Arc`s; what it does with it was not explored",
        ),
        Incomplete::SetUpNeverReturned { seconds } => {
            format!("building the implementation, or dropping it, has not returned for {seconds} s")
        }
        Incomplete::RerunNeverReturned { seconds, broken } => format!(
            "running a schedule again has not returned for {seconds} s{}",
            seen_broken(broken)
        ),
        Incomplete::SetUpPanicked { panic, broken } => format!(
            "building the implementation, or dropping it, panicked: {}{}",
            panic_text(panic),
            seen_broken(broken)
        ),
    }
}

/// How many of the steps before are told where two are named.
const STEPS_BEFORE_MAX: usize = 20;

/// The last two of some steps, and what they come after.
fn last_two(steps: &[String]) -> String {
    let (before, two) = steps.split_at(steps.len().saturating_sub(2));
    let (earlier, told) = before.split_at(before.len().saturating_sub(STEPS_BEFORE_MAX));
    let two = two.join(" | ");
    let earlier = match earlier.len() {
        0 => String::new(),
        count => format!("{count} steps, "),
    };
    match told {
        [] => format!("{two}, first of all"),
        _ => format!("{two}, after {earlier}{}", told.join(", ")),
    }
}

/// What a sample by priorities promises.
fn bound_text(bound: PctBound) -> String {
    let PctBound { depth, processes, steps, executions } = bound;
    let chance = bound.chance();
    format!(
        ". Each of {executions} had a chance of at least {chance:.6} to show a bug of depth \
         {depth} (1 / (n * k^(d-1)) with n = {processes} processes, k = {steps} steps), if none \
         takes more steps than the longest did"
    )
}

/// What is known all the same.
fn seen_broken(properties: &[&str]) -> String {
    match properties {
        [] => String::new(),
        names => format!("; before that, schedules broke {}", names.join(", ")),
    }
}

//! The schedules that deviate least from wake order: none, one deviation, two, and so on.
//!
//! A deviation is a moment at which the process whose turn it is stands aside until nothing else
//! can move: the slowest answer, the caller who is suspended just there. A search that goes through
//! a large space to its end stays for long with schedules that have their beginning in common,
//! while most races need one or two such moments, wherever those are (after Emmi, Qadeer,
//! Rakamarić: "Delay-Bounded Scheduling", POPL 2011; Burckhardt and others: "A Randomized Scheduler
//! with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010).

use std::collections::VecDeque;

use super::depth_first::{Ended, Limits, Visitor};
use super::path::Path;
use super::program::{ProcessId, Program};
use super::progress::Progress;
use super::wake_order::WakeOrder;

/// The steps, by number, at which whoever has waited longest stands aside. In ascending order; one
/// at which several do is there several times.
type Deviations = Vec<usize>;

/// Runs the schedules of at most so many deviations, the fewest first, but no more than
/// `executions_max`. They are counted as probes.
///
/// [`Ended::Sampled`] is the usual end, whether or not all of them were run: this proves nothing.
pub fn few_deviations<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    (deviations_max, executions_max): (usize, usize),
    visitor: &mut impl Visitor<P>,
) -> Ended {
    let mut to_run = VecDeque::from([Deviations::new()]);
    for _ in 0..executions_max {
        let Some(deviations) = to_run.pop_front() else { break };
        let Some(could_deviate) = run(program, limits, progress, &deviations, visitor) else {
            return Ended::StepLimit;
        };
        if !visitor.wants_more() {
            return Ended::Stopped;
        }
        if deviations.len() < deviations_max {
            let more = could_deviate.into_iter().take(executions_max - to_run.len());
            to_run.extend(more.map(|step| [deviations.as_slice(), &[step]].concat()));
        }
    }
    Ended::Sampled
}

/// Runs one schedule, and says at which steps from its last deviation on another one could be;
/// `None` when it came to the limit.
fn run<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    deviations: &[usize],
    visitor: &mut impl Visitor<P>,
) -> Option<Vec<usize>> {
    let (mut path, mut order) = (Path::default(), WakeOrder::default());
    let (mut possible, mut moved) = (Vec::new(), None);
    let mut aside: Vec<ProcessId> = Vec::new();
    let mut planned = deviations.iter().peekable();
    let mut could_deviate = Vec::new();
    progress.probe_begins();
    program.reset();
    loop {
        program.enabled(&mut possible);
        if !path.is_empty() {
            visitor.stepped(program, &path);
        }
        if possible.is_empty() {
            visitor.quiescent(program, &path);
            return Some(could_deviate);
        }
        let step = path.len();
        if step == limits.steps_max {
            return None;
        }
        order.goes_on(moved, &possible);
        aside.retain(|process| Some(*process) != moved);
        let turn = |aside: &[ProcessId]| order.iter().find(|process| !aside.contains(process));
        while planned.next_if(|deviation| **deviation == step).is_some() {
            aside.extend(turn(&aside));
        }
        // Who is the only one to move would only move.
        if planned.peek().is_none() && order.iter().filter(|it| !aside.contains(it)).count() > 1 {
            could_deviate.push(step);
        }
        let next = turn(&aside).or_else(|| order.iter().next())?;
        let position = possible.iter().position(|choice| choice.process == next)?;
        path.push(&possible, position);
        progress.probe_step_begins(position);
        program.step(next);
        moved = Some(next);
    }
}

//! Optimal dynamic partial order reduction: one execution for each interleaving class.
//!
//! Two schedules that differ only in the order of independent steps end in the same state, so that
//! one of them is enough. Which steps depend on each other is known only after they were taken;
//! so an execution is run to its end, every race in it (two conflicting steps with nothing between
//! them) is found, and for each the other order is put on the list of schedules to try, unless that
//! is covered already.
//!
//! Source: Abdulla, Aronsson, Jonsson, Sagonas: "Source Sets: A Foundation for Optimal Dynamic
//! Partial Order Reduction", JACM 2017, algorithm 2 (wakeup trees) and its treatment of locks.
//!
//! In a [`Part`] of the schedules, the steps of its beginning are given, and some processes sleep
//! where it ends. These are left to other parts: here they are as good as not possible, until a
//! step that they depend on was taken. So an execution may be cut short because only they could go
//! on, and none is left out because they could have gone first.
//!
//! Sound only if the accesses that steps declare are complete.

use std::rc::Rc;

use super::depth_first::{Ended, Limits, Visitor};
use super::footprints::{Footprints, StepId};
use super::happens_before::{Before, Event, Positions, before, include};
use super::other_order::check_other_order;
use super::parts::Part;
use super::path::Path;
use super::program::{Access, Choice, CutOff, ProcessId, Program};
use super::progress::Progress;
use super::replay::Divergence;
use super::wake_order::WakeOrder;
use super::wakeup_tree::{Sequence, WakeupTree};

/// One of so many executions, the first among them, is run in another order too.
const ORDERS_APART: u64 = 16;

/// Runs one schedule of each interleaving class of `program`.
///
/// Executions and steps are counted in `progress`; so are executions that were cut short because
/// all that could go on had been tried.
pub fn optimal<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    visitor: &mut impl Visitor<P>,
) -> Ended {
    optimal_part(program, limits, progress, &Part::default(), visitor)
}

/// Runs one schedule of each interleaving class of `program` that is of one part, as
/// [`split`](super::split) made it for [`Tree::Classes`](super::Tree::Classes).
///
/// What is run, and in which order, depends on the program and the part alone.
pub fn optimal_part<P: Program>(
    program: &mut P,
    limits: Limits,
    progress: &Progress,
    part: &Part,
    visitor: &mut impl Visitor<P>,
) -> Ended {
    let before = progress.snapshot();
    let mut search = Search::of(part, program.take_footprints());
    let mut executions = 0_u64;
    // After so many of them, a step touched more than it was known to.
    let mut outgrown_at = None;
    loop {
        progress.execution_begins();
        let is_whole = match search.run(program, limits, progress, visitor) {
            Ok(is_whole) => is_whole,
            Err(ended) => return ended,
        };
        if search.footprints.as_mut().is_some_and(Footprints::take_growth) {
            outgrown_at = Some(executions);
        }
        search.reverse_races(program);
        if is_whole
            && outgrown_at.is_none()
            && executions.is_multiple_of(ORDERS_APART)
            && let Err(ended) =
                check_other_order(program, progress, &search.path, (&search.events, &search.before))
        {
            return ended;
        }
        executions += 1;
        let has_more = search.backtrack(progress);
        // What was planned was planned from too little. But it goes on for as long again, since it
        // may show still more that is not known: then beginning again is worth while.
        if outgrown_at.is_some_and(|grown| !has_more || executions > 2 * grown) {
            progress.forget_since(&before);
            search = Search::of(part, search.footprints);
            (executions, outgrown_at) = (0, None);
        } else if !has_more {
            if let Some(footprints) = search.footprints {
                program.keep_footprints(footprints);
            }
            return Ended::Exhausted;
        }
        if !visitor.wants_more() {
            return Ended::Stopped;
        }
    }
}

/// The execution that the search stands on. The lists have an item a step.
struct Search<'a> {
    part: &'a Part,
    /// What sleeps where the beginning of the part ends.
    left_to_others: Vec<Event>,
    path: Path,
    frames: Vec<Frame>,
    events: Vec<Event>,
    before: Vec<Before>,
    /// What is to be tried after the last step.
    guide: WakeupTree,
    /// Who moves where nothing says who is to.
    order: WakeOrder,
    /// The first step that the last execution took for the first time.
    first_new: usize,
    /// Of a program whose steps need not touch the same each time.
    footprints: Option<Footprints>,
}

/// What is known of the state before a step.
#[derive(Default)]
struct Frame {
    /// What was tried from here or before, where it would still lead to the same.
    asleep: Vec<Event>,
    /// What is left to other parts, where it would still lead to the same.
    left_to_others: Vec<Event>,
    /// What is to be tried besides what is being tried.
    pending: WakeupTree,
}

impl<'a> Search<'a> {
    /// Before the first execution.
    fn of(part: &'a Part, footprints: Option<Footprints>) -> Self {
        let left_to_others = part.asleep.iter().map(|sleeper| Event {
            process: sleeper.process,
            accesses: Rc::from(sleeper.accesses.as_slice()),
        });
        Search {
            part,
            left_to_others: left_to_others.collect(),
            path: Path::default(),
            frames: Vec::new(),
            events: Vec::new(),
            before: Vec::new(),
            guide: WakeupTree::default(),
            order: WakeOrder::default(),
            first_new: 0,
            footprints,
        }
    }

    /// Repeats the prefix and goes on to the end, unless it is cut short: then it says `false`.
    fn run<P: Program>(
        &mut self,
        program: &mut P,
        limits: Limits,
        progress: &Progress,
        visitor: &mut impl Visitor<P>,
    ) -> Result<bool, Ended> {
        let mut possible = Vec::new();
        let mut touched = Vec::new();
        program.reset();
        self.path
            .repeat(program, progress, |accesses| touched.extend_from_slice(accesses))
            .map_err(Ended::Diverged)?;
        self.order.clear();
        for depth in 0..self.path.len() {
            let moved = depth.checked_sub(1).map(|before| self.path.process_at(before));
            self.order.goes_on(moved, self.path.possible_at(depth));
        }
        self.first_new = self.events.len();
        if let Some(depth) = self.path.len().checked_sub(1) {
            let process = self.path.process_at(depth);
            self.learn(process, program.history_of(process), &mut touched);
        }
        loop {
            program.enabled(&mut possible);
            if !self.path.is_empty() {
                visitor.stepped(program, &self.path);
            }
            if possible.is_empty() {
                visitor.quiescent(program, &self.path);
                return Ok(true);
            }
            if self.path.len() == limits.steps_max {
                return Err(Ended::StepLimit);
            }
            let moved = self.events.last().map(|event| event.process);
            self.order.goes_on(moved, &possible);
            let position = match self.part.prefix.get(self.path.len()) {
                Some(given) => self.follow(given, &possible).map_err(Ended::Diverged)?,
                None => {
                    let Some(position) = self.open_frame(&possible, program, progress) else {
                        progress.execution_was_redundant();
                        return Ok(false);
                    };
                    position
                }
            };
            self.path.push(&possible, position);
            progress.step_begins(position);
            let process = possible[position].process;
            touched.clear();
            touched.extend_from_slice(program.step(process));
            self.learn(process, program.history_of(process), &mut touched);
        }
    }

    /// Opens the frame of a step of the part's beginning. Nothing else is tried from there.
    fn follow(&mut self, given: &Choice, possible: &[Choice]) -> Result<usize, Divergence> {
        let position = possible.iter().position(|choice| choice == given);
        self.frames.push(Frame::default());
        position.ok_or_else(|| {
            let (expected, found) = (vec![*given], possible.to_vec());
            Divergence { step: self.path.len(), expected, found }
        })
    }

    /// Opens the frame of the next step and chooses who takes it: what the guide says, or else, of
    /// those that are not asleep, who has waited longest. `None` if all are asleep.
    ///
    /// Where the choices rule each other out, all are tried from here: the one that was ruled out
    /// may come later as a step that no longer races with the one that was taken.
    fn open_frame<P: Program>(
        &mut self,
        possible: &[Choice],
        program: &P,
        progress: &Progress,
    ) -> Option<usize> {
        let (asleep, left_to_others) = self.still_asleep();
        let is_awake = |choice: &Choice| {
            let mut sleepers = asleep.iter().chain(&left_to_others);
            sleepers.all(|sleeper| sleeper.process != choice.process)
        };
        let mut pending = std::mem::take(&mut self.guide);
        let position = match pending.take_first(possible, progress) {
            Some((position, subtree)) => {
                self.guide = subtree;
                position
            }
            None => {
                let awake = self.order.iter().filter_map(|next| {
                    possible.iter().position(|choice| choice.process == next && is_awake(choice))
                });
                awake.min_by_key(|&position| program.comes_last(possible[position].process))?
            }
        };
        if let Some(object) = program.contended() {
            let others = possible.iter().filter(|choice| **choice != possible[position]);
            for choice in others.filter(|choice| is_awake(choice)) {
                let accesses = Rc::new([Access::acquire(object)]);
                pending.add(Event { process: choice.process, accesses });
            }
        }
        self.frames.push(Frame { asleep, left_to_others, pending });
        Some(position)
    }

    /// What sleeps before the next step: of what was tried, and of what is left to other parts.
    fn still_asleep(&self) -> (Vec<Event>, Vec<Event>) {
        if self.path.len() == self.part.prefix.len() {
            return (Vec::new(), self.left_to_others.clone());
        }
        let (Some(frame), Some(taken)) = (self.frames.last(), self.events.last()) else {
            return (Vec::new(), Vec::new());
        };
        let still = |sleepers: &[Event]| {
            let stays = |sleeper: &&Event| !sleeper.conflicts_with(taken);
            sleepers.iter().filter(stays).cloned().collect()
        };
        (still(&frame.asleep), still(&frame.left_to_others))
    }

    /// Takes note of a step that was taken for the first time.
    fn learn(&mut self, process: ProcessId, history: u64, accesses: &mut Vec<Access>) {
        if let Some(footprints) = &mut self.footprints {
            let ordinal = self.events.iter().filter(|event| event.process == process).count();
            footprints.widen(StepId { process, history, ordinal }, accesses);
        }
        let event = Event { process, accesses: Rc::from(accesses.as_slice()) };
        let enabler = self.enabler(process);
        self.before.push(before(&event, &self.events, &self.before, enabler));
        self.events.push(event);
    }

    /// The event that made the next step of `process` possible, if that was not its own last one.
    fn enabler(&self, process: ProcessId) -> Option<usize> {
        let own = self.events.iter().rposition(|event| event.process == process);
        let since = own.map_or(0, |own| own + 1);
        let is_possible =
            |&k: &usize| self.path.possible_at(k).iter().any(|choice| choice.process == process);
        (since..self.events.len()).rev().find(|k| !is_possible(k))
    }

    /// Puts the other order of every new race on the list of what is to be tried.
    fn reverse_races<P: Program>(&mut self, program: &mut P) {
        let Search { frames, events, before: known, .. } = self;
        // From the states of the part's beginning, all was tried: by other parts.
        let given = self.part.prefix.len();
        for later in self.first_new..events.len() {
            for &earlier in known[later].races.iter().filter(|&&earlier| earlier >= given) {
                let last = (later, &events[later], &known[later].unless_sooner);
                reverse(&mut frames[earlier], earlier, events, known, last);
            }
        }
        // Who waits to the end for what somebody holds could have taken it first.
        let mut waiting = Vec::new();
        program.waiting(&mut waiting);
        for (process, object) in waiting {
            let event = Event { process, accesses: Rc::new([Access::acquire(object)]) };
            let found = before(&event, events, known, None);
            for &earlier in found.races.iter().filter(|&&earlier| earlier >= given) {
                let last = (events.len(), &event, &found.unless_sooner);
                reverse(&mut frames[earlier], earlier, events, known, last);
            }
        }
        self.reverse_cut_off(program);
    }

    /// Whose step was taken away for good never takes it, so that no race shows: its coming first
    /// is planned like the other order of one, unless what makes it possible comes too late.
    fn reverse_cut_off<P: Program>(&mut self, program: &mut P) {
        let mut cut_off = Vec::new();
        program.cut_off(&mut cut_off);
        let given = self.part.prefix.len();
        for CutOff { at, process, access, enabler, history } in cut_off {
            let comes_too_late = |enabler: usize| self.before[enabler].all.contains(at);
            if at < given || enabler.is_some_and(comes_too_late) {
                continue;
            }
            let mut accesses = vec![access];
            if let Some(footprints) = &mut self.footprints {
                let own = self.events.iter().filter(|event| event.process == process);
                footprints.widen(StepId { process, history, ordinal: own.count() }, &mut accesses);
            }
            let event = Event { process, accesses: Rc::from(accesses) };
            let mut past = Positions::default();
            enabler.into_iter().for_each(|enabler| include(&mut past, enabler, &self.before));
            let is_free = |&later: &usize| !self.before[later].all.contains(at);
            for later in (at + 1..self.events.len()).filter(is_free) {
                if self.events[later].conflicts_with(&event) {
                    include(&mut past, later, &self.before);
                }
            }
            let last = (self.events.len(), &event, &past);
            reverse(&mut self.frames[at], at, &self.events, &self.before, last);
        }
    }

    /// Goes back to the last step that has something else to try. `false` when there is none.
    fn backtrack(&mut self, progress: &Progress) -> bool {
        while let (Some(frame), Some(tried)) = (self.frames.last_mut(), self.events.pop()) {
            self.before.pop();
            frame.asleep.push(tried);
            let possible = self.path.possible_at(self.frames.len() - 1);
            let frame = self.frames.last_mut().expect("it was there");
            if let Some((position, subtree)) = frame.pending.take_first(possible, progress) {
                self.guide = subtree;
                self.path.replace_last(position);
                return true;
            }
            self.frames.pop();
            self.path.pop();
        }
        false
    }
}

/// Plans, from the state before `earlier`, the execution in which the last event comes first: all
/// that does not depend on `earlier`, then the last event.
fn reverse(
    frame: &mut Frame,
    earlier: usize,
    events: &[Event],
    before: &[Before],
    (position, last, before_last): (usize, &Event, &Positions),
) {
    let mut sequence = Sequence::new();
    for later in earlier + 1..events.len() {
        if later != position && !before[later].all.contains(earlier) {
            sequence.push(later, &events[later], &before[later].all);
        }
    }
    sequence.push(position, last, before_last);
    insert(frame, sequence);
}

/// Puts a sequence on the list of what is to be tried, unless that is covered.
fn insert(frame: &mut Frame, sequence: Sequence<'_>) {
    // What could go first anywhere was tried with all that follows. What is left to others sleeps
    // until something wakes it, and it is not known yet whether that comes after this sequence.
    let is_covered = frame.asleep.iter().any(|sleeper| sequence.can_begin_with(sleeper))
        || frame.left_to_others.iter().any(|sleeper| sequence.begins_with(sleeper));
    if !is_covered {
        frame.pending.insert(sequence);
    }
}

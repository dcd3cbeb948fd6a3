//! What would have prevented a counterexample: the step that had to come later.
//!
//! Every claim made here was run: the step is moved behind a conflicting step of another lane, the
//! rest goes on as before where it can, and the property holds to the end.

use super::judge::Subject;
use super::recording::Recording;
use super::watched_run::WatchedRun;
use crate::auth::World;
use crate::explore::Choice;
use crate::property::Property;
use crate::world::{Plan, Stage};

/// Reorderings that are tried before giving up: enough for schedules of some fifty steps, and a
/// bound on the time that a long one takes.
const TRIES_MAX: usize = 1_000;

/// Two conflicting steps whose order decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prevention {
    /// The step that came too early; an index into the recording's rows.
    pub early: usize,
    /// The step that it had to come after; an index into the recording's rows.
    pub after: usize,
}

/// The latest step of the schedule for which waiting helps, and the first step that it has to wait
/// for, which may be one that came only after the property was broken.
pub(super) fn find_prevention(
    stage: &Stage<World>,
    property: &Property,
    steps: &[Choice],
    recording: &Recording,
    steps_max: usize,
) -> Option<Prevention> {
    let mut subject = Subject::new(Stage::clone(stage)).under(Plan::of(steps));
    let conflict = |early: usize, after: usize| {
        let (a, b) = (&recording.rows[early], &recording.rows[after]);
        let touches = |x: &crate::explore::Access| b.accesses.iter().any(|y| x.conflicts_with(*y));
        a.lane != b.lane && a.accesses.iter().any(touches)
    };
    let mut pairs = (0..recording.scheduled)
        .rev()
        .flat_map(|early| (early + 1..steps.len()).map(move |after| (early, after)))
        .filter(|&(early, after)| conflict(early, after));
    pairs
        .by_ref()
        .take(TRIES_MAX)
        .find(|&(early, after)| {
            let moved = moved_behind(steps, early, after);
            holds(&mut subject, property, &moved, steps_max)
        })
        .map(|(early, after)| Prevention { early, after })
}

/// The steps with step `early`, and all that its lane does from there, moved behind `after`.
fn moved_behind(steps: &[Choice], early: usize, after: usize) -> Vec<Choice> {
    let lane = steps[early].process.lane;
    let of_lane = |choice: &&Choice| choice.process.lane == lane;
    let (before, rest) = steps.split_at(early);
    let (between, behind) = rest.split_at(after + 1 - early);
    let mut moved = before.to_vec();
    moved.extend(between.iter().filter(|choice| !of_lane(choice)));
    moved.extend(between.iter().filter(of_lane));
    moved.extend(behind);
    moved
}

/// Whether the property holds when the wished steps are taken as far as they are possible, in their
/// order, and others only when none of them is.
fn holds(subject: &mut Subject, property: &Property, wished: &[Choice], steps_max: usize) -> bool {
    let mut wished = wished.to_vec();
    let mut run = WatchedRun::begin(subject, *property);
    for _ in 0..steps_max {
        let possible = run.possible();
        let next = wished.iter().position(|choice| possible.contains(choice));
        let Some(next) = next.map(|at| wished.remove(at)).or(possible.first().copied()) else {
            return true;
        };
        if run.step(next).is_some() {
            return false;
        }
    }
    false
}

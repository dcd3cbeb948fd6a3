//! Whether the comparison with brute force would notice a dependency relation that forgets
//! something: programs that do what they do, and report less than they touch.

use std::cell::Cell;

use authloom::explore::{
    Access, AccessKind, Choice, Ended, ObjectId, Path, ProcessId, Program, Progress, Visitor,
    optimal,
};

use crate::optimal::{LIMITS, all_classes, check_small_programs, difference};
use crate::synthetic::{Code, Machine, Object, Op, object_id};

/// What is not reported.
#[derive(Debug, Clone, Copy)]
enum Forgotten {
    Nothing,
    /// That this object was touched.
    Object(Object),
    /// That a write changed anything: it is reported as a read.
    Changes,
    /// That an object was taken.
    Acquires,
    /// That an object was freed.
    Releases,
}

impl Forgotten {
    /// What is reported of an access.
    fn report(self, access: Access) -> Option<Access> {
        let is_kept = match self {
            Forgotten::Nothing | Forgotten::Changes => true,
            Forgotten::Object(object) => access.object != object_id(object),
            Forgotten::Acquires => access.kind != AccessKind::Acquire,
            Forgotten::Releases => access.kind != AccessKind::Release,
        };
        let kind = match (self, access.kind) {
            (Forgotten::Changes, AccessKind::Write) => AccessKind::Read,
            (_, kind) => kind,
        };
        is_kept.then_some(Access { kind, ..access })
    }
}

struct Forgetful {
    machine: Machine,
    forgotten: Forgotten,
    /// Whether it tells what it has come to.
    tells: bool,
    reported: Vec<Access>,
}

impl AsRef<Machine> for Forgetful {
    fn as_ref(&self) -> &Machine {
        &self.machine
    }
}

impl Program for Forgetful {
    fn reset(&mut self) {
        self.machine.reset();
    }

    fn enabled(&mut self, choices: &mut Vec<Choice>) {
        self.machine.enabled(choices);
    }

    fn waiting(&mut self, waiting: &mut Vec<(ProcessId, ObjectId)>) {
        self.machine.waiting(waiting);
    }

    fn outcome(&self) -> u64 {
        if self.tells { self.machine.outcome() } else { 0 }
    }

    fn step(&mut self, process: ProcessId) -> &[Access] {
        let accesses = self.machine.step(process).iter();
        self.reported.clear();
        self.reported.extend(accesses.filter_map(|&access| self.forgotten.report(access)));
        &self.reported
    }
}

/// Of 500 random programs, how many the reduced search does not run as it must, and how many of
/// these it misses a class of.
fn noticed(forgotten: Forgotten) -> (usize, usize) {
    let (differs, misses) = (Cell::new(0), Cell::new(0));
    check_small_programs(500, |code| {
        let all = all_classes(&code);
        let machine = Machine::new(code);
        let program = Forgetful { machine, forgotten, tells: false, reported: Vec::new() };
        if let Some(difference) = difference(program, &all) {
            differs.set(differs.get() + 1);
            misses.set(misses.get() + usize::from(difference.starts_with("missed")));
        }
    });
    (differs.get(), misses.get())
}

/// Of 500 random programs, in how many the search itself notices it.
fn shown_by_another_order(forgotten: Forgotten) -> usize {
    let shown = Cell::new(0);
    check_small_programs(500, |code| {
        let machine = Machine::new(code);
        let mut program = Forgetful { machine, forgotten, tells: true, reported: Vec::new() };
        let progress = Progress::new(LIMITS);
        match optimal(&mut program, LIMITS, &progress, &mut LooksAtNothing) {
            Ended::OrderMatters(matters) => {
                assert!(last_two_conflict(&mut program.machine, &matters.steps), "{matters:?}");
                shown.set(shown.get() + 1);
            }
            ended => assert_eq!(ended, Ended::Exhausted),
        }
    });
    shown.get()
}

/// Whether of these steps the last two depend on each other, by all that they touch.
fn last_two_conflict(machine: &mut Machine, steps: &[Choice]) -> bool {
    machine.reset();
    let touched: Vec<Vec<Access>> =
        steps.iter().map(|choice| machine.step(choice.process).to_vec()).collect();
    let [.., one, other] = touched.as_slice() else { return false };
    one.iter().any(|one| other.iter().any(|&other| one.conflicts_with(other)))
}

/// Comes to something else each time.
struct Fickle {
    machine: Machine,
    runs: u64,
}

impl Program for Fickle {
    fn reset(&mut self) {
        self.runs += 1;
        self.machine.reset();
    }

    fn enabled(&mut self, choices: &mut Vec<Choice>) {
        self.machine.enabled(choices);
    }

    fn outcome(&self) -> u64 {
        self.runs
    }

    fn step(&mut self, process: ProcessId) -> &[Access] {
        self.machine.step(process)
    }
}

struct LooksAtNothing;

impl<P: Program> Visitor<P> for LooksAtNothing {
    fn stepped(&mut self, _: &P, _: &Path) {}

    fn quiescent(&mut self, _: &P, _: &Path) {}
}

/// What is fickle is not blamed on the order.
#[test]
fn another_outcome_of_the_same_order_is_told_from_another_order() {
    let writes = Code::new(vec![vec![Op::Write(0, 1)], vec![Op::Write(1, 1)]]);
    let mut program = Fickle { machine: Machine::new(writes), runs: 0 };
    let progress = Progress::new(LIMITS);
    let ended = optimal(&mut program, LIMITS, &progress, &mut LooksAtNothing);
    assert_eq!(ended, Ended::OutcomeChanged);
}

/// Expected: never if nothing is forgotten, and in some programs if something is; then two steps
/// are named that depend on each other. Locks show rarely: who waited for one comes after whoever
/// let go of it, reported or not.
#[test]
fn another_order_shows_what_is_forgotten() {
    assert_eq!(shown_by_another_order(Forgotten::Nothing), 0);
    let objects = (0..3).map(Forgotten::Object);
    let kinds = [Forgotten::Changes, Forgotten::Acquires, Forgotten::Releases];
    for forgotten in objects.chain(kinds) {
        assert!(shown_by_another_order(forgotten) > 0, "{forgotten:?}");
    }
}

/// The wrapper that forgets nothing changes nothing: what the others are noticed by is not it.
#[test]
fn nothing_forgotten_is_no_difference() {
    assert_eq!(noticed(Forgotten::Nothing), (0, 0));
}

/// Expected: some class is never run.
#[test]
fn a_forgotten_object_is_noticed() {
    for object in 0..4 {
        let (_, misses) = noticed(Forgotten::Object(object));
        assert!(misses > 0, "object {object}");
    }
}

/// Expected: some class is never run.
#[test]
fn writes_taken_for_reads_are_noticed() {
    let (_, misses) = noticed(Forgotten::Changes);
    assert!(misses > 0);
}

/// Expected: some class is never run.
#[test]
fn forgotten_acquires_are_noticed() {
    let (_, misses) = noticed(Forgotten::Acquires);
    assert!(misses > 0);
}

/// Expected: some class is never run.
#[test]
fn forgotten_releases_are_noticed() {
    let (_, misses) = noticed(Forgotten::Releases);
    assert!(misses > 0);
}

//! Whether the reduced search runs exactly one execution of each interleaving class: against counts
//! that are known, and against brute force on random programs.

use std::cell::Cell;

use authloom::explore::{Ended, Limits, Path, Program, Progress, Visitor, depth_first, optimal};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::synthetic::classes::Classes;
use crate::synthetic::workloads::{last_zero, readers, w1, w2, w3};
use crate::synthetic::{Code, END, Machine, Object, Op};

pub const LIMITS: Limits = Limits { steps_max: 200 };

/// The classes that the reduced search has run, each checked to be a new one.
#[derive(Default)]
struct EachClassOnce {
    classes: Classes,
    executions: usize,
}

impl<P: AsRef<Machine>> Visitor<P> for EachClassOnce {
    fn stepped(&mut self, _: &P, _: &Path) {}

    fn quiescent(&mut self, program: &P, path: &Path) {
        self.classes.quiescent(program.as_ref(), path);
        self.executions += 1;
    }
}

/// Reduces a program: the classes run, the complete executions, those cut short.
fn reduce<P: Program + AsRef<Machine>>(mut program: P) -> (Ended, Classes, usize, u64) {
    let (progress, mut visitor) = (Progress::new(LIMITS), EachClassOnce::default());
    let ended = optimal(&mut program, LIMITS, &progress, &mut visitor);
    (ended, visitor.classes, visitor.executions, progress.snapshot().redundant)
}

/// Executions of a workload, none of them cut short and no class run twice.
fn executions(code: Code) -> usize {
    let (ended, classes, executions, redundant) = reduce(Machine::new(code));
    assert_eq!(ended, Ended::Exhausted);
    assert_eq!(redundant, 0, "executions cut short");
    assert_eq!(classes.0.len(), executions, "classes, and executions");
    executions
}

/// Expected: the classes that brute force finds.
#[test]
fn w1_refresh_without_a_lock_takes_an_execution_a_class() {
    assert_eq!(executions(w1(2)), 10);
    assert_eq!(executions(w1(3)), 207);
}

/// Expected: the classes that brute force finds.
#[test]
fn w2_refresh_under_a_lock_takes_an_execution_a_class() {
    assert_eq!(executions(w2(2)), 4);
    assert_eq!(executions(w2(3)), 15);
}

/// Expected: the classes that brute force finds.
#[test]
fn w3_callback_without_a_lock_takes_an_execution_a_class() {
    assert_eq!(executions(w3(2)), 26);
    assert_eq!(executions(w3(3)), 3_387);
}

/// Expected: the formulas, `2^n` and `(n + 3) * 2^(n - 2)`.
#[test]
fn known_programs_take_as_many_executions_as_their_formulas_say() {
    for n in 1..=10 {
        assert_eq!(executions(readers(n)), 1 << n, "{n} readers");
    }
    for n in 2..=10 {
        assert_eq!(executions(last_zero(n)), (n as usize + 3) << (n - 2), "{n} writers");
    }
}

/// Two or three processes of up to four operations over two variables and two locks: they wait for
/// each other, end early and deadlock. What is a lock is only ever locked and unlocked.
fn small_programs() -> impl Strategy<Value = Code> {
    let variable = || 0..2 as Object;
    let lock = || 2..4 as Object;
    let op = prop_oneof![
        3 => variable().prop_map(Op::Read),
        2 => (variable(), 1..=2_i64).prop_map(|(object, value)| Op::Write(object, value)),
        2 => (variable(), 0..=1_i64).prop_map(|(object, more)| Op::Store(object, more)),
        3 => lock().prop_map(Op::Lock),
        3 => lock().prop_map(Op::Unlock),
        1 => (0..=2_i64).prop_map(|value| Op::JumpIf(value, END)),
    ];
    let process = prop::collection::vec(op, 1..=4);
    prop::collection::vec(process, 2..=3).prop_map(Code::new)
}

/// Checks the same random programs each time: what fails once fails again.
pub fn check_small_programs(cases: u32, check: impl Fn(Code)) {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    };
    let checked = TestRunner::new(config).run(&small_programs(), |code| {
        check(code);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

/// Every execution, sorted into classes.
pub fn all_classes(code: &Code) -> Classes {
    let mut all = Classes::default();
    let mut machine = Machine::new(code.clone());
    let ended = depth_first(&mut machine, LIMITS, &Progress::new(LIMITS), &mut all);
    assert_eq!(ended, Ended::Exhausted);
    all
}

/// How the reduced search of a program differs from one that runs each of `all` classes once, with
/// the same end, and cuts nothing short.
pub fn difference<P: Program + AsRef<Machine>>(program: P, all: &Classes) -> Option<String> {
    let (ended, reduced, executions, redundant) = reduce(program);
    if ended != Ended::Exhausted {
        return Some(format!("{ended:?}"));
    }
    let missed: Vec<_> = all.0.keys().filter(|class| !reduced.0.contains_key(*class)).collect();
    if !missed.is_empty() {
        Some(format!("missed: {missed:?}"))
    } else if reduced.0 != all.0 {
        Some(format!("{:?} instead of {:?}", reduced.0, all.0))
    } else if (executions, redundant) != (all.0.len(), 0) {
        let classes = all.0.len();
        Some(format!("{classes} classes, {executions} executions, {redundant} cut short"))
    } else {
        None
    }
}

/// Compares with every execution, sorted into classes: the same classes, each run once, none cut
/// short, with the same end. Some of the ends must be deadlocks.
#[test]
fn reduction_runs_each_class_of_a_random_program_once() {
    let deadlocks = Cell::new(0);
    check_small_programs(10_000, |code| {
        let all = all_classes(&code);
        assert_eq!(difference(Machine::new(code.clone()), &all), None);
        deadlocks
            .set(deadlocks.get() + all.0.values().filter(|end| !code.is_finished(end)).count());
    });
    assert!(deadlocks.get() > 0, "no program deadlocked");
}

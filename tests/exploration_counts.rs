//! Whether the search runs every schedule, each once: against counts that are known, and against
//! brute force on random programs.

mod synthetic;

use std::cell::Cell;

use authloom::explore::{
    Access, Choice, Divergence, Ended, Limits, Path, ProcessId, Program, Progress, Visitor,
    depth_first, round_robin,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use synthetic::brute_force::{self, Execution, Executions};
use synthetic::classes::Classes;
use synthetic::workloads::{last_zero, readers, w1, w2, w3};
use synthetic::{Code, END, Machine, Object, Op, process_id};

/// More than any program here takes, those that never end excepted.
const LIMITS: Limits = Limits { steps_max: 100 };

/// Counts the complete executions.
#[derive(Debug, Default)]
struct Interleavings(u64);

impl<P> Visitor<P> for Interleavings {
    fn stepped(&mut self, _: &P, _: &Path) {}

    fn quiescent(&mut self, _: &P, _: &Path) {
        self.0 += 1;
    }
}

/// Searches all of `code` for `visitor`, which must see each execution that the search reports.
fn exhaust(code: Code, visitor: &mut impl Visitor<Machine>) -> u64 {
    let progress = Progress::default();
    let ended = depth_first(&mut Machine::new(code), LIMITS, &progress, visitor);
    assert_eq!(ended, Ended::Exhausted);
    progress.snapshot().executions
}

fn interleavings(code: Code) -> u64 {
    let mut interleavings = Interleavings::default();
    let executions = exhaust(code, &mut interleavings);
    assert_eq!(executions, interleavings.0, "executions begun, and executions completed");
    interleavings.0
}

fn classes(code: Code) -> usize {
    let mut classes = Classes::default();
    exhaust(code, &mut classes);
    classes.0.len()
}

/// Expected: brute force over another model of the same workload.
#[test]
fn w1_refresh_without_a_lock_has_this_many_interleavings() {
    assert_eq!(interleavings(w1(2)), 162);
    assert_eq!(interleavings(w1(3)), 133_386);
}

/// Expected: brute force over another model of the same workload.
#[test]
fn w2_refresh_under_a_lock_has_this_many_interleavings() {
    assert_eq!(interleavings(w2(2)), 18);
    assert_eq!(interleavings(w2(3)), 564);
    assert_eq!(interleavings(w2(4)), 25_464);
}

/// Expected: brute force over another model of the same workload.
#[test]
fn w3_callback_without_a_lock_has_this_many_interleavings() {
    assert_eq!(interleavings(w3(2)), 244);
    assert_eq!(interleavings(w3(3)), 671_178);
}

/// Runs every interleaving and counts the normal forms. Expected: brute force.
#[test]
fn w1_refresh_without_a_lock_has_this_many_classes() {
    assert_eq!(classes(w1(2)), 10);
    assert_eq!(classes(w1(3)), 207);
}

/// Runs every interleaving and counts the normal forms. Expected: brute force.
#[test]
fn w2_refresh_under_a_lock_has_this_many_classes() {
    assert_eq!(classes(w2(2)), 4);
    assert_eq!(classes(w2(3)), 15);
}

/// Runs every interleaving and counts the normal forms. Expected: brute force.
#[test]
fn w3_callback_without_a_lock_has_this_many_classes() {
    assert_eq!(classes(w3(2)), 26);
    assert_eq!(classes(w3(3)), 3_387);
}

/// Runs every interleaving and counts the normal forms. Expected: the formula, `2^n`.
#[test]
fn every_reader_doubles_the_classes() {
    for n in 1..=5 {
        assert_eq!(classes(readers(n)), 1 << n, "{n} readers");
    }
}

/// Runs every interleaving and counts the normal forms. Expected: the formula,
/// `(n + 3) * 2^(n - 2)`.
#[test]
fn last_zero_has_as_many_classes_as_its_formula_says() {
    for n in 2..=4 {
        assert_eq!(classes(last_zero(n)), (n as usize + 3) << (n - 2), "{n} writers");
    }
}

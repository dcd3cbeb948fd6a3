//! Whether the estimated number of executions is that of the search: on average over many probes,
//! near the counts that are known.

use authloom::explore::{Estimate, Limits, Progress, Tree, estimate};

use crate::optimal::{all_classes, check_small_programs};
use crate::synthetic::workloads::{last_zero, readers, w1, w2, w3};
use crate::synthetic::{Code, Machine, Op};

const LIMITS: Limits = Limits { steps_max: 100 };

fn estimated(code: Code, tree: Tree, seed: u64, probes: u64) -> Estimate {
    let progress = Progress::new(LIMITS);
    let found = estimate(&mut Machine::new(code), LIMITS, &progress, tree, (seed, probes));
    assert_eq!(progress.snapshot().executions, 0, "probes are not executions");
    assert_eq!(progress.snapshot().steps, 0, "nor are their steps steps");
    found.expect("it ends")
}

/// Expected: within four times the error that it states, which is below a tenth of the count.
#[track_caller]
fn assert_near(code: Code, tree: Tree, count: f64) {
    let found = estimated(code, tree, 1, 40_000);
    let Estimate { executions, standard_error } = found;
    assert!(standard_error < 0.1 * count, "{found:?} instead of {count}");
    assert!((executions - count).abs() < 4.0 * standard_error, "{found:?} instead of {count}");
}

/// Expected: the counts of brute force.
#[test]
fn schedules_are_estimated() {
    assert_near(w1(2), Tree::Schedules, 162.0);
    assert_near(w1(3), Tree::Schedules, 133_386.0);
    assert_near(w2(3), Tree::Schedules, 564.0);
    assert_near(w3(3), Tree::Schedules, 671_178.0);
}

/// Expected: the counts of brute force, and the formulas.
#[test]
fn classes_are_estimated() {
    assert_near(w1(2), Tree::Classes, 10.0);
    assert_near(w1(3), Tree::Classes, 207.0);
    assert_near(w2(3), Tree::Classes, 15.0);
    assert_near(w3(2), Tree::Classes, 26.0);
    assert_near(w3(3), Tree::Classes, 3_387.0);
    assert_near(readers(5), Tree::Classes, 32.0);
    assert_near(last_zero(6), Tree::Classes, 144.0);
}

/// Programs that wait, end early and deadlock. Expected: the classes of all of them together, for
/// each is estimated without a bias, from other random numbers.
#[test]
fn classes_of_random_programs_are_estimated() {
    let sums = std::cell::Cell::new((0.0, 0.0, 0));
    check_small_programs(500, |code| {
        let (estimates, classes, seed) = sums.get();
        let all = all_classes(&code).0.len();
        let found = estimated(code, Tree::Classes, seed, 200);
        sums.set((estimates + found.executions, classes + all as f64, seed + 1));
    });
    let (estimates, classes, _) = sums.get();
    let ratio: f64 = estimates / classes;
    assert!((0.98..1.02).contains(&ratio), "{estimates} instead of {classes}");
}

/// A program with a single schedule has nothing to estimate.
#[test]
fn where_there_is_no_choice_the_estimate_is_exact() {
    let code = Code::new(vec![vec![Op::Read(0), Op::Write(0, 1)]]);
    for tree in [Tree::Schedules, Tree::Classes] {
        let found = estimated(code.clone(), tree, 1, 10);
        assert_eq!(found, Estimate { executions: 1.0, standard_error: 0.0 });
    }
}

#[test]
fn what_never_ends_has_no_estimate() {
    let code = Code::new(vec![vec![Op::Read(0), Op::JumpIf(0, 0)]]);
    let progress = Progress::new(LIMITS);
    let found = estimate(&mut Machine::new(code), LIMITS, &progress, Tree::Classes, (1, 1));
    assert_eq!(found, None);
}

//! Whether the reduced search comes to every violation that a workload has.

use authloom::explore::{Ended, Limits, Path, Progress, Visitor, depth_first, optimal};

use crate::synthetic::workloads::{a_token_was_refused, sessions_are_not_one, w1, w2, w3};
use crate::synthetic::{Code, Machine, State};

const LIMITS: Limits = Limits { steps_max: 100 };

/// Counts the executions that violate something.
struct Violations {
    is_violated: fn(&State) -> bool,
    executions: u64,
    count: u64,
    /// The first, counted from 1.
    first: Option<u64>,
}

impl Visitor<Machine> for Violations {
    fn stepped(&mut self, _: &Machine, _: &Path) {}

    fn quiescent(&mut self, machine: &Machine, _: &Path) {
        self.executions += 1;
        if (self.is_violated)(machine.state()) {
            self.count += 1;
            self.first.get_or_insert(self.executions);
        }
    }
}

fn none(is_violated: fn(&State) -> bool) -> Violations {
    Violations { is_violated, executions: 0, count: 0, first: None }
}

/// The violations that the reduced search comes to, and all there are.
fn violations(code: Code, is_violated: fn(&State) -> bool) -> [u64; 2] {
    let (mut reduced, mut plain) = (none(is_violated), none(is_violated));
    let (progress, mut machine) = (Progress::new(LIMITS), Machine::new(code));
    assert_eq!(optimal(&mut machine, LIMITS, &progress, &mut reduced), Ended::Exhausted);
    assert_eq!(depth_first(&mut machine, LIMITS, &progress, &mut plain), Ended::Exhausted);
    [reduced.count, plain.count]
}

#[test]
fn the_races_are_found() {
    for (code, is_violated) in [
        (w1(2), a_token_was_refused as fn(&State) -> bool),
        (w1(3), a_token_was_refused),
        (w3(2), sessions_are_not_one),
        (w3(3), sessions_are_not_one),
    ] {
        let [reduced, plain] = violations(code, is_violated);
        assert!(0 < reduced && reduced < plain, "{reduced} of {plain}");
    }
}

/// Runs every execution. Expected: none presents a token twice.
#[test]
fn under_the_lock_no_token_is_used_twice() {
    for callers in 2..=4 {
        assert_eq!(violations(w2(callers), a_token_was_refused), [0, 0]);
    }
}

/// Callers who start together look together: the first schedule is that one.
#[test]
fn the_first_execution_shows_the_race() {
    for callers in 2..=4 {
        for (code, is_violated) in [
            (w1(callers), a_token_was_refused as fn(&State) -> bool),
            (w3(callers), sessions_are_not_one),
        ] {
            let (progress, mut machine) = (Progress::new(LIMITS), Machine::new(code));
            let mut violations = none(is_violated);
            optimal(&mut machine, LIMITS, &progress, &mut violations);
            assert_eq!(violations.first, Some(1), "{callers} callers");
        }
    }
}

//! The workloads on authloom: one execution of each interleaving class, or all.

use authloom::explore::{Ended, Limits, Path, Progress, Visitor, depth_first, optimal};

use crate::Workload;
use crate::synthetic::workloads::{a_token_was_refused, sessions_are_not_one, w1, w2, w3};
use crate::synthetic::{Machine, State};
use crate::tally;

const LIMITS: Limits = Limits { steps_max: 200 };

struct Tally {
    is_violated: fn(&State) -> bool,
}

impl Visitor<Machine> for Tally {
    fn stepped(&mut self, _: &Machine, _: &Path) {}

    fn quiescent(&mut self, machine: &Machine, _: &Path) {
        tally::execution_ended((self.is_violated)(machine.state()));
    }
}

/// Runs one execution of each class.
pub fn run(workload: Workload, callers: usize) {
    let (mut machine, mut tally) = set_up(workload, callers);
    let ended = optimal(&mut machine, LIMITS, &Progress::new(LIMITS), &mut tally);
    assert_eq!(ended, Ended::Exhausted);
}

/// Runs every execution.
pub fn run_plain(workload: Workload, callers: usize) {
    let (mut machine, mut tally) = set_up(workload, callers);
    let ended = depth_first(&mut machine, LIMITS, &Progress::new(LIMITS), &mut tally);
    assert_eq!(ended, Ended::Exhausted);
}

fn set_up(workload: Workload, callers: usize) -> (Machine, Tally) {
    let (code, is_violated): (_, fn(&State) -> bool) = match workload {
        Workload::W1 => (w1(callers), a_token_was_refused),
        Workload::W2 => (w2(callers), a_token_was_refused),
        Workload::W3 => (w3(callers), sessions_are_not_one),
    };
    (Machine::new(code), Tally { is_violated })
}

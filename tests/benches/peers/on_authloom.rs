//! The workloads on authloom: one execution of each interleaving class.

use authloom::explore::{Ended, Limits, Path, Progress, Visitor, optimal};

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

/// Runs a workload to the end of the search.
pub fn run(workload: Workload, callers: usize) {
    let (code, is_violated): (_, fn(&State) -> bool) = match workload {
        Workload::W1 => (w1(callers), a_token_was_refused),
        Workload::W2 => (w2(callers), a_token_was_refused),
        Workload::W3 => (w3(callers), sessions_are_not_one),
    };
    let mut tally = Tally { is_violated };
    let ended = optimal(&mut Machine::new(code), LIMITS, &Progress::new(LIMITS), &mut tally);
    assert_eq!(ended, Ended::Exhausted);
}

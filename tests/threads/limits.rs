//! What must not read as a pass.

use authloom::prove::{Incomplete, Options};
use authloom::report;

use crate::{explore, incomplete, right};

/// loom ends an execution that is too long for it with a panic: that is neither a pass nor a
/// finding.
#[test]
fn a_limit_of_loom_is_no_pass() {
    let verdict = explore(2, Options { steps_max: 12, ..Options::default() }, right);
    assert!(matches!(incomplete(&verdict), Incomplete::LoomGaveUp { .. }), "{verdict:?}");
    let text = report::conclusion_text(&verdict.conclusion);
    assert!(text.contains("loom gave up, which is no pass: Model exceeded maximum"), "{text}");
}

#[test]
fn a_limit_of_executions_is_no_pass() {
    let verdict = explore(2, Options { executions_max: 3, ..Options::default() }, right);
    assert_eq!(*incomplete(&verdict), Incomplete::ExecutionLimit { executions: 3 });
    assert!(!verdict.is_exhausted);
}

#[test]
fn more_than_four_callers_are_no_pass() {
    let verdict = explore(5, Options::default(), right);
    assert_eq!(*incomplete(&verdict), Incomplete::TooManyThreads { tasks_max: 4 });
}

/// What this level does not have is said, and not left out: here, a gate that the implementation
/// holds by hand.
#[test]
fn what_this_level_does_not_have_is_no_pass() {
    let verdict = explore(2, Options::default(), |world| {
        let _ = world.hold(&authloom::auth::operations::TOKEN);
        right(world)
    });
    let reason = Incomplete::NotAtThisLevel { what: "holds a gate by hand" };
    assert_eq!(*incomplete(&verdict), reason);
}

//! What must not read as a pass.

use authloom::prove::{Incomplete, Options, Search};
use authloom::report;

use crate::{explore, incomplete, right};

/// loom ends an execution that is too long for it with a panic: that is neither a pass nor a
/// finding.
#[test]
fn a_limit_of_loom_is_no_pass() {
    let verdict = explore(2, Options { steps_max: 1, ..Options::default() }, right);
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
    let one_more = String::from("the task widget");
    assert_eq!(*incomplete(&verdict), Incomplete::TooManyThreads { threads_max: 4, one_more });
}

/// loom chooses the executions: none are drawn.
#[test]
fn a_sample_is_no_pass() {
    for search in [Search::Pct { depth: 3 }, Search::Pos, Search::Walk] {
        let verdict = explore(2, Options { search, ..Options::default() }, right);
        let reason = Incomplete::NotAtThisLevel { what: "draws executions at random" };
        assert_eq!(*incomplete(&verdict), reason);
        assert_eq!((verdict.executions, verdict.is_exhausted), (0, false));
    }
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

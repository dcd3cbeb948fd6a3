//! Objects of `authloom::sync` on threads, against brute force: whatever two tasks can come to that
//! use one in turns, they come to on threads that are interrupted however often.
//!
//! The turns are those of level `await`, where tasks let others run before each piece and nothing
//! is reduced. An operation that others could see and that has no turn at level `thread` hides
//! what comes of it.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use authloom::auth::{TokenRefresher, World};
use authloom::prove::{Conclusion, Incomplete, Level, Options, Search};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use program::{Act, FAMILIES, Family, Objects, Piece, Program, Told};
use two_callers::two_callers;

mod program;
#[path = "../two_callers/mod.rs"]
mod two_callers;
#[path = "../yields/mod.rs"]
mod yields;

type Scripts = [Vec<Piece>; 2];

/// What two tasks can come to; nothing, if they can wait for ever or have too many executions.
fn comes_to(scripts: &Scripts, level: Level) -> Option<BTreeSet<Told>> {
    let all: Arc<Mutex<BTreeSet<Told>>> = Arc::default();
    let (pieces, told) = (scripts.clone(), Arc::clone(&all));
    let build = move |_: &World| -> Arc<dyn TokenRefresher> {
        let told = Arc::clone(&told);
        Arc::new(Program {
            objects: Arc::new(Objects::new()),
            scripts: pieces.clone(),
            yields: level == Level::Await,
            told: Mutex::default(),
            ended: Box::new(move |one| {
                told.lock().expect("nobody panics").insert(one);
            }),
        })
    };
    let options = Options {
        level,
        search: Search::Plain,
        preemptions: None,
        executions_max: 2_000,
        ..Options::default()
    };
    let verdict = two_callers().explore(build, &options, &mut |_| {});
    let all = std::mem::take(&mut *all.lock().expect("nobody panics"));
    match verdict.conclusion {
        Conclusion::Proved => Some(all),
        Conclusion::Violated(violation) if violation.property.name == "everyone-finishes" => None,
        Conclusion::Incomplete(Incomplete::ExecutionLimit { .. }) => None,
        other => panic!("{scripts:?}: {other:?}"),
    }
}

/// `None` where it is not known.
fn compare(scripts: &Scripts) -> Option<Result<(), String>> {
    let coarse = comes_to(scripts, Level::Await)?;
    let fine = comes_to(scripts, Level::Thread)?;
    let missing: Vec<&Told> = coarse.difference(&fine).collect();
    Some(match missing.as_slice() {
        [] => Ok(()),
        missing => Err(format!("{missing:?} of {coarse:?}")),
    })
}

fn scripts() -> impl Strategy<Value = Scripts> {
    (0..FAMILIES.len()).prop_flat_map(|family| {
        let piece = || {
            let family = &FAMILIES[family];
            prop_oneof![
                4 => prop::sample::select(family.waits).prop_map(Piece::Begin),
                2 => prop::sample::select(family.waits).prop_map(Piece::Wait),
                1 => Just(Piece::Look),
                2 => Just(Piece::Await),
                1 => Just(Piece::GiveUp),
                3 => prop::sample::select(family.acts).prop_map(Piece::Do),
                1 => Just(Piece::Do(Act::Count)),
            ]
        };
        let script = || prop::collection::vec(piece(), 1..=3);
        [script(), script()]
    })
}

/// Each operation that waits and each end of that, beside any two that do not.
fn small_scripts() -> Vec<Scripts> {
    let mut all = Vec::new();
    for Family { waits, acts } in &FAMILIES {
        for &waits in *waits {
            let ends = [Piece::Await, Piece::Look, Piece::GiveUp];
            let mut first: Vec<_> = ends.map(|end| vec![Piece::Begin(waits), end]).into();
            first.push(vec![Piece::Wait(waits)]);
            for first in first {
                for &one in *acts {
                    let beside = acts.iter().map(|&other| vec![Piece::Do(one), Piece::Do(other)]);
                    all.extend(beside.map(|beside| [first.clone(), beside]));
                }
            }
        }
    }
    all
}

/// First the small ones, then random ones.
#[test]
fn threads_come_to_whatever_turns_come_to() {
    let cases = std::env::var("OBJECTS_CASES").map_or(40, |n| n.parse().expect("a number"));
    let compared = Cell::new(0);
    let check = |scripts: &Scripts| {
        if let Some(result) = compare(scripts) {
            result.map_err(TestCaseError::fail)?;
            compared.set(compared.get() + 1);
        }
        Ok(())
    };
    let small = small_scripts();
    for scripts in &small {
        check(scripts).unwrap_or_else(|error| panic!("{scripts:?}: {error}"));
    }
    let least = small.len() / 2;
    assert!(compared.get() >= least, "only {} of {}", compared.get(), small.len());
    compared.set(0);
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&scripts(), |scripts| check(&scripts));
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let (compared, least) = (compared.get(), cases as usize / 3);
    assert!(compared >= least, "only {compared} of {cases} were small enough to be run in full");
}

//! Generated auth programs: who asks for a token, who signs out, in which processes, at which
//! server, and what befalls; every execution of each, against a sequential model of a few lines.
//!
//! The model and the properties of the harness are written apart from each other, the one from what
//! a client of OAuth may observe, the others from what has gone wrong in public. Three things are
//! asked of them: that the right implementations satisfy both; that each wrong one is caught by
//! both, and in the simplest program that shows it; and that what authloom proves the model
//! explains, in every execution of the plain search.
//!
//! A program that fails is kept in `main.regressions` beside this file, and is tried first from
//! then on.

mod generate;
mod history;
mod implementations;
mod judged;
mod quiet;
mod sequential;
mod stage;
mod workload;

use std::cell::Cell;

use authloom::auth::TokenRefresher;
use authloom::prove::Search;
use authloom::report;
use authloom_models::Model;
use authloom_models::refresh::CHECK_THEN_ACT;
use proptest::prelude::*;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestError, TestRng, TestRunner,
};

use generate::workloads;
use implementations::{RIGHT, WRONG};
use judged::{EXPLAINED, broken, caught_by_both, holds, is_too_large, verdict};
use workload::Workload;

fn runner(cases: u32) -> TestRunner {
    let persistence = FileFailurePersistence::WithSource("regressions");
    let config = Config {
        cases,
        failure_persistence: Some(Box::new(persistence)),
        source_file: Some(file!()),
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn right_implementations_hold_and_are_explained() {
    const CASES: u32 = 300;
    let (judged, too_large) = (Cell::new(0), Cell::new(0));
    let result = runner(CASES).run(&workloads(), |workload| {
        for right in RIGHT.iter().filter(|right| (right.is_right_for)(&workload)) {
            let found = verdict(&workload, &right.model, Search::Optimal, &[EXPLAINED]);
            if is_too_large(&found) {
                too_large.set(too_large.get() + 1);
                continue;
            }
            let text = || report::verdict_text(&found);
            prop_assert!(holds(&found), "{}: {}", right.model.name, text());
            judged.set(judged.get() + 1);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let (judged, too_large) = (judged.get(), too_large.get());
    assert!(judged > 2 * too_large, "{judged} were judged, {too_large} were too large");
}

/// What no execution of the plain search shows, the reduced search does not show either, and the
/// other way round: of the harness's properties and of the sequential model.
#[test]
fn what_is_proved_is_explained_in_every_execution_of_the_plain_search() {
    const CASES: u32 = 300;
    let models: Vec<&Model<dyn TokenRefresher>> =
        RIGHT.iter().map(|right| &right.model).chain(WRONG).collect();
    let compared = Cell::new([0; 2]);
    let cases = (workloads(), 0..models.len());
    let result = runner(CASES).run(&cases, |(workload, model)| {
        let of = |search| verdict(&workload, models[model], search, &[EXPLAINED]);
        let plain = of(Search::Plain);
        if !plain.is_exhausted {
            return Ok(());
        }
        let reduced = of(Search::Optimal);
        let (all, found) = (broken(&plain), broken(&reduced));
        let told = |verdict| report::verdict_text(verdict);
        prop_assert_eq!(
            &all, &found, "{}: {} {}", models[model].name, told(&plain), told(&reduced)
        );
        let mut counts = compared.get();
        counts[usize::from(!all.is_empty())] += 1;
        compared.set(counts);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    eprintln!("{:?}", compared.get());
}

/// The simplest program that is found in which a model is caught by both.
fn simplest(model: &Model<dyn TokenRefresher>) -> Option<Workload> {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng).run(&workloads(), |workload| {
        match caught_by_both(&workload, model) {
            Some(_) => Err(TestCaseError::fail("caught by both")),
            None => Ok(()),
        }
    });
    match result {
        Err(TestError::Fail(_, workload)) => Some(workload),
        _ => None,
    }
}

#[test]
fn each_wrong_implementation_is_caught_in_its_simplest_program() {
    for model in WRONG {
        eprintln!("{} {:?}", model.name, simplest(model));
    }
}

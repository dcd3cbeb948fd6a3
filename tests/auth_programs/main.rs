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
use authloom::property::REUSE_NEVER_DETECTED;
use authloom::prove::Search;
use authloom::report;
use authloom_models::Model;
use proptest::prelude::*;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestError, TestRng, TestRunner,
};

use generate::workloads;
use implementations::{RIGHT, WRONG, Wrong, counts_right};
use judged::{EXPLAINED, broken, caught_by_both, holds, is_too_large, verdict};
use workload::{AfterSignOut, Befalls, Login, Request, Server, Workload};

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
    const CASES: usize = 300;
    let models: Vec<&Model<dyn TokenRefresher>> = RIGHT
        .iter()
        .map(|right| &right.model)
        .chain(WRONG.iter().map(|wrong| &wrong.model))
        .collect();
    let compared = Cell::new([0_usize; 2]);
    let cases = (workloads(), 0..models.len());
    let result = runner(CASES as u32).run(&cases, |(workload, model)| {
        let of = |search| verdict(&workload, models[model], search, &[EXPLAINED]);
        let plain = of(Search::Plain);
        if !plain.is_exhausted {
            return Ok(());
        }
        let reduced = of(Search::Optimal);
        let (all, found) = (broken(&plain), broken(&reduced));
        let told = |verdict| report::verdict_text(verdict);
        prop_assert_eq!(
            &all,
            &found,
            "{}: {} {}",
            models[model].name,
            told(&plain),
            told(&reduced)
        );
        let mut counts = compared.get();
        counts[usize::from(!all.is_empty())] += 1;
        compared.set(counts);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    // There is something to compare on both sides.
    let [held, broken] = compared.get();
    assert!(held >= CASES / 4 && broken >= CASES / 4, "{held} held, {broken} were broken");
}

/// The simplest program that is found in which a wrong implementation is caught by both.
fn simplest(wrong: &Wrong) -> Option<Workload> {
    let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng).run(&workloads(), |workload| {
        // What the right ones get wrong too says nothing of this one's fault.
        let is_about = (wrong.is_about)(&workload) && counts_right(&workload);
        match is_about.then(|| caught_by_both(&workload, &wrong.model)).flatten() {
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
    for wrong in WRONG {
        let (processes, cancellations) = wrong.simplest;
        let tasks = |tasks: &&[&[Request]]| tasks.iter().map(|task| task.to_vec()).collect();
        let expected = Workload {
            processes: processes.iter().map(tasks).collect(),
            login: Login::Ended,
            after_sign_out: AfterSignOut::StaysOut,
            befalls: Befalls { cancellations, fault: None, crashes: 0, time: None },
            server: Server::Atproto,
        };
        assert_eq!(simplest(wrong), Some(expected), "{}", wrong.model.name);
    }
}

/// To present one token twice, two tasks have to send it and it has to arrive twice: four steps,
/// and the least there is to switch is once.
#[test]
fn the_schedule_shown_is_the_simplest_too() {
    let check_then_act = &WRONG[0];
    let program = simplest(check_then_act).expect("it is caught");
    let caught = caught_by_both(&program, &check_then_act.model).expect("it is caught");
    assert_eq!(caught.property.name, REUSE_NEVER_DETECTED.name);
    let schedule = caught.schedule.expect("it can be replayed");
    let steps: Vec<&str> = schedule.steps.iter().map(|step| step.text.as_str()).collect();
    assert_eq!(
        steps,
        ["task-1 runs", "task-1 token#1 arrives", "task-2 runs", "task-2 token#1 arrives"]
    );
}

//! Several processes: what of their order properties see, and where a crash can come.

use std::sync::Arc;

use authloom::auth::objects::CALLERS;
use authloom::auth::{Event, TokenEndpoint as _, TokenRefresher, UserId, World, operations};
use authloom::explore::{Lane, ObjectId};
use authloom::property::{Breach, Check, Moment, Property, When};
use authloom::prove::{Bounds, Options, Scenario, Stage};
use authloom::world::{Release, TaskState};
use authloom_models::refresh::SerializedWithRecheck;

type SetStage = fn(&Stage<'_, dyn TokenRefresher>);

/// Whether some execution breaks a property that is only there to be broken.
fn is_broken(property: Property, bounds: Bounds, stage: SetStage) -> bool {
    let scenario = Scenario {
        name: "test/processes",
        summary: "several processes",
        bounds,
        properties: vec![property],
        sometimes: Vec::new(),
        stage: Arc::new(stage),
    };
    let build = |world: &World| {
        let (endpoint, store) = (world.token_endpoint(), world.token_store());
        Arc::new(SerializedWithRecheck::new(endpoint, store, world.clock()))
            as Arc<dyn TokenRefresher>
    };
    // What is looked at first would come upon either order.
    let options = Options { has_first_look: false, ..Options::default() };
    let verdict = scenario.explore(build, &options, &mut |_| {});
    verdict.conclusion.violation().is_some_and(|broken| broken.property.name == property.name)
}

fn property(joins: &'static [ObjectId], checks: &'static [(When, Check)]) -> Property {
    Property { name: "test", statement: "never", joins, checks }
}

/// The second caller is told before the first one asks.
fn told_first(moment: &Moment<'_>) -> Option<Breach> {
    let entries = moment.ledger.entries();
    let at = |lane, is_it: fn(&Event) -> bool| {
        entries.iter().position(|entry| entry.by == Lane(lane) && is_it(&entry.event))
    };
    let told = at(1, |event| matches!(event, Event::Returned(_)))?;
    let asked = at(0, |event| matches!(event, Event::TokenAsked { .. }))?;
    (told < asked).then(nothing)
}

fn nothing() -> Breach {
    Breach::Unfinished { lanes: Vec::new(), waits: Vec::new() }
}

fn two_that_share_nothing(stage: &Stage<'_, dyn TokenRefresher>) {
    for (name, user) in [("first", "alice"), ("second", "bob")] {
        let user = UserId::new(user);
        stage.world().server().log_in_live(&user);
        stage.process(move |process| {
            let (world, refresher) = (process.world().clone(), process.instance());
            let user = user.clone();
            process.caller(name, async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
        });
    }
}

/// The order of what two processes do that share nothing is that of the search, but for a property
/// that compares it.
#[test]
fn what_callers_are_told_comes_in_any_order_for_a_property_that_compares_it() {
    const CHECKS: &[(When, Check)] = &[(When::Eventually, told_first)];
    let bounds = Bounds::callers(2);
    assert!(is_broken(property(&[CALLERS], CHECKS), bounds, two_that_share_nothing));
    assert!(!is_broken(property(&[], CHECKS), bounds, two_that_share_nothing));
}

/// A caller has gone on from an answer that was held when its process crashes.
fn crashed_after_pull(moment: &Moment<'_>) -> Option<Breach> {
    let pulled = |event: &Event| matches!(event, Event::Pulled);
    let has_pulled =
        moment.ledger.entries().iter().any(|entry| entry.by == Lane(0) && pulled(&entry.event));
    (has_pulled && moment.tasks[0].state == TaskState::Crashed).then(nothing)
}

fn one_whose_answer_is_held(stage: &Stage<'_, dyn TokenRefresher>) {
    stage.withhold(&operations::TOKEN, Release::WhenNothingElseMoves);
    let tokens = stage.world().server().log_in_expired(&UserId::new("alice"));
    stage.process(move |process| {
        let (endpoint, server) =
            (process.world().token_endpoint(), process.world().resource_server());
        let _refresher = process.instance();
        let token = tokens.refresh_token.clone();
        process.caller("caller", async move {
            let _ = endpoint.refresh(&token).await;
            let _ = server.pull().await;
        });
    });
}

/// That the process could crash at any time does not keep the answer back for ever.
#[test]
fn a_crash_comes_before_a_held_answer_and_after_it() {
    const CHECKS: &[(When, Check)] = &[(When::Eventually, crashed_after_pull)];
    let bounds = Bounds { crashes: 1, ..Bounds::callers(1) };
    assert!(is_broken(property(&[], CHECKS), bounds, one_whose_answer_is_held));
}

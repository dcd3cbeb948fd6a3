//! Several processes: what of their order properties see, and where a crash can come.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Wake, Waker};

use authloom::auth::objects::CALLERS;
use authloom::auth::{Event, TokenEndpoint as _, TokenRefresher, UserId, World, operations};
use authloom::explore::{Lane, ObjectId};
use authloom::property::{Breach, Check, Moment, NEVER_PANICS, Property, When};
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

/// Where in the history a lane's first event of a kind is.
fn first(moment: &Moment<'_>, by: Lane, is_it: fn(&Event) -> bool) -> Option<usize> {
    moment.ledger.entries().iter().position(|entry| entry.by == by && is_it(&entry.event))
}

/// The second caller is told before the first one asks.
fn told_first(moment: &Moment<'_>) -> Option<Breach> {
    let told = first(moment, Lane(1), |event| matches!(event, Event::Returned(_)))?;
    let asked = first(moment, Lane(0), |event| matches!(event, Event::TokenAsked { .. }))?;
    (told < asked).then(nothing)
}

fn nothing() -> Breach {
    Breach::Unfinished { lanes: Vec::new() }
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
    let has_pulled = first(moment, Lane(0), |event| matches!(event, Event::Pulled)).is_some();
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

fn one_that_asks(stage: &Stage<'_, dyn TokenRefresher>) {
    stage.world().server().log_in_expired(&UserId::new("alice"));
    stage.process(|process| {
        let (world, refresher) = (process.world().clone(), process.instance());
        process.caller("caller", async move {
            let _ = world.ask_for_token(&*refresher, &UserId::new("alice")).await;
        });
    });
}

/// Two tasks of one process that have nothing to do with each other.
fn one_with_two_that_ask(stage: &Stage<'_, dyn TokenRefresher>) {
    let users = ["alice", "bob"].map(UserId::new);
    users.iter().for_each(|user| drop(stage.world().server().log_in_expired(user)));
    stage.process(move |process| {
        for (name, user) in ["first", "second"].into_iter().zip(users.clone()) {
            let (world, refresher) = (process.world().clone(), process.instance());
            process.caller(name, async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
        }
    });
}

fn is_presented(event: &Event) -> bool {
    matches!(event, Event::RefreshTokenPresented { .. })
}

/// The first caller has sent a request that never arrives, and the second one was told of its own.
fn told_beside_a_lost_request(moment: &Moment<'_>) -> Option<Breach> {
    first(moment, Lane(0), |event| matches!(event, Event::TokenAsked { .. }))?;
    first(moment, Lane(1), |event| matches!(event, Event::Returned(_)))?;
    let is_lost = first(moment, Lane(0), is_presented).is_none();
    (is_lost && moment.tasks[0].state == TaskState::Crashed).then(nothing)
}

/// That a request goes down with its process comes to something else than an earlier crash where
/// the process has done something while the request was on its way.
#[test]
fn a_request_goes_down_beside_what_its_process_has_done() {
    const CHECKS: &[(When, Check)] = &[(When::Eventually, told_beside_a_lost_request)];
    let bounds = Bounds { crashes: 1, ..Bounds::callers(2) };
    assert!(is_broken(property(&[], CHECKS), bounds, one_with_two_that_ask));
    assert!(!is_broken(property(&[], CHECKS), Bounds::callers(2), one_with_two_that_ask));
}

/// A request meets a fault when the process that has sent it is gone.
fn faulted_after_crash(moment: &Moment<'_>) -> Option<Breach> {
    let again = moment.tasks.iter().position(|task| task.name == "caller-2")?;
    let asks = first(moment, Lane(again as u16), |event| matches!(event, Event::TokenAsked { .. }));
    let mut entries = moment.ledger.entries().iter();
    // What began with a call of the restarted one would befall it as well.
    let faulted = entries.position(|entry| matches!(entry.event, Event::Faulted { .. }))?;
    (asks? < faulted && moment.ledger.entries()[faulted].by == Lane(0)).then(nothing)
}

/// A crash that comes before something else that is planned for its process leaves that out, but
/// not what befalls a request that is on its way.
#[test]
fn a_fault_befalls_a_request_of_a_crashed_process() {
    const CHECKS: &[(When, Check)] = &[(When::Eventually, faulted_after_crash)];
    let bounds = Bounds { crashes: 1, faults: 1, ..Bounds::callers(1) };
    assert!(is_broken(property(&[], CHECKS), bounds, one_that_asks));
}

/// Wakes on, as what waits for several futures does, and is part of one instance of its process.
struct PartOfInstance {
    instance: usize,
    newest: Arc<AtomicUsize>,
    task: Waker,
}

impl Wake for PartOfInstance {
    fn wake(self: Arc<Self>) {
        assert_eq!(self.instance, self.newest.load(Relaxed), "it runs in a crashed process");
        self.task.wake_by_ref();
    }
}

fn one_with_a_waker_of_its_own(stage: &Stage<'_, dyn TokenRefresher>) {
    let tokens = stage.world().server().log_in_expired(&UserId::new("alice"));
    let newest = Arc::new(AtomicUsize::new(0));
    stage.process(move |process| {
        let _refresher = process.instance();
        let instance = newest.fetch_add(1, Relaxed) + 1;
        let (endpoint, token) = (process.world().token_endpoint(), tokens.refresh_token.clone());
        let newest = Arc::clone(&newest);
        process.caller("caller", async move {
            let mut answer = pin!(endpoint.refresh(&token));
            let _ = poll_fn(|cx| {
                let (newest, task) = (Arc::clone(&newest), cx.waker().clone());
                let waker = Waker::from(Arc::new(PartOfInstance { instance, newest, task }));
                answer.as_mut().poll(&mut Context::from_waker(&waker))
            })
            .await;
        });
    });
}

/// An answer that comes when its process is gone wakes nothing of it.
#[test]
fn wakers_of_a_crashed_process_do_not_run() {
    let bounds = Bounds { crashes: 1, ..Bounds::callers(1) };
    assert!(!is_broken(NEVER_PANICS, bounds, one_with_a_waker_of_its_own));
}

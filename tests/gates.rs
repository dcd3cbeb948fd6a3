//! The doubles held by hand in an ordinary async test: no explorer, no sleep.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{
    TokenEndpoint as _, TokenError, TokenRefresher as _, TokenResponse, UserId, World, operations,
};
use authloom::world::{Elapsed, timeout};
use authloom_models::refresh::{CheckThenAct, SerializedWithRecheck};
use tokio_test::{assert_pending, assert_ready, task};

/// The second caller of a serialized refresher waits for the first and takes its result.
#[tokio::test]
async fn a_second_caller_waits_for_the_first() {
    let (world, alice) = (World::by_hand(), UserId::new("alice"));
    world.server().log_in_expired(&alice);
    let refresh = world.hold(&operations::TOKEN);
    let auth = Arc::new(SerializedWithRecheck::new(
        world.token_endpoint(),
        world.token_store(),
        world.clock(),
    ));

    let first = tokio::spawn({
        let (auth, alice) = (auth.clone(), alice.clone());
        async move { auth.access_token(&alice).await }
    });
    refresh.arrived().await;
    let mut second = task::spawn(auth.access_token(&alice));
    assert_pending!(second.poll());
    refresh.release();

    first.await.expect("the task has not panicked").expect("the first caller gets a token");
    // The lock is handed over by now: the second caller is ready, and sends nothing.
    assert_ready!(second.poll()).expect("the second caller gets the same token");
    assert_eq!(world.ledger().refresh_tokens_presented(), ["rt-1"]);
}

/// The same arrangement with a refresher that does not serialize: the second caller sends the token
/// again.
#[tokio::test]
async fn a_second_caller_of_check_then_act_spends_the_token_again() {
    let (world, alice) = (World::by_hand(), UserId::new("alice"));
    world.server().log_in_expired(&alice);
    let refresh = world.hold(&operations::TOKEN);
    let auth = CheckThenAct::new(world.token_endpoint(), world.token_store(), world.clock());

    let mut first = task::spawn(auth.access_token(&alice));
    let mut second = task::spawn(auth.access_token(&alice));
    assert_pending!(first.poll());
    refresh.arrived().await;
    assert_ready!(second.poll()).expect_err("the second caller is refused");
    refresh.release();

    assert!(first.is_woken());
    assert_ready!(first.poll()).expect("the first caller's answer was only held");
    assert_eq!(world.ledger().refresh_tokens_presented(), ["rt-1", "rt-1"]);
}

/// A gate that is dropped lets go; a call that nobody holds goes through at once.
#[tokio::test]
async fn a_dropped_gate_holds_nothing() {
    let (world, alice) = (World::by_hand(), UserId::new("alice"));
    world.server().log_in_expired(&alice);
    let auth = CheckThenAct::new(world.token_endpoint(), world.token_store(), world.clock());
    let gate = world.hold(&operations::TOKEN);
    let mut call = task::spawn(auth.access_token(&alice));
    assert_pending!(call.poll());
    drop(gate);
    assert!(call.is_woken());
    assert_ready!(call.poll()).expect("the answer was let go");
}

/// Two gates take two calls, in the order in which the gates were made.
#[tokio::test]
async fn each_gate_takes_one_call() {
    let (world, alice, bob) = (World::by_hand(), UserId::new("alice"), UserId::new("bob"));
    world.server().log_in_expired(&alice);
    world.server().log_in_expired(&bob);
    let auth = CheckThenAct::new(world.token_endpoint(), world.token_store(), world.clock());
    let (first_gate, second_gate) =
        (world.hold(&operations::TOKEN), world.hold(&operations::TOKEN));
    let mut first = task::spawn(auth.access_token(&alice));
    let mut second = task::spawn(auth.access_token(&bob));
    assert_pending!(first.poll());
    let mut arrived = task::spawn(second_gate.arrived());
    assert_pending!(arrived.poll());
    assert_pending!(second.poll());
    assert!(arrived.is_woken());
    assert_ready!(arrived.poll());

    second_gate.release();
    assert_ready!(second.poll()).expect("bob's answer was let go");
    assert_pending!(first.poll());
    first_gate.release();
    assert_ready!(first.poll()).expect("alice's answer was let go");
}

const DEADLINE: Duration = Duration::from_secs(5);

/// A refresh with a deadline, by a client that does not wait any longer.
async fn refresh_in_time(world: World) -> Result<Result<TokenResponse, TokenError>, Elapsed> {
    let tokens = world.server().log_in_expired(&UserId::new("alice"));
    let endpoint = world.token_endpoint();
    timeout(&world.clock(), DEADLINE, endpoint.refresh(&tokens.refresh_token)).await
}

/// A client gives up at its deadline; the server has done what was asked by then.
#[tokio::test]
async fn a_call_is_given_up_at_its_deadline() {
    let world = World::by_hand();
    let gate = world.hold(&operations::TOKEN);
    let mut call = task::spawn(refresh_in_time(world.clone()));
    assert_pending!(call.poll());
    world.pass_time(DEADLINE - Duration::from_secs(1));
    assert_pending!(call.poll());
    assert!(!call.is_woken());
    world.pass_time(Duration::from_secs(1));
    assert!(call.is_woken());
    assert_eq!(assert_ready!(call.poll()), Err(Elapsed));
    assert_eq!(world.ledger().refresh_tokens_presented(), ["rt-1"]);
    drop(gate);
}

/// An answer that is there at the deadline is heard.
#[tokio::test]
async fn an_answer_in_time_is_heard() {
    let world = World::by_hand();
    let gate = world.hold(&operations::TOKEN);
    let mut call = task::spawn(refresh_in_time(world.clone()));
    assert_pending!(call.poll());
    gate.release();
    world.pass_time(DEADLINE);
    assert!(assert_ready!(call.poll()).expect("it is in time").is_ok());
}

//! The server rotates, and the client never hears of it. What happens when it asks again depends on
//! when, and on the server: this race exists once for each kind of server.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{
    Event, Forgiven, Reach, ReuseAnswer, ServerPolicy, TokenRefresher, UserId, Window, presets,
};
use authloom::property::{NO_CROSSED_PRINCIPALS, ONLY_DEFINITIVE_ERRORS_END_A_SESSION, Sometimes};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 2] = ["request", "sync"];

/// Half a minute of grace, in which a spent refresh token gives another pair.
const SHORT_GRACE: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(30)),
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    ..ServerPolicy::STRICT
};

/// A server that forgives a spent refresh token for half a minute.
///
/// # Panics
/// With no callers or with more than two.
pub fn lost_answer(callers: usize) -> Scenario<dyn TokenRefresher> {
    let summary = "the answer to a refresh is lost; a spent token is forgiven for half a minute";
    at_a_server("refresh/lost-answer", summary, SHORT_GRACE, callers)
}

/// A server that forgives nothing.
///
/// # Panics
/// With no callers or with more than two.
pub fn lost_answer_without_grace(callers: usize) -> Scenario<dyn TokenRefresher> {
    let summary = "the answer to a refresh is lost, at a server that forgives nothing";
    at_a_server("refresh/lost-answer-without-grace", summary, presets::ATPROTO, callers)
}

/// A server that forgives a spent refresh token until its successor is used.
///
/// # Panics
/// With no callers or with more than two.
pub fn lost_answer_until_successor_used(callers: usize) -> Scenario<dyn TokenRefresher> {
    let summary =
        "the answer to a refresh is lost; a spent token works until its successor is used";
    let policy = ServerPolicy {
        forgiven: presets::MATRIX_AUTHENTICATION_SERVICE.forgiven,
        ..ServerPolicy::STRICT
    };
    at_a_server("refresh/lost-answer-until-successor-used", summary, policy, callers)
}

/// The answer to the first refresh that is served is lost; a caller that gets no token asks again
/// a minute later.
fn at_a_server(
    name: &'static str,
    summary: &'static str,
    policy: ServerPolicy,
    callers: usize,
) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name,
        summary,
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![ONLY_DEFINITIVE_ERRORS_END_A_SESSION, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "a token is presented again after its answer was lost",
            shown: |moment| {
                let mut entries = moment.ledger.entries().iter();
                entries.any(|entry| matches!(entry.event, Event::Faulted { .. }))
                    && entries
                        .any(|entry| matches!(entry.event, Event::RefreshTokenPresented { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(policy);
            stage.world().server().log_in_expired(&user);
            stage.world().server().lose_next_answer();
            let refresher = stage.instance();
            for name in &CALLERS[..callers] {
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                let user = user.clone();
                stage.caller(name, async move {
                    if world.ask_for_token(&*refresher, &user).await.is_err() {
                        world.clock().advance(Duration::from_secs(60));
                        let _ = world.ask_for_token(&*refresher, &user).await;
                    }
                });
            }
        }),
    }
}

//! The process dies while it refreshes, and is started again. What it had been told and had not
//! stored is gone: no client can keep a session over that alone, it takes a server that forgives.

use std::sync::Arc;

use authloom::auth::{Event, ServerPolicy, TokenRefresher, UserId, presets};
use authloom::property::{CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, Sometimes};
use authloom::prove::{Bounds, Scenario};
use authloom::world::TaskState;

const CALLERS: [&str; 3] = ["request", "sync", "upload"];

/// A server that forgives nothing.
///
/// # Panics
/// With no callers or with more than three.
pub fn crash_without_grace(callers: usize) -> Scenario<dyn TokenRefresher> {
    let summary = "the process crashes and is started again, at a server that forgives nothing";
    at_a_server("refresh/crash-without-grace", summary, presets::ATPROTO, callers)
}

/// A server that forgives a spent refresh token until its successor is used.
///
/// # Panics
/// With no callers or with more than three.
pub fn crash_with_grace(callers: usize) -> Scenario<dyn TokenRefresher> {
    let summary =
        "the process crashes and is started again; a spent token works until its successor is used";
    let policy = presets::MATRIX_AUTHENTICATION_SERVICE;
    at_a_server("refresh/crash-with-grace", summary, policy, callers)
}

/// The callers of one process want a token that has ended; at any await, the process crashes once
/// and is started again, and all ask again.
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
        bounds: Bounds { crashes: 1, ..Bounds::callers(callers) },
        properties: vec![CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "the process crashes and a token is refreshed",
            shown: |moment| {
                let mut entries = moment.ledger.entries().iter();
                moment.tasks.iter().any(|task| task.state == TaskState::Crashed)
                    && entries.any(|entry| matches!(entry.event, Event::Refreshed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(policy);
            stage.world().server().log_in_expired(&user);
            stage.process(move |process| {
                let (world, refresher) = (process.world().clone(), process.instance());
                process.identical_callers(&CALLERS[..callers], || {
                    let (world, refresher) = (world.clone(), refresher.clone());
                    let user = user.clone();
                    async move {
                        let _ = world.ask_for_token(&*refresher, &user).await;
                    }
                });
            });
        }),
    }
}

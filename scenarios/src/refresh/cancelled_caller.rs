//! A caller goes away while it waits: a request times out, a window is closed.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 8] =
    ["request", "sync", "upload", "search", "widget", "prefetch", "push", "export"];

/// Several callers ask for a token of the same user, which has ended; one of them is cancelled, at
/// any of its awaits. Whatever its future held is dropped; a call that it had sent still arrives.
///
/// # Panics
/// With no callers or with more than eight.
pub fn cancelled_caller(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/cancelled-caller",
        summary: "one of the callers that want a token goes away while it waits",
        bounds: Bounds { cancellations: 1, ..Bounds::callers(callers) },
        properties: vec![
            REFRESH_TOKEN_PRESENTED_ONCE,
            ONE_REFRESH_PER_EXPIRY,
            CALLERS_GET_LIVE_TOKENS,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![
            Sometimes {
                name: "a token is refreshed",
                shown: |moment| {
                    let entries = moment.ledger.entries();
                    entries.iter().any(|entry| matches!(entry.event, Event::Refreshed { .. }))
                },
            },
            Sometimes {
                name: "a caller is cancelled",
                shown: |moment| {
                    let mut lanes = (0..moment.tasks.len() as u16).map(authloom::explore::Lane);
                    lanes.any(|lane| moment.is_cut_short(lane))
                },
            },
        ],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_expired(&user);
            let refresher = stage.instance();
            let world = stage.world().clone();
            stage.identical_callers(&CALLERS[..callers], || {
                let (world, refresher, user) = (world.clone(), refresher.clone(), user.clone());
                async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                }
            });
        }),
    }
}

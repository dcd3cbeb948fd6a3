//! Several parts of one app find the access token expired at the same moment.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 8] =
    ["realtime", "sync", "upload", "search", "widget", "prefetch", "push", "export"];

/// A realtime client, a sync manager and up to six others ask for a token of the same user.
///
/// # Panics
/// With no callers or with more than eight.
pub fn concurrent_callers(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/concurrent-callers",
        summary: "a realtime client and a sync manager find the access token expired",
        bounds: Bounds::callers(callers),
        properties: vec![
            REFRESH_TOKEN_PRESENTED_ONCE,
            ONE_REFRESH_PER_EXPIRY,
            CALLERS_GET_LIVE_TOKENS,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "a token is refreshed",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::Refreshed { .. }))
            },
        }],
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

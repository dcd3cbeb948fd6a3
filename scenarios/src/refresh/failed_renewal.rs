//! The token still works for a minute, and a renewal ahead of its end fails.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{ACCESS_TOKEN_TTL, Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, FAILED_REFRESH_POISONS_NOTHING, NO_CROSSED_PRINCIPALS,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 4] = ["request", "sync", "upload", "search"];

/// The user's token ends in a minute; the first refresh to arrive fails with a 503. Each caller
/// asks twice, and every time there is a token that works.
///
/// # Panics
/// With no callers or with more than four.
pub fn failed_renewal(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/failed-renewal",
        summary: "a renewal ahead of the token's end fails, and the token still works",
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![
            CALLERS_GET_LIVE_TOKENS,
            FAILED_REFRESH_POISONS_NOTHING,
            REFRESH_TOKEN_PRESENTED_ONCE,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "a renewal fails",
            shown: |moment| {
                let failed = |event: &Event| matches!(event, Event::Faulted { .. });
                moment.ledger.entries().iter().any(|entry| failed(&entry.event))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_live(&user);
            stage.world().clock().advance(ACCESS_TOKEN_TTL - Duration::from_secs(60));
            stage.world().server().fail_next_token_request();
            let refresher = stage.instance();
            for name in &CALLERS[..callers] {
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                let user = user.clone();
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

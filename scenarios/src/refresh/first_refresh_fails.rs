//! The authorization server is down for a moment while several parts of one app want a token.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY, Sometimes};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 4] = ["realtime", "sync", "upload", "search"];

/// The first refresh to arrive fails with a 503 and changes nothing; whether anybody tries again is
/// up to the refresher. A token may be presented again after that, so only refreshes are counted.
///
/// # Panics
/// With no callers or with more than four.
pub fn first_refresh_fails(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/first-refresh-fails",
        summary: "the first refresh fails, several callers want a token",
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![ONE_REFRESH_PER_EXPIRY, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "a refresh fails and a later one succeeds",
            shown: |moment| {
                let failed = |event: &Event| matches!(event, Event::Faulted { .. });
                let mut entries = moment.ledger.entries().iter();
                entries.any(|entry| failed(&entry.event))
                    && entries.any(|entry| matches!(entry.event, Event::Refreshed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_expired(&user);
            stage.world().server().fail_next_token_request();
            let refresher = stage.instance();
            for name in &CALLERS[..callers] {
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                let user = user.clone();
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

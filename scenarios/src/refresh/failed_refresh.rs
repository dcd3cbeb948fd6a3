//! The authorization server is down for a moment. Does anybody get a token afterwards?

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    EVERYONE_FINISHES, FAILED_REFRESH_POISONS_NOTHING, NO_CROSSED_PRINCIPALS,
    ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 4] = ["request", "sync", "upload", "search"];

/// The first refresh to arrive fails with a 503; whoever gets no token asks once more.
///
/// # Panics
/// With no callers or with more than four.
pub fn failed_refresh(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/failed-refresh",
        summary: "the first refresh fails; whoever gets no token asks once more",
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![
            FAILED_REFRESH_POISONS_NOTHING,
            EVERYONE_FINISHES,
            REFRESH_TOKEN_PRESENTED_ONCE,
            ONE_REFRESH_PER_EXPIRY,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "a refresh fails",
            shown: |moment| {
                let failed = |event: &Event| matches!(event, Event::Faulted { .. });
                moment.ledger.entries().iter().any(|entry| failed(&entry.event))
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
                    if world.ask_for_token(&*refresher, &user).await.is_err() {
                        let _ = world.ask_for_token(&*refresher, &user).await;
                    }
                });
            }
        }),
    }
}

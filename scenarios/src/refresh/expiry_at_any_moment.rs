//! The access token ends while it is being looked at.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 4] = ["realtime", "sync", "upload", "search"];

/// Several callers ask for a token of the same user, which is live to begin with and ends at any
/// moment.
///
/// # Panics
/// With no callers or with more than four.
pub fn expiry_at_any_moment(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/expiry-at-any-moment",
        summary: "the access token ends at any moment while several callers ask for it",
        bounds: Bounds { clock_advances: 1, ..Bounds::callers(callers) },
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
                name: "no token is refreshed",
                shown: |moment| {
                    let entries = moment.ledger.entries();
                    !entries.iter().any(|entry| matches!(entry.event, Event::Refreshed { .. }))
                },
            },
        ],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_live(&user);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.identical_callers(&CALLERS[..callers], || {
                let (world, refresher, user) = (world.clone(), refresher.clone(), user.clone());
                async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                }
            });
        }),
    }
}

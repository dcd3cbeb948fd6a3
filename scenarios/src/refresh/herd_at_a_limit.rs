//! Everybody refreshes at once, and the server counts requests.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId, presets};
use authloom::property::{CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, Sometimes};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 4] = ["request-1", "request-2", "request-3", "request-4"];

/// Several callers want a token of the same user, which has ended, at a server that does not
/// rotate, and that serves one token request in a moment and answers the others with a 429.
///
/// # Panics
/// With no callers or with more than four.
pub fn herd_at_a_limit(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/herd-at-a-limit",
        summary: "a herd wants a token that has ended, at a server that limits requests",
        bounds: Bounds::callers(callers),
        properties: vec![CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "a token is refreshed",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::Refreshed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(presets::GOOGLE);
            stage.world().server().limit_token_requests(1);
            stage.world().server().log_in_expired(&user);
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

//! One request finds the token expired, another was sent with it and comes back with a 401.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 4] = ["tool-call", "ping", "upload", "search"];

/// The first caller has got a 401 for the token of a user, which has ended, and asks for another;
/// the others ask for a token of the same user.
///
/// # Panics
/// With fewer than two callers or with more than four.
pub fn expired_read_beside_401(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((2..=CALLERS.len()).contains(&callers), "2 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/expired-read-beside-401",
        summary: "one request finds the token expired, another has got a 401 for it",
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
            let refused = stage.world().server().log_in_expired(&user).access_token;
            let refresher = stage.instance();
            for (number, name) in CALLERS[..callers].iter().enumerate() {
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                let (user, refused) = (user.clone(), refused.clone());
                stage.caller(name, async move {
                    let _ = match number {
                        0 => world.report_refused_token(&*refresher, &user, &refused).await,
                        _ => world.ask_for_token(&*refresher, &user).await,
                    };
                });
            }
        }),
    }
}

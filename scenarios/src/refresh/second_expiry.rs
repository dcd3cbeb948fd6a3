//! A token ends and is refreshed, and the one it was refreshed for ends too.

use std::sync::Arc;

use authloom::auth::{ACCESS_TOKEN_TTL, Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

/// A caller wants a token that has ended, and wants one again when the new one has ended as well.
///
/// # Panics
/// Unless there is one caller.
pub fn second_expiry(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 1, "one caller");
    Scenario {
        name: "refresh/second-expiry",
        summary: "a token has ended, and the one that comes after it ends as well",
        bounds: Bounds::callers(callers),
        properties: vec![
            CALLERS_GET_LIVE_TOKENS,
            REFRESH_TOKEN_PRESENTED_ONCE,
            ONE_REFRESH_PER_EXPIRY,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "two refresh tokens are presented",
            shown: |moment| {
                let is_one = |event: &Event| matches!(event, Event::RefreshTokenPresented { .. });
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| is_one(&entry.event)).count() > 1
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_expired(&user);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.caller("request", async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
                world.pass_time(ACCESS_TOKEN_TTL);
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
        }),
    }
}

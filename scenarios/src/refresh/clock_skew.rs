//! The client's clock is not the server's. Which way it is wrong makes two races of it.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{ACCESS_TOKEN_TTL, Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};
use authloom::world::Skew;

/// The client's clock is ahead of the server's, by more than a token lives.
///
/// # Panics
/// Unless there is one caller.
pub fn fast_clock(callers: usize) -> Scenario<dyn TokenRefresher> {
    let summary = "the client's clock is ahead of the server's by more than a token lives";
    skewed("refresh/fast-clock", summary, Skew::Ahead(2 * ACCESS_TOKEN_TTL), callers)
}

/// The client's clock is ten minutes behind the server's.
///
/// # Panics
/// Unless there is one caller.
pub fn slow_clock(callers: usize) -> Scenario<dyn TokenRefresher> {
    let summary = "the client's clock is ten minutes behind the server's";
    skewed("refresh/slow-clock", summary, Skew::Behind(Duration::from_secs(600)), callers)
}

/// A caller wants a token that has long ended, wants one again at once, and once more when as much
/// time has passed as a token lives.
fn skewed(
    name: &'static str,
    summary: &'static str,
    skew: Skew,
    callers: usize,
) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 1, "one caller");
    Scenario {
        name,
        summary,
        bounds: Bounds::callers(callers),
        properties: vec![
            ONE_REFRESH_PER_EXPIRY,
            CALLERS_GET_LIVE_TOKENS,
            REFRESH_TOKEN_PRESENTED_ONCE,
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
            stage.world().clock().advance(24 * ACCESS_TOKEN_TTL);
            stage.world().skew_clocks(skew);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.caller("request", async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
                let _ = world.ask_for_token(&*refresher, &user).await;
                world.pass_time(ACCESS_TOKEN_TTL);
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
        }),
    }
}

//! A token has lived for a while when the app that renews it starts, or wakes from sleep.

use std::sync::Arc;

use authloom::auth::{ACCESS_TOKEN_TTL, Event, TokenRefresher, UserId, operations};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};
use authloom::world::Release;

/// A caller asks for a token that has lived half its life, which starts the renewal; the other half
/// passes, and it asks again. Before either, all is done that can be.
///
/// # Panics
/// Unless there is one caller.
pub fn aged_token(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 1, "one caller");
    Scenario {
        name: "refresh/aged-token",
        summary: "a renewal in the background starts with a token that has lived for a while",
        bounds: Bounds::callers(callers),
        properties: vec![
            CALLERS_GET_LIVE_TOKENS,
            REFRESH_TOKEN_PRESENTED_ONCE,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "the rest of the token's life passes",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::ClockAdvanced { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_live(&user);
            stage.world().clock().advance(ACCESS_TOKEN_TTL / 2);
            // Time passes when the timer is set; nobody asks before the renewal has had its own.
            for _ in 0..2 {
                stage.withhold(&operations::PULL, Release::WhenNothingElseMoves);
            }
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.caller("app", async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
                let _ = world.resource_server().pull().await;
                world.pass_time(ACCESS_TOKEN_TTL / 2);
                let _ = world.resource_server().pull().await;
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
        }),
    }
}

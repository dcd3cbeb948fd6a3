//! The renewal in the background is stopped and started again.

use std::sync::Arc;

use authloom::auth::{ACCESS_TOKEN_TTL, Event, TokenRefresher, UserId};
use authloom::property::{
    NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

/// A caller asks for a token, which starts the renewal; it signs out, which stops it, logs in and
/// asks again; then as much time passes as a token lives.
///
/// # Panics
/// Unless there is one caller.
pub fn renewal_restarted(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 1, "one caller");
    Scenario {
        name: "refresh/renewal-restarted",
        summary: "a renewal in the background is stopped and started again, then the token ends",
        bounds: Bounds::callers(callers),
        properties: vec![
            REFRESH_TOKEN_PRESENTED_ONCE,
            ONE_REFRESH_PER_EXPIRY,
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
            stage.world().server().log_in_live(&user);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.caller("app", async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
                let _ = world.sign_out(&*refresher, &user).await;
                world.server().log_in_live(&user);
                let _ = world.ask_for_token(&*refresher, &user).await;
                world.pass_time(ACCESS_TOKEN_TTL);
            });
        }),
    }
}

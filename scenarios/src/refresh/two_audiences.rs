//! One login is good for several resources. Their access tokens are wanted at the same moment.

use std::sync::Arc;

use authloom::auth::{Audience, Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const AUDIENCES: [&str; 4] = ["orders", "billing", "search", "profile"];

/// Each caller asks for a token of the same user for a resource of its own, named like the caller.
///
/// # Panics
/// With no callers or with more than four.
pub fn two_audiences(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=AUDIENCES.len()).contains(&callers), "1 to {} callers", AUDIENCES.len());
    Scenario {
        name: "refresh/two-audiences",
        summary: "tokens of one user for two resources, with one refresh token",
        bounds: Bounds::callers(callers),
        properties: vec![
            REFRESH_TOKEN_PRESENTED_ONCE,
            CALLERS_GET_LIVE_TOKENS,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "there is a refresh for each resource",
            shown: |moment| {
                let entries = moment.ledger.entries().iter();
                let refreshed =
                    entries.filter(|entry| matches!(entry.event, Event::Refreshed { .. }));
                refreshed.count() == moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_expired(&user);
            let refresher = stage.instance();
            for name in &AUDIENCES[..callers] {
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                let (user, audience) = (user.clone(), Audience::new(name));
                stage.caller(name, async move {
                    let _ = world.ask_for_token_for(&*refresher, &user, &audience).await;
                });
            }
        }),
    }
}

//! One user's refresh is slow. Does anybody else wait for it?

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId, operations};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes, UNRELATED_KEYS_NOT_SERIALIZED,
};
use authloom::prove::{Bounds, Scenario};

const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Several users, one caller each; the answer to each token request in turn is held until nothing
/// else can move.
///
/// # Panics
/// With fewer than two callers or with more than four.
pub fn unrelated_users(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((2..=USERS.len()).contains(&callers), "2 to {} callers", USERS.len());
    Scenario {
        name: "refresh/unrelated-users",
        summary: "one user's refresh is held while another user asks for a token",
        bounds: Bounds::callers(callers),
        properties: vec![
            UNRELATED_KEYS_NOT_SERIALIZED,
            REFRESH_TOKEN_PRESENTED_ONCE,
            ONE_REFRESH_PER_EXPIRY,
            CALLERS_GET_LIVE_TOKENS,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "every user's token is refreshed",
            shown: |moment| {
                let entries = moment.ledger.entries().iter();
                let refreshed =
                    entries.filter(|entry| matches!(entry.event, Event::Refreshed { .. }));
                refreshed.count() == moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            let refresher = stage.instance();
            stage.hold_each(&operations::TOKEN);
            for name in &USERS[..callers] {
                let user = UserId::new(name);
                stage.world().server().log_in_expired(&user);
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

//! One user's token has ended, another's is in the cache. Does the second wait for the first?

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId, operations};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
    UNRELATED_KEYS_NOT_SERIALIZED,
};
use authloom::prove::{Bounds, Scenario};

const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// The token of the first user has ended, those of the others are live; the answer to the refresh
/// is held until nothing else can move.
///
/// # Panics
/// With fewer than two callers or with more than four.
pub fn slow_neighbour(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((2..=USERS.len()).contains(&callers), "2 to {} callers", USERS.len());
    Scenario {
        name: "refresh/slow-neighbour",
        summary: "one user's refresh is held while another asks for a token that is live",
        bounds: Bounds::callers(callers),
        properties: vec![
            UNRELATED_KEYS_NOT_SERIALIZED,
            REFRESH_TOKEN_PRESENTED_ONCE,
            CALLERS_GET_LIVE_TOKENS,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "a token is refreshed",
            shown: |moment| {
                let refreshed = |event: &Event| matches!(event, Event::Refreshed { .. });
                moment.ledger.entries().iter().any(|entry| refreshed(&entry.event))
            },
        }],
        stage: Arc::new(move |stage| {
            let refresher = stage.instance();
            stage.hold_each(&operations::TOKEN);
            for (number, name) in USERS[..callers].iter().enumerate() {
                let user = UserId::new(name);
                match number {
                    0 => stage.world().server().log_in_expired(&user),
                    _ => stage.world().server().log_in_live(&user),
                };
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

//! Several processes share one login: each has memory of its own, the store is the same.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const PROCESSES: [&str; 3] = ["process-1", "process-2", "process-3"];

/// One caller in each of several processes wants a token of the same user, which has ended.
///
/// # Panics
/// With no callers or with more than three.
pub fn two_processes(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=PROCESSES.len()).contains(&callers), "1 to {} callers", PROCESSES.len());
    Scenario {
        name: "refresh/two-processes",
        summary: "several processes that share a store want a token that has ended",
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
            stage.world().server().log_in_expired(&user);
            stage.identical_processes(&PROCESSES[..callers], move |process, name| {
                let (world, refresher) = (process.world().clone(), process.instance());
                let user = user.clone();
                process.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            });
        }),
    }
}

//! An answer takes long: time passes while a process refreshes under a lease.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const PROCESSES: [&str; 3] = ["process-1", "process-2", "process-3"];

/// One caller in each of several processes wants a token of the same user, which has ended; at some
/// moment five seconds pass. A process may be told to try again later.
///
/// # Panics
/// With no callers or with more than three.
pub fn slow_answer(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=PROCESSES.len()).contains(&callers), "1 to {} callers", PROCESSES.len());
    Scenario {
        name: "refresh/slow-answer",
        summary: "five seconds pass while processes that share a store refresh",
        bounds: Bounds { clock_advances: 1, ..Bounds::callers(callers) },
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
            stage.world().server().log_in_expired(&user);
            for name in &PROCESSES[..callers] {
                let (world, refresher) = (stage.world().clone(), stage.instance());
                let user = user.clone();
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
            stage.clock_advances_by(Duration::from_secs(5));
        }),
    }
}

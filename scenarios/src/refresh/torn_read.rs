//! One process writes the file of tokens while another reads it.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId, presets};
use authloom::property::{CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, Sometimes};
use authloom::prove::{Bounds, Scenario};

const PROCESSES: [&str; 3] = ["process-1", "process-2", "process-3"];

/// One caller in each of several processes wants a token of the same user, which has ended. The
/// server does not rotate, so that it is no harm if both refresh.
///
/// # Panics
/// With no callers or with more than three.
pub fn torn_read(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=PROCESSES.len()).contains(&callers), "1 to {} callers", PROCESSES.len());
    Scenario {
        name: "refresh/torn-read",
        summary: "processes read a file of tokens that one of them is writing",
        bounds: Bounds::callers(callers),
        properties: vec![CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "a token is refreshed",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::Refreshed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(presets::KEYCLOAK);
            stage.world().server().log_in_expired(&user);
            for name in &PROCESSES[..callers] {
                let (world, refresher) = (stage.world().clone(), stage.instance());
                let user = user.clone();
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

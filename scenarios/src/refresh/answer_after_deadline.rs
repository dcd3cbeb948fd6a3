//! An answer takes longer than a client waits for it.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{Event, TokenRefresher, UserId, presets};
use authloom::property::{
    NO_CROSSED_PRINCIPALS, REFRESH_TOKEN_PRESENTED_ONCE, SIGNED_IN_STAYS_SIGNED_IN, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 2] = ["request", "sync"];

/// Callers want a token that has ended, at a server that forgives nothing; at some moment five
/// seconds pass. A caller that gets no token asks once more.
///
/// # Panics
/// With no callers or with more than two.
pub fn answer_after_deadline(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/answer-after-deadline",
        summary: "five seconds pass, maybe before an answer comes, at a server without grace",
        bounds: Bounds { clock_advances: 1, ..Bounds::callers(callers) },
        properties: vec![
            REFRESH_TOKEN_PRESENTED_ONCE,
            SIGNED_IN_STAYS_SIGNED_IN,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "time passes between a refresh and its answer",
            shown: |moment| {
                let mut entries = moment.ledger.entries().iter().map(|entry| &entry.event);
                entries.any(|event| matches!(event, Event::Refreshed { .. }))
                    && entries
                        .take_while(|event| !matches!(event, Event::TokensSaved { .. }))
                        .any(|event| matches!(event, Event::ClockAdvanced { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(presets::ATPROTO);
            stage.world().server().log_in_expired(&user);
            let refresher = stage.instance();
            for name in &CALLERS[..callers] {
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                let user = user.clone();
                stage.caller(name, async move {
                    if world.ask_for_token(&*refresher, &user).await.is_err() {
                        let _ = world.ask_for_token(&*refresher, &user).await;
                    }
                });
            }
            stage.clock_advances_by(Duration::from_secs(5));
        }),
    }
}

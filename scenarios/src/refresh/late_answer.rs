//! An answer is on its way for a while, and what it says of the token's life counts from its start.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{ACCESS_TOKEN_TTL, Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const DELAY: Duration = Duration::from_secs(1);

/// A caller wants a token that has ended, and one again when the new one has a second to live by
/// its whole life; a second passes at any moment, also while a request or an answer is on its way.
///
/// # Panics
/// Unless there is one caller.
pub fn late_answer(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 1, "one caller");
    Scenario {
        name: "refresh/late-answer",
        summary: "a second passes, maybe while an answer is on its way, and the token ends",
        bounds: Bounds { clock_advances: 1, ..Bounds::callers(callers) },
        properties: vec![
            CALLERS_GET_LIVE_TOKENS,
            REFRESH_TOKEN_PRESENTED_ONCE,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "a second passes between a refresh and its answer",
            shown: |moment| {
                let mut entries = moment.ledger.entries().iter().map(|entry| &entry.event);
                entries.any(|event| matches!(event, Event::Refreshed { .. }))
                    && entries.next().is_some_and(
                        |event| matches!(event, Event::ClockAdvanced { by } if *by == DELAY),
                    )
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_expired(&user);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.caller("request", async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
                world.pass_time(ACCESS_TOKEN_TTL.saturating_sub(DELAY));
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
            stage.clock_advances_by(DELAY);
        }),
    }
}

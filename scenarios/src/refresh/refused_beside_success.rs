//! Two callers spend the same refresh token at a server that only refuses the second.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId, presets};
use authloom::property::{NO_CROSSED_PRINCIPALS, REJECTION_DELETES_ONLY_ITS_OWN, Sometimes};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 3] = ["request", "sync", "upload"];

/// Several callers want a token that has ended; the server refuses a refresh token that comes back
/// and ends nothing. That it is spent twice is not looked at here: what the loser does with the
/// winner's tokens is.
///
/// # Panics
/// With fewer than two callers or with more than three.
pub fn refused_beside_success(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((2..=CALLERS.len()).contains(&callers), "2 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/refused-beside-success",
        summary: "one of two refreshes is refused, the other succeeds",
        bounds: Bounds::callers(callers),
        properties: vec![REJECTION_DELETES_ONLY_ITS_OWN, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "a refresh is refused after another has succeeded",
            shown: |moment| {
                let mut entries = moment.ledger.entries().iter();
                entries.any(|entry| matches!(entry.event, Event::Refreshed { .. }))
                    && entries.any(|entry| matches!(entry.event, Event::TokenRequestRefused { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(presets::DEX);
            stage.world().server().log_in_expired(&user);
            let refresher = stage.instance();
            for name in &CALLERS[..callers] {
                let (world, refresher) = (stage.world().clone(), refresher.clone());
                let user = user.clone();
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

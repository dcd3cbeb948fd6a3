//! A user signs out while a refresh is on the network. Does its answer bring the login back?

use std::sync::Arc;

use authloom::auth::{Event, Outcome, TokenRefresher, UserId};
use authloom::property::{NO_CROSSED_PRINCIPALS, SIGNED_OUT_STAYS_SIGNED_OUT, Sometimes};
use authloom::prove::{Bounds, Scenario};

/// One caller wants a token that has ended; another signs out.
///
/// # Panics
/// Unless there are two callers.
pub fn sign_out_during_refresh(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 2, "two callers");
    Scenario {
        name: "refresh/sign-out-during-refresh",
        summary: "a user signs out while a refresh is under way",
        bounds: Bounds::callers(callers),
        properties: vec![SIGNED_OUT_STAYS_SIGNED_OUT, NO_CROSSED_PRINCIPALS],
        sometimes: vec![
            Sometimes {
                name: "a token is refreshed",
                shown: |moment| {
                    let entries = moment.ledger.entries();
                    entries.iter().any(|entry| matches!(entry.event, Event::Refreshed { .. }))
                },
            },
            Sometimes {
                name: "the user is signed out",
                shown: |moment| {
                    moment.ledger.entries().iter().any(|entry| {
                        let event = &entry.event;
                        matches!(event, Event::Returned(Outcome::SignedOut { is_ok: true, .. }))
                    })
                },
            },
        ],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_expired(&user);
            let refresher = stage.instance();
            let (world, request, alice) = (stage.world().clone(), refresher.clone(), user.clone());
            stage.caller("request", async move {
                let _ = world.ask_for_token(&*request, &alice).await;
            });
            let world = stage.world().clone();
            stage.caller("settings", async move {
                let _ = world.sign_out(&*refresher, &user).await;
            });
        }),
    }
}

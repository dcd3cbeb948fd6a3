//! A user signs out and in again while a refresh of the old login is on the network.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{NO_CROSSED_PRINCIPALS, REJECTION_DELETES_ONLY_ITS_OWN, Sometimes};
use authloom::prove::{Bounds, Scenario};

/// One caller wants a token that has ended; another signs out, which ends the login at the server
/// too, and signs in again.
///
/// # Panics
/// Unless there are two callers.
pub fn new_login_during_refresh(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 2, "two callers");
    Scenario {
        name: "refresh/new-login-during-refresh",
        summary: "a user signs out and in again while a refresh of the old login is under way",
        bounds: Bounds::callers(callers),
        properties: vec![REJECTION_DELETES_ONLY_ITS_OWN, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "the old login's refresh is refused",
            shown: |moment| {
                let refused = |event: &Event| matches!(event, Event::TokenRequestRefused { .. });
                moment.ledger.entries().iter().any(|entry| refused(&entry.event))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            let old = stage.world().server().log_in_expired(&user);
            let refresher = stage.instance();
            let (world, request, alice) = (stage.world().clone(), refresher.clone(), user.clone());
            stage.caller("request", async move {
                let _ = world.ask_for_token(&*request, &alice).await;
            });
            let world = stage.world().clone();
            stage.caller("settings", async move {
                let _ = world.sign_out(&*refresher, &user).await;
                world.server().end_session(&old.refresh_token);
                world.server().log_in_live(&user);
            });
        }),
    }
}

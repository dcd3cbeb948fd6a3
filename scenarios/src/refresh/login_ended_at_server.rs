//! The server has ended the login: no refresh of it will ever succeed. Is the user told?

use std::sync::Arc;

use authloom::auth::{AuthError, Event, Outcome, TokenRefresher, UserId};
use authloom::property::{
    NO_CROSSED_PRINCIPALS, REFRESH_TOKEN_PRESENTED_ONCE, REJECTION_DELETES_ONLY_ITS_OWN, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 4] = ["request", "sync", "upload", "search"];

/// Several callers want a token of a user whose refresh token the server refuses for good; each
/// asks twice.
///
/// # Panics
/// With no callers or with more than four.
pub fn login_ended_at_server(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/login-ended-at-server",
        summary: "the server has ended the login, and callers ask for a token twice",
        bounds: Bounds::callers(callers),
        properties: vec![
            REFRESH_TOKEN_PRESENTED_ONCE,
            REJECTION_DELETES_ONLY_ITS_OWN,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "somebody is told to log in",
            shown: |moment| {
                let told = |event: &Event| {
                    matches!(event, Event::Returned(Outcome::TokenFailed { error, .. })
                        if *error == AuthError::NotSignedIn)
                };
                moment.ledger.entries().iter().any(|entry| told(&entry.event))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            let tokens = stage.world().server().log_in_expired(&user);
            stage.world().server().end_session(&tokens.refresh_token);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.identical_callers(&CALLERS[..callers], || {
                let (world, refresher, user) = (world.clone(), refresher.clone(), user.clone());
                async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                    let _ = world.ask_for_token(&*refresher, &user).await;
                }
            });
        }),
    }
}

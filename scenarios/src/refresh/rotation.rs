//! The same refresh token reaches a server twice: is the server the one that races? Only the server
//! is looked at here; this race exists once for each kind.
//!
//! Source: nightscout/nocturne#326 and keycloak/keycloak#46054.

use std::sync::Arc;

use authloom::auth::{AuthorizationServer, Event, TokenRefresher, UserId};
use authloom::property::{ONE_SUCCESSOR_PER_GRANT, Sometimes};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 3] = ["request", "sync", "upload"];

/// A server that looks and acts in two steps.
///
/// # Panics
/// With fewer than two callers or with more than three.
pub fn torn_rotation(callers: usize) -> Scenario<dyn TokenRefresher> {
    let tear = |server: &AuthorizationServer| server.tear_transitions();
    at_a_server(
        "refresh/torn-rotation",
        "one refresh token, twice, at a server that looks and acts in two steps",
        tear,
        callers,
    )
}

/// A server that looks and acts in one step.
///
/// # Panics
/// With fewer than two callers or with more than three.
pub fn atomic_rotation(callers: usize) -> Scenario<dyn TokenRefresher> {
    at_a_server(
        "refresh/atomic-rotation",
        "one refresh token, twice, at a server that looks and acts in one step",
        |_| {},
        callers,
    )
}

fn at_a_server(
    name: &'static str,
    summary: &'static str,
    arrange: fn(&AuthorizationServer),
    callers: usize,
) -> Scenario<dyn TokenRefresher> {
    assert!((2..=CALLERS.len()).contains(&callers), "2 to {} callers", CALLERS.len());
    Scenario {
        name,
        summary,
        bounds: Bounds::callers(callers),
        properties: vec![ONE_SUCCESSOR_PER_GRANT],
        sometimes: vec![Sometimes {
            name: "every caller presents the refresh token",
            shown: |moment| {
                let presented =
                    |event: &Event| matches!(event, Event::RefreshTokenPresented { .. });
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| presented(&entry.event)).count() == moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            arrange(&stage.world().server());
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

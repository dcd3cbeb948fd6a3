//! The process dies with a refresh under way, at a server to which a spent token that comes back is
//! an attack on its user.
//!
//! Source: damianvtran/local-operator#945. That the session is lost, no client can help: the new
//! token was in an answer that nobody read. That a spent token comes back, it can.

use std::sync::Arc;

use authloom::auth::{BlastRadius, Event, ServerPolicy, TokenRefresher, UserId};
use authloom::property::{NO_CROSSED_PRINCIPALS, REUSE_NEVER_DETECTED, Sometimes};
use authloom::prove::{Bounds, Scenario};
use authloom::world::TaskState;

const CALLERS: [&str; 3] = ["request", "sync", "upload"];

/// A spent token that comes back ends all sessions of the user, on every device.
const ENDS_EVERY_SESSION: ServerPolicy =
    ServerPolicy { blast_radius: BlastRadius::User, ..ServerPolicy::STRICT };

/// The user is logged in on two devices. On one, the callers of a process want a token that has
/// ended; at any await, the process crashes once and is started again, and all ask again. They may
/// be told to log in.
///
/// # Panics
/// With no callers or with more than three.
pub fn crash_after_send(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/crash-after-send",
        summary: "the process crashes while it refreshes; a token spent twice ends every session",
        bounds: Bounds { crashes: 1, ..Bounds::callers(callers) },
        properties: vec![REUSE_NEVER_DETECTED, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "the process crashes and a token is refreshed",
            shown: |moment| {
                let mut entries = moment.ledger.entries().iter();
                moment.tasks.iter().any(|task| task.state == TaskState::Crashed)
                    && entries.any(|entry| matches!(entry.event, Event::Refreshed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(ENDS_EVERY_SESSION);
            let _other_device = stage.world().server().log_in_live(&user);
            stage.world().server().log_in_expired(&user);
            stage.process(move |process| {
                let (world, refresher) = (process.world().clone(), process.instance());
                process.identical_callers(&CALLERS[..callers], || {
                    let (world, refresher) = (world.clone(), refresher.clone());
                    let user = user.clone();
                    async move {
                        let _ = world.ask_for_token(&*refresher, &user).await;
                    }
                });
            });
        }),
    }
}

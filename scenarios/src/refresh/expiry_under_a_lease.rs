//! A token ends while a process that found it live still has the lease. The lease ends with it.

use std::sync::Arc;

use authloom::auth::{ACCESS_TOKEN_TTL, Event, TokenRefresher, UserId};
use authloom::property::{
    NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

/// One caller in each of two processes wants a token of the same user, which is live: the first
/// wants one twice, the second when an hour has passed and the token has ended. A process may be
/// told to try again later.
///
/// # Panics
/// With fewer or more than two callers.
pub fn expiry_under_a_lease(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 2, "one caller in each of two processes");
    Scenario {
        name: "refresh/expiry-under-a-lease",
        summary: "an hour passes while a process has a lease; the token ends, and the lease",
        bounds: Bounds::callers(callers),
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
            stage.world().server().log_in_live(&user);
            let alice = user.clone();
            stage.process(move |process| {
                let (world, refresher) = (process.world().clone(), process.instance());
                let alice = alice.clone();
                process.caller("process-1", async move {
                    let _ = world.ask_for_token(&*refresher, &alice).await;
                    let _ = world.ask_for_token(&*refresher, &alice).await;
                });
            });
            stage.process(move |process| {
                let (world, refresher) = (process.world().clone(), process.instance());
                let user = user.clone();
                process.caller("process-2", async move {
                    world.let_pass(ACCESS_TOKEN_TTL);
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            });
        }),
    }
}

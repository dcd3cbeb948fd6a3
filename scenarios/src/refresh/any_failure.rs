//! Whatever can go wrong with a call to the token endpoint goes wrong, each kind in turn.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{
    Event, Forgiven, Outcome, Reach, ReuseAnswer, ServerPolicy, TokenRefresher, UserId, Window,
};
use authloom::property::{
    NO_CROSSED_PRINCIPALS, REUSE_NEVER_DETECTED, SIGNED_IN_STAYS_SIGNED_IN, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const CALLERS: [&str; 3] = ["request", "sync", "upload"];

/// Within half a minute, a spent refresh token gives another pair.
const FORGIVING: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(30)),
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    ..ServerPolicy::STRICT
};

/// Several callers want a token that has ended; a caller that gets none asks once more. One call
/// fails, or all do from then on: its request is lost, or its answer, which may also not be
/// readable; it is refused without cause, or one too many; the server fails before or after it has
/// done what was asked.
///
/// # Panics
/// With no callers or with more than three.
pub fn any_failure(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/any-failure",
        summary: "a call fails for any reason, at a server that forgives for half a minute",
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![SIGNED_IN_STAYS_SIGNED_IN, REUSE_NEVER_DETECTED, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "a call fails and every caller gets a token",
            shown: |moment| {
                let events = || moment.ledger.entries().iter().map(|entry| &entry.event);
                let got = |event: &&Event| matches!(event, Event::Returned(Outcome::Token { .. }));
                events().any(|event| matches!(event, Event::Faulted { .. }))
                    && events().filter(got).count() >= moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(FORGIVING);
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
        }),
    }
}

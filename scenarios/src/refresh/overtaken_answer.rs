//! Two refreshes of one login, both granted; the answer of the older comes last.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{
    Event, Forgiven, Reach, ReuseAnswer, ServerPolicy, TokenRefresher, UserId, Window,
};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, LINEAGE_NEVER_GOES_BACK, NO_CROSSED_PRINCIPALS, Sometimes,
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

/// Several callers want a token that has ended, and the server grants them all.
///
/// # Panics
/// With fewer than two callers or with more than three.
pub fn overtaken_answer(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((2..=CALLERS.len()).contains(&callers), "2 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/overtaken-answer",
        summary: "two refreshes are granted, and the answers may come in the other order",
        bounds: Bounds::callers(callers),
        properties: vec![LINEAGE_NEVER_GOES_BACK, CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS],
        sometimes: vec![Sometimes {
            name: "two refreshes are granted",
            shown: |moment| {
                let forgiven = |event: &Event| matches!(event, Event::ReuseForgiven { .. });
                moment.ledger.entries().iter().any(|entry| forgiven(&entry.event))
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
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

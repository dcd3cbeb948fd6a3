//! The process hands out a token, works for a while, and crashes.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{
    BlastRadius, Event, Forgiven, Reach, ReuseAnswer, ServerPolicy, TokenRefresher, UserId, Window,
};
use authloom::property::{CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, Sometimes};
use authloom::prove::{Bounds, Scenario};
use authloom::world::TaskState;

const CALLERS: [&str; 2] = ["request", "sync"];

/// Half a minute of grace: enough for a process that crashes while it refreshes, and is started
/// again at once. What comes back later is refused and ends nothing: a request of the process that
/// is gone may come late.
const SHORT_GRACE: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(30)),
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    blast_radius: BlastRadius::Nothing,
    ..ServerPolicy::STRICT
};

/// The callers of one process want a token that has ended, work with it for a minute, and ask
/// again; at any await, the process crashes once and is started again, and all begin anew. A crash
/// in the middle of the refresh is forgiven; one a minute later finds what is stored.
///
/// # Panics
/// With no callers or with more than two.
pub fn crash_after_answer(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert!((1..=CALLERS.len()).contains(&callers), "1 to {} callers", CALLERS.len());
    Scenario {
        name: "refresh/crash-after-answer",
        summary: "the process crashes a minute after it has handed out a new token",
        bounds: Bounds { crashes: 1, ..Bounds::callers(callers) },
        properties: vec![CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS],
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
            stage.world().server().set_policy(SHORT_GRACE);
            stage.world().server().log_in_expired(&user);
            stage.process(move |process| {
                let (world, refresher) = (process.world().clone(), process.instance());
                process.identical_callers(&CALLERS[..callers], || {
                    let (world, refresher) = (world.clone(), refresher.clone());
                    let user = user.clone();
                    async move {
                        if world.ask_for_token(&*refresher, &user).await.is_ok() {
                            world.pass_time(Duration::from_secs(60));
                            let _ = world.ask_for_token(&*refresher, &user).await;
                        }
                    }
                });
            });
        }),
    }
}

//! The vulnerable timeline, forced: one exchange stays out until the other request has passed its
//! check.
//!
//! | time | request A | request B |
//! |---|---|---|
//! | T1 | finds no session | |
//! | T2 | starts its exchange | finds no session |
//! | T3 | | starts its exchange |
//! | T4 | creates a session | creates a session |
//! | T5 | locks, for the final call | waits for the lock |
//!
//! With a handler that lets only one request in, the other never gets as far as its check; then the
//! exchange is answered when nothing else can move.

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event, operations};
use authloom::property::{CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, Sometimes};
use authloom::prove::{Bounds, Scenario};
use authloom::world::Release;

const REQUESTS: [&str; 4] = ["request-a", "request-b", "request-c", "request-d"];

/// Several callbacks of one browser session; the first exchange to arrive is withheld until all of
/// them have looked for a session.
///
/// # Panics
/// With fewer than two callers or with more than four.
pub fn delayed_exchange(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((2..=REQUESTS.len()).contains(&callers), "2 to {} callers", REQUESTS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/delayed-exchange",
        summary: "one exchange withheld until the other request has passed its check",
        bounds: Bounds::callers(callers),
        properties: vec![EXACTLY_ONE_SESSION, CODE_PRESENTED_ONCE],
        sometimes: vec![Sometimes {
            name: "a code is redeemed",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::CodeRedeemed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let passed =
                Release::AfterArrivals { operation: &operations::FIND_SESSION, count: callers };
            stage.withhold(&operations::TOKEN, passed);
            let handler = stage.instance();
            for name in &REQUESTS[..callers] {
                let callback = stage.world().server().issue_callback(&verifier);
                let (world, handler) = (stage.world().clone(), handler.clone());
                stage.caller(name, async move {
                    let browser = BrowserId::new("browser");
                    let _ = world.deliver_callback(&*handler, &browser, &callback).await;
                });
            }
        }),
    }
}

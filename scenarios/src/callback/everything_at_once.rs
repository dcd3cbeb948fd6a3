//! The same redirect reaches two processes with one store, and an answer of the server is lost.

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event, Outcome};
use authloom::property::{
    CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, FAILED_EXCHANGE_LEAVES_NOTHING,
    RETRY_RETURNS_SAME_SESSION, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const REPLICAS: [&str; 3] = ["replica-1", "replica-2", "replica-3"];

/// One code, sent once to each of several processes; the answer to the first exchange is lost.
/// Whoever is refused logs in once more, with a new code.
///
/// # Panics
/// With no callers or with more than three.
pub fn everything_at_once(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((1..=REPLICAS.len()).contains(&callers), "1 to {} callers", REPLICAS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/everything-at-once",
        summary: "one code reaches two processes, and an answer is lost",
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![
            CODE_PRESENTED_ONCE,
            EXACTLY_ONE_SESSION,
            RETRY_RETURNS_SAME_SESSION,
            FAILED_EXCHANGE_LEAVES_NOTHING,
        ],
        sometimes: vec![Sometimes {
            name: "every browser is given a session",
            shown: |moment| {
                let given =
                    |event: &Event| matches!(event, Event::Returned(Outcome::Session { .. }));
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| given(&entry.event)).count() == moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            stage.world().server().lose_next_answer();
            let shared = stage.world().server().issue_callback(&verifier);
            for name in &REPLICAS[..callers] {
                let again = stage.world().server().issue_callback(&verifier);
                let first = shared.clone();
                stage.process(move |process| {
                    let (world, handler) = (process.world().clone(), process.instance());
                    let (first, again) = (first.clone(), again.clone());
                    process.caller(name, async move {
                        let browser = BrowserId::new("browser");
                        if world.deliver_callback(&*handler, &browser, &first).await.is_err() {
                            let _ = world.deliver_callback(&*handler, &browser, &again).await;
                        }
                    });
                });
            }
        }),
    }
}

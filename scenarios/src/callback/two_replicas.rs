//! Two processes behind a load balancer, one store: locks in memory do not reach across.

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event, Outcome};
use authloom::property::{CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, Sometimes};
use authloom::prove::{Bounds, Scenario};

const REPLICAS: [&str; 3] = ["replica-1", "replica-2", "replica-3"];

/// Several callbacks of one browser session, each with its own code, each to a process of its own.
///
/// # Panics
/// With no callers or with more than three.
pub fn two_replicas(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((1..=REPLICAS.len()).contains(&callers), "1 to {} callers", REPLICAS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/two-replicas",
        summary: "two callbacks of one browser session reach two processes with one store",
        bounds: Bounds::callers(callers),
        properties: vec![EXACTLY_ONE_SESSION, CODE_PRESENTED_ONCE],
        sometimes: vec![Sometimes {
            name: "every callback is given a session",
            shown: |moment| {
                let given =
                    |event: &Event| matches!(event, Event::Returned(Outcome::Session { .. }));
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| given(&entry.event)).count() == moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            for name in &REPLICAS[..callers] {
                let callback = stage.world().server().issue_callback(&verifier);
                stage.process(move |process| {
                    let (world, handler) = (process.world().clone(), process.instance());
                    let callback = callback.clone();
                    process.caller(name, async move {
                        let browser = BrowserId::new("browser");
                        let _ = world.deliver_callback(&*handler, &browser, &callback).await;
                    });
                });
            }
        }),
    }
}

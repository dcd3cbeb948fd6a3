//! The same redirect reaches the server twice: a double click, a prefetch, an impatient reload.

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event};
use authloom::property::{CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, Sometimes};
use authloom::prove::{Bounds, Scenario};

const REQUESTS: [&str; 4] = ["request-1", "request-2", "request-3", "request-4"];

/// The same callback, with the same code, sent several times at once.
///
/// # Panics
/// With no callers or with more than four.
pub fn double_submit(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((1..=REQUESTS.len()).contains(&callers), "1 to {} callers", REQUESTS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/double-submit",
        summary: "the same callback sent twice, with one code",
        bounds: Bounds::callers(callers),
        properties: vec![CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION],
        sometimes: vec![Sometimes {
            name: "the code is redeemed",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::CodeRedeemed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            let handler = stage.instance();
            let callback = stage.world().server().issue_callback(&verifier);
            let world = stage.world().clone();
            stage.identical_callers(&REQUESTS[..callers], || {
                let (world, handler) = (world.clone(), handler.clone());
                let callback = callback.clone();
                async move {
                    let browser = BrowserId::new("browser");
                    let _ = world.deliver_callback(&*handler, &browser, &callback).await;
                }
            });
        }),
    }
}

//! The authorization server is down for a moment. Does the user get in afterwards?

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event};
use authloom::property::{
    CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, FAILED_EXCHANGE_LEAVES_NOTHING, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const TABS: [&str; 3] = ["tab-1", "tab-2", "tab-3"];

/// The first exchange to arrive fails with a 503; whoever is refused logs in once more, with a new
/// code.
///
/// # Panics
/// With no callers or with more than three.
pub fn failed_exchange(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((1..=TABS.len()).contains(&callers), "1 to {} callers", TABS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/failed-exchange",
        summary: "the first exchange fails, then a retry",
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![FAILED_EXCHANGE_LEAVES_NOTHING, EXACTLY_ONE_SESSION, CODE_PRESENTED_ONCE],
        sometimes: vec![Sometimes {
            name: "an exchange fails and a later one succeeds",
            shown: |moment| {
                let failed = |event: &Event| matches!(event, Event::Faulted { .. });
                let mut entries = moment.ledger.entries().iter();
                entries.any(|entry| failed(&entry.event))
                    && entries.any(|entry| matches!(entry.event, Event::CodeRedeemed { .. }))
            },
        }],
        stage: Arc::new(move |stage| {
            stage.world().server().fail_next_token_request();
            let handler = stage.instance();
            for name in &TABS[..callers] {
                let first = stage.world().server().issue_callback(&verifier);
                let retry = stage.world().server().issue_callback(&verifier);
                let (world, handler) = (stage.world().clone(), handler.clone());
                stage.caller(name, async move {
                    let browser = BrowserId::new("browser");
                    if world.deliver_callback(&*handler, &browser, &first).await.is_err() {
                        let _ = world.deliver_callback(&*handler, &browser, &retry).await;
                    }
                });
            }
        }),
    }
}

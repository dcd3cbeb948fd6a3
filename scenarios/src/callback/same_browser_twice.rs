//! Two tabs of one browser finish the same login, each with a code of its own.

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event, Outcome};
use authloom::property::{CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, Sometimes};
use authloom::prove::{Bounds, Scenario};

const TABS: [&str; 4] = ["tab-1", "tab-2", "tab-3", "tab-4"];

/// Several callbacks of one browser session, each with its own code.
///
/// # Panics
/// With no callers or with more than four.
pub fn same_browser_twice(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((1..=TABS.len()).contains(&callers), "1 to {} callers", TABS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/same-browser-twice",
        summary: "two callbacks of one browser session, each with its own code",
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
            let handler = stage.instance();
            for name in &TABS[..callers] {
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

//! A reload of the callback page after the login has succeeded.

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event, Outcome};
use authloom::property::{
    CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, RETRY_RETURNS_SAME_SESSION, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const TABS: [&str; 2] = ["tab-1", "tab-2"];

/// Each caller delivers its callback and, when it has its answer, the same one again.
///
/// # Panics
/// With no callers or with more than two.
pub fn retry_after_success(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((1..=TABS.len()).contains(&callers), "1 to {} callers", TABS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/retry-after-success",
        summary: "a callback that succeeded is delivered again",
        bounds: Bounds::callers(callers),
        properties: vec![RETRY_RETURNS_SAME_SESSION, EXACTLY_ONE_SESSION, CODE_PRESENTED_ONCE],
        sometimes: vec![Sometimes {
            name: "a repeated callback is given a session",
            shown: |moment| {
                let given =
                    |event: &Event| matches!(event, Event::Returned(Outcome::Session { .. }));
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| given(&entry.event)).count() > moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            let handler = stage.instance();
            for name in &TABS[..callers] {
                let callback = stage.world().server().issue_callback(&verifier);
                let (world, handler) = (stage.world().clone(), handler.clone());
                stage.caller(name, async move {
                    let browser = BrowserId::new("browser");
                    if world.deliver_callback(&*handler, &browser, &callback).await.is_ok() {
                        let _ = world.deliver_callback(&*handler, &browser, &callback).await;
                    }
                });
            }
        }),
    }
}

//! Somebody who is signed out opens a second tab before the first has come back from the login.

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event, Outcome};
use authloom::property::{
    BEGUN_LOGIN_SUCCEEDS, CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const TABS: [&str; 2] = ["tab-1", "tab-2"];

/// Two tabs of one browser each begin a login and come back from it, each with a state, a nonce
/// and a code of its own.
///
/// # Panics
/// With no callers or with more than two.
pub fn second_tab(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((1..=TABS.len()).contains(&callers), "1 to {} callers", TABS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/second-tab",
        summary: "two tabs of one browser begin a login each, and come back from it",
        bounds: Bounds::callers(callers),
        properties: vec![EXACTLY_ONE_SESSION, BEGUN_LOGIN_SUCCEEDS, CODE_PRESENTED_ONCE],
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
                    if world.begin_login(&*handler, &browser, &callback.login()).await.is_ok() {
                        let _ = world.deliver_callback(&*handler, &browser, &callback).await;
                    }
                });
            }
        }),
    }
}

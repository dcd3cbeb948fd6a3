//! One browser's exchange is slow. Does anybody else wait for it?

use std::sync::Arc;

use authloom::auth::{BrowserId, CallbackHandler, CodeVerifier, Event, Outcome, operations};
use authloom::property::{
    CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, Sometimes, UNRELATED_KEYS_NOT_SERIALIZED,
};
use authloom::prove::{Bounds, Scenario};

const BROWSERS: [&str; 3] = ["browser-1", "browser-2", "browser-3"];

/// Several browsers, one callback each; the answer to each token request in turn is held until
/// nothing else can move.
///
/// # Panics
/// With fewer than two callers or with more than three.
pub fn unrelated_browsers(callers: usize) -> Scenario<dyn CallbackHandler> {
    assert!((2..=BROWSERS.len()).contains(&callers), "2 to {} callers", BROWSERS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name: "callback/unrelated-browsers",
        summary: "one browser's exchange is held while another browser logs in",
        bounds: Bounds::callers(callers),
        properties: vec![UNRELATED_KEYS_NOT_SERIALIZED, EXACTLY_ONE_SESSION, CODE_PRESENTED_ONCE],
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
            stage.hold_each(&operations::TOKEN);
            let handler = stage.instance();
            for name in &BROWSERS[..callers] {
                let callback = stage.world().server().issue_callback(&verifier);
                let (world, handler) = (stage.world().clone(), handler.clone());
                stage.caller(name, async move {
                    let browser = BrowserId::new(name);
                    let _ = world.deliver_callback(&*handler, &browser, &callback).await;
                });
            }
        }),
    }
}

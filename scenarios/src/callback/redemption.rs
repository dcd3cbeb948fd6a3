//! The same code reaches a server twice: is the server the one that races? Only the server is
//! looked at here; this race exists once for each kind.
//!
//! Source: ory/fosite#778, supabase/auth#2613 and oauthlib/oauthlib#618; supabase/auth#2612 locks
//! the row in the transaction that issues the tokens.

use std::sync::Arc;

use authloom::auth::{AuthorizationServer, BrowserId, CallbackHandler, CodeVerifier, Event};
use authloom::property::{ONE_SUCCESSOR_PER_GRANT, Sometimes};
use authloom::prove::{Bounds, Scenario};

const SUBMITS: [&str; 3] = ["submit-1", "submit-2", "submit-3"];

/// A server that looks and acts in two steps.
///
/// # Panics
/// With fewer than two callers or with more than three.
pub fn torn_redemption(callers: usize) -> Scenario<dyn CallbackHandler> {
    let tear = |server: &AuthorizationServer| server.tear_transitions();
    at_a_server(
        "callback/torn-redemption",
        "one code, twice, at a server that looks and acts in two steps",
        tear,
        callers,
    )
}

/// A server that looks and acts in one step.
///
/// # Panics
/// With fewer than two callers or with more than three.
pub fn atomic_redemption(callers: usize) -> Scenario<dyn CallbackHandler> {
    at_a_server(
        "callback/atomic-redemption",
        "one code, twice, at a server that looks and acts in one step",
        |_| {},
        callers,
    )
}

fn at_a_server(
    name: &'static str,
    summary: &'static str,
    arrange: fn(&AuthorizationServer),
    callers: usize,
) -> Scenario<dyn CallbackHandler> {
    assert!((2..=SUBMITS.len()).contains(&callers), "2 to {} callers", SUBMITS.len());
    let verifier = CodeVerifier::new("verifier-of-the-login");
    Scenario {
        name,
        summary,
        bounds: Bounds::callers(callers),
        properties: vec![ONE_SUCCESSOR_PER_GRANT],
        sometimes: vec![Sometimes {
            name: "every callback presents the code",
            shown: |moment| {
                let presented = |event: &Event| matches!(event, Event::CodePresented { .. });
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| presented(&entry.event)).count() == moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            arrange(&stage.world().server());
            let callback = stage.world().server().issue_callback(&verifier);
            let handler = stage.instance();
            for name in &SUBMITS[..callers] {
                let (world, handler, callback) =
                    (stage.world().clone(), handler.clone(), callback.clone());
                stage.caller(name, async move {
                    let browser = BrowserId::new("browser");
                    let _ = world.deliver_callback(&*handler, &browser, &callback).await;
                });
            }
        }),
    }
}

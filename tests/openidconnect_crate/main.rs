//! The published `openidconnect` crate, unmodified, logging in over the HTTP double: discovery,
//! keys, authorization, exchange, ID token, UserInfo.

mod logins;
mod refused;
mod relying_party;

use std::sync::Arc;

use authloom::auth::{
    AuthError, AuthorizationCode, BrowserId, Callback, CodeVerifier, Event, HttpDouble,
    ID_TOKEN_TTL, Nonce, Outcome, State, World,
};
use authloom::property::{CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION, Sometimes};
use authloom::prove::{Bounds, Level, Options, Scenario, UnderTest as _};
use authloom::report;
use authloom::sync::OnceCell;
use authloom_scenarios::callback;
use openidconnect::http::{Request, StatusCode, header};
use openidconnect::url::Url;

use logins::{ForgetsAfterwards, Logins, OncePerLogin};
use relying_party::{Plain, RelyingParty};

/// The user agent: goes where it is sent, and comes back with what the provider gave it.
async fn visit(http: &HttpDouble, url: String) -> Callback {
    let request = Request::get(url).body(Vec::new()).expect("the URL is well-formed");
    let response = http.send(request).await.expect("the provider is there");
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers()[header::LOCATION].to_str().expect("it is ASCII");
    let location = Url::parse(location).expect("it is a URL");
    let parameter = |name: &str| {
        let mut all = location.query_pairs();
        all.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).expect("it is there")
    };
    Callback {
        code: AuthorizationCode::new(parameter("code")),
        state: State::new(parameter("state")),
        // The user agent has none of what the login put aside.
        nonce: Nonce::new(""),
        verifier: CodeVerifier::new(""),
    }
}

/// A whole login, whose redirect reaches the relying party twice.
fn login_with_double_submit() -> Scenario<dyn Logins> {
    Scenario {
        name: "test/login-with-double-submit",
        summary: "a login from its beginning, whose redirect is followed twice",
        bounds: Bounds::callers(2),
        properties: vec![CODE_PRESENTED_ONCE, EXACTLY_ONE_SESSION],
        sometimes: vec![ALL_GET_A_SESSION],
        stage: Arc::new(|stage| {
            let (logins, redirect) = (stage.instance(), Arc::new(OnceCell::new()));
            for click in ["first-click", "second-click"] {
                let (world, logins) = (stage.world().clone(), logins.clone());
                let redirect = Arc::clone(&redirect);
                stage.caller(click, async move {
                    // The user agent is one: who of them comes first goes through the login.
                    let callback = redirect.get_or_try_init(async || {
                        let url = logins.begin().await?;
                        Ok::<_, AuthError>(visit(&world.http(), url).await)
                    });
                    let callback = callback.await.expect("the login begins");
                    let browser = BrowserId::new("browser");
                    let _ = world.deliver_callback(&*logins, &browser, callback).await;
                });
            }
        }),
    }
}

const ALL_GET_A_SESSION: Sometimes = Sometimes {
    name: "every callback is given a session",
    shown: |moment| {
        let given = |event: &Event| matches!(event, Event::Returned(Outcome::Session { .. }));
        let entries = moment.ledger.entries().iter();
        entries.filter(|entry| given(&entry.event)).count() == moment.callers()
    },
};

/// What was put aside is there until the session is, so both clicks exchange the code.
#[test]
fn a_state_that_is_forgotten_afterwards_is_good_for_two_exchanges() {
    let verdict = login_with_double_submit().verdict(ForgetsAfterwards::new);
    let violation = verdict.conclusion.violation().expect("a schedule breaks it");
    assert_eq!(violation.property.name, "code-presented-once");
    insta::assert_snapshot!("openidconnect_crate_double_submit", report::verdict_text(&verdict));
}

#[test]
fn a_login_that_happens_once_is_proved() {
    login_with_double_submit().prove(OncePerLogin::new);
}

/// The same with more steps: each lock of the relying party's begins one.
#[test]
fn it_is_proved_at_level_lock_too() {
    let options = Options { level: Level::Lock, ..Options::default() };
    let build = |world: &World| OncePerLogin::new(world).under_test();
    let verdict = login_with_double_submit().explore(build, &options, &mut |_| {});
    assert_eq!(verdict.conclusion.as_str(), "proved", "{}", report::verdict_text(&verdict));
}

/// Two tabs, a code each: in a ready-made scenario, the crate verifies both ID tokens.
#[test]
fn a_unique_insert_is_proved_for_two_tabs() {
    callback::same_browser_twice(2).prove(|world| Plain(RelyingParty::new(world)));
}

#[test]
fn a_unique_insert_alone_does_not_keep_a_code_from_being_exchanged_twice() {
    let verdict = callback::double_submit(2).verdict(|world| Plain(RelyingParty::new(world)));
    let violation = verdict.conclusion.violation().expect("a schedule breaks it");
    assert_eq!(violation.property.name, "code-presented-once");
}

/// The crate tells the time by the world's clock: where time goes on between an ID token's issue
/// and its verification, it is refused for its age, and in other executions it is not.
#[test]
fn an_id_token_ends_on_its_way_in_some_executions() {
    let scenario = callback::double_submit(1).with_clock_advances(1);
    let stage = Arc::clone(&scenario.stage);
    let scenario = Scenario {
        properties: vec![CODE_PRESENTED_ONCE],
        sometimes: vec![
            ALL_GET_A_SESSION,
            Sometimes {
                name: "the ID token has expired when it is verified",
                shown: |moment| {
                    let entries = moment.ledger.entries().iter();
                    entries.into_iter().any(|entry| match &entry.event {
                        Event::Returned(Outcome::CallbackFailed { error, .. }) => {
                            error.to_string().starts_with("Expired: ID token expired")
                        }
                        _ => false,
                    })
                },
            },
        ],
        stage: Arc::new(move |staged| {
            staged.clock_advances_by(ID_TOKEN_TTL);
            stage(staged);
        }),
        ..scenario
    };
    scenario.prove(|world| Plain(RelyingParty::new(world)));
}

//! The reduced search against the plain one on random requests to the OpenID Provider.
//!
//! Two steps at the provider are swapped only if they declare no access in common, so an access
//! that an endpoint forgets to declare hides answers. A log says who sends what and is answered
//! what, in order; both searches must come to the same logs.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use authloom::auth::{
    ACCESS_TOKEN_TTL, AUTHORIZATION_URL, AccessToken, AuthError, CodeVerifier, KEY_SET_URL,
    REVOCATION_URL, TOKEN_URL, TokenRefresher, USERINFO_URL, UserId, World,
};
use authloom::prove::{Bounds, Options, Scenario, Search, Verdict};
use http::{Request, Response};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What a caller does next, by the names that tokens and codes will have.
#[derive(Debug, Clone, Copy)]
enum Op {
    Authorize,
    Exchange(&'static str),
    Refresh(&'static str),
    UserInfo(&'static str),
    Revoke(&'static str),
    FetchKeys,
    RotateKey,
    Advance,
}

/// The world begins with the families 1 and 2 of two logins and 3 of a code; a fourth is of the
/// first code that the provider issues.
fn op() -> impl Strategy<Value = Op> {
    let access_token = prop::sample::select(&["at-1", "at-1.2", "at-2", "at-3", "at-4"]);
    let refresh_token = prop::sample::select(&["rt-1", "rt-1.2", "rt-2", "rt-3"]);
    let revoked = prop::sample::select(&["at-1", "at-1.2", "rt-1", "rt-1.2", "rt-3", "at-3"]);
    prop_oneof![
        2 => Just(Op::Authorize),
        3 => prop::sample::select(&["code-1", "code-2"]).prop_map(Op::Exchange),
        3 => refresh_token.prop_map(Op::Refresh),
        3 => access_token.prop_map(Op::UserInfo),
        3 => revoked.prop_map(Op::Revoke),
        1 => Just(Op::FetchKeys),
        1 => Just(Op::RotateKey),
        1 => Just(Op::Advance),
    ]
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn post(url: &str, form: String) -> Request<Vec<u8>> {
    Request::post(url).body(form.into_bytes()).expect("the request is well-formed")
}

fn request(op: Op) -> Option<Request<Vec<u8>>> {
    let get =
        |request: http::request::Builder| request.body(Vec::new()).expect("it is well-formed");
    Some(match op {
        Op::Authorize => get(Request::get(format!(
            "{AUTHORIZATION_URL}?client_id=app&redirect_uri=https://app.test/callback&scope=openid\
             &response_type=code&code_challenge_method=S256&code_challenge={}",
            CodeVerifier::new(VERIFIER).s256().secret()
        ))),
        Op::Exchange(code) => post(
            TOKEN_URL,
            format!(
                "client_id=app&grant_type=authorization_code&code={code}&code_verifier={VERIFIER}\
                 &redirect_uri=https://app.test/callback"
            ),
        ),
        Op::Refresh(token) => {
            post(TOKEN_URL, format!("client_id=app&grant_type=refresh_token&refresh_token={token}"))
        }
        Op::UserInfo(token) => {
            get(Request::get(USERINFO_URL).header("authorization", format!("Bearer {token}")))
        }
        Op::Revoke(token) => post(REVOCATION_URL, format!("client_id=app&token={token}")),
        Op::FetchKeys => get(Request::get(KEY_SET_URL)),
        Op::RotateKey | Op::Advance => return None,
    })
}

/// Every log that some execution came to.
type Logs = BTreeSet<String>;

/// The callers' scripts, as if they were a refresher: the user is the caller.
struct Client {
    world: World,
    scripts: Vec<Vec<Op>>,
    lines: Mutex<String>,
    all: Arc<Mutex<Logs>>,
}

impl Client {
    /// Notes what caller `me` does or is told.
    fn say(&self, me: usize, what: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_str(&format!("{me}: {what}\n"));
        self.all.lock().unwrap_or_else(PoisonError::into_inner).insert(lines.clone());
    }
}

fn told(response: &Response<Vec<u8>>) -> String {
    let location = response.headers().get("location");
    let location = location.and_then(|it| it.to_str().ok()).unwrap_or_default();
    format!("{} {location} {}", response.status(), String::from_utf8_lossy(response.body()))
}

#[async_trait]
impl TokenRefresher for Client {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let me: usize = user.as_str().parse().expect("callers are numbers");
        for &op in &self.scripts[me] {
            self.say(me, &format!("{op:?}"));
            let Some(request) = request(op) else {
                match op {
                    Op::RotateKey => self.world.server().rotate_signing_key(),
                    _ => self.world.clock().advance(ACCESS_TOKEN_TTL),
                }
                continue;
            };
            let response = self.world.http().send(request).await.expect("somebody is there");
            self.say(me, &told(&response));
        }
        self.say(me, "end");
        Err(AuthError::NotSignedIn)
    }
}

const CALLERS: [&str; 3] = ["0", "1", "2"];

fn explore(scripts: &[Vec<Op>], search: Search) -> (Verdict, Logs) {
    let (logs, callers): (Arc<Mutex<Logs>>, usize) = (Arc::default(), scripts.len());
    let scenario: Scenario<dyn TokenRefresher> = Scenario {
        name: "test/provider",
        summary: "random requests",
        bounds: Bounds::callers(callers),
        properties: Vec::new(),
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            let world = stage.world();
            world.server().log_in_live(&UserId::new("alice"));
            world.server().log_in_live(&UserId::new("bob"));
            world.server().issue_callback(&CodeVerifier::new(VERIFIER));
            let refresher = stage.instance();
            for name in &CALLERS[..callers] {
                let (world, refresher) = (world.clone(), refresher.clone());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new(name)).await;
                });
            }
        }),
    };
    let (all, scripts) = (Arc::clone(&logs), scripts.to_vec());
    let verdict = scenario.explore(
        move |world| {
            let (world, scripts, all) = (world.clone(), scripts.clone(), Arc::clone(&all));
            let lines = Mutex::default();
            Arc::new(Client { world, scripts, lines, all }) as Arc<dyn TokenRefresher>
        },
        &Options { search, executions_max: 2_000, ..Options::default() },
        &mut |_| {},
    );
    let logs = std::mem::take(&mut *logs.lock().unwrap_or_else(PoisonError::into_inner));
    (verdict, logs)
}

/// Whether the reduced search missed nothing; `None` when there is too much to run it all.
fn compare(scripts: &[Vec<Op>]) -> Option<Result<(), String>> {
    let (full, all_logs) = explore(scripts, Search::Plain);
    if !full.is_exhausted {
        return None;
    }
    let (reduced, logs) = explore(scripts, Search::Optimal);
    assert!(reduced.is_exhausted);
    let missed: Vec<&String> = all_logs.difference(&logs).take(1).collect();
    Some(if missed.is_empty() { Ok(()) } else { Err(format!("missed {missed:?}")) })
}

#[test]
fn no_answer_of_the_provider_is_missed() {
    let script = || prop::collection::vec(op(), 1..4);
    let compared = Cell::new(0);
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 300, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    let result = runner.run(&prop::collection::vec(script(), 2..3), |scripts| {
        if let Some(result) = compare(&scripts) {
            compared.set(compared.get() + 1);
            result.map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
    result.expect("both searches see the same");
    assert!(compared.get() > 200, "only {} of 300 could be run in full", compared.get());
}

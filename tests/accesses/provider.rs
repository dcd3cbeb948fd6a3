//! Requests to the OpenID Provider.

use async_trait::async_trait;
use authloom::auth::{
    ACCESS_TOKEN_TTL, AUTHORIZATION_URL, CodeVerifier, KEY_SET_URL, REVOCATION_URL, TOKEN_URL,
    USERINFO_URL, UserId, World,
};
use http::{Request, Response};
use proptest::prelude::*;

use crate::scripts::{Operation, assert_nothing_is_missed};

/// What a caller does next, by the names that tokens and codes will have.
#[derive(Debug, Clone, Copy)]
pub enum Op {
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
fn op() -> BoxedStrategy<Op> {
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
    .boxed()
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

fn told(response: &Response<Vec<u8>>) -> String {
    let location = response.headers().get("location");
    let location = location.and_then(|it| it.to_str().ok()).unwrap_or_default();
    format!("{} {location} {}", response.status(), String::from_utf8_lossy(response.body()))
}

#[async_trait]
impl Operation for Op {
    fn arrange(world: &World) {
        world.server().log_in_live(&UserId::new("alice"));
        world.server().log_in_live(&UserId::new("bob"));
        world.server().issue_callback(&CodeVerifier::new(VERIFIER));
    }

    async fn run(self, world: &World, _me: usize) -> Option<String> {
        let Some(request) = request(self) else {
            match self {
                Op::RotateKey => world.server().rotate_signing_key(),
                _ => world.clock().advance(ACCESS_TOKEN_TTL),
            }
            return None;
        };
        let response = world.http().send(request).await.expect("somebody is there");
        Some(told(&response))
    }
}

#[test]
fn no_answer_of_the_provider_is_missed() {
    assert_nothing_is_missed(op, 300, 200, 2_000);
}

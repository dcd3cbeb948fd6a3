//! The OpenID Provider over raw HTTP, by hand: each request arrives and is answered as soon as it
//! is made.

use authloom::auth::{
    ACCESS_TOKEN_TTL, AUTHORIZATION_URL, CodeVerifier, REVOCATION_URL, TOKEN_URL, USERINFO_URL,
    UserId, World,
};
use http::{Request, Response, header};
use serde_json::{Value, json};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// All that an authorization request needs.
const ASKED: [(&str, &str); 8] = [
    ("response_type", "code"),
    ("client_id", "app"),
    ("redirect_uri", "https://app.test/callback"),
    ("scope", "openid"),
    ("state", "a state & more"),
    ("nonce", "a-nonce"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("code_challenge_method", "S256"),
];

async fn send(world: &World, request: http::request::Builder, body: &str) -> Response<Vec<u8>> {
    let request = request.body(body.as_bytes().to_vec()).expect("the request is well-formed");
    world.http().send(request).await.expect("there is a server at this URL")
}

fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What the authorization endpoint says to [`ASKED`] with one parameter replaced, or left out.
async fn authorize(world: &World, name: &str, value: Option<&str>) -> Response<Vec<u8>> {
    let others = ASKED.into_iter().filter(|(other, _)| *other != name);
    let query = form(others.chain(value.map(|value| (name, value))));
    send(world, Request::get(format!("{AUTHORIZATION_URL}?{query}")), "").await
}

fn header_of(response: &Response<Vec<u8>>, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name).map(|value| value.to_str().expect("the header is text"))
}

fn json_of(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).expect("the body is JSON")
}

/// Exchanges a code of [`ASKED`], with more parameters.
async fn exchange(world: &World, code: &str, more: &[(&str, &str)]) -> Response<Vec<u8>> {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    let body = form(pairs.into_iter().chain(more.iter().copied()));
    send(world, Request::post(TOKEN_URL), &body).await
}

const REDIRECT: (&str, &str) = ("redirect_uri", "https://app.test/callback");

async fn userinfo(world: &World, token: &str) -> Response<Vec<u8>> {
    let bearer = format!("Bearer {token}");
    send(world, Request::get(USERINFO_URL).header(header::AUTHORIZATION, bearer), "").await
}

async fn revoke(world: &World, token: &str) -> Response<Vec<u8>> {
    let body = form([("client_id", "app"), ("token", token)]);
    send(world, Request::post(REVOCATION_URL), &body).await
}

#[tokio::test]
async fn a_code_comes_back_with_the_state() {
    let world = World::by_hand();
    let response = authorize(&world, "login_hint", Some("alice")).await;
    assert_eq!(response.status(), 302);
    let location = "https://app.test/callback?code=code-1&state=a+state+%26+more";
    assert_eq!(header_of(&response, header::LOCATION), Some(location));
    assert_eq!(exchange(&world, "code-1", &[REDIRECT]).await.status(), 200);
    let info = userinfo(&world, "at-1").await;
    assert_eq!((info.status().as_u16(), json_of(&info)), (200, json!({ "sub": "alice" })));
}

/// OpenID Connect Core, section 3.1.2.1: as a form too.
#[tokio::test]
async fn a_posted_request_is_answered_the_same() {
    let world = World::by_hand();
    let response = send(&world, Request::post(AUTHORIZATION_URL), &form(ASKED)).await;
    let location = "https://app.test/callback?code=code-1&state=a+state+%26+more";
    assert_eq!(header_of(&response, header::LOCATION), Some(location));
}

/// RFC 6749, section 4.1.2.1: what is wrong goes to the client, unless it is unclear who that is.
#[tokio::test]
async fn a_bad_request_is_told_to_the_client_or_to_nobody() {
    let world = World::by_hand();
    for (name, value, error) in [
        ("response_type", None, "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
    ] {
        let response = authorize(&world, name, value).await;
        assert_eq!(response.status(), 302, "{name} {value:?}");
        let location = format!("https://app.test/callback?error={error}&state=a+state+%26+more");
        assert_eq!(header_of(&response, header::LOCATION), Some(&*location), "{name} {value:?}");
    }
    for (name, value) in [
        ("client_id", None),
        ("client_id", Some("another")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://app.test/callback/")),
    ] {
        let response = authorize(&world, name, value).await;
        assert_eq!(response.status(), 400, "{name} {value:?}");
        assert_eq!(header_of(&response, header::LOCATION), None, "{name} {value:?}");
    }
    let twice = format!("{AUTHORIZATION_URL}?{}&state=other", form(ASKED));
    assert_eq!(send(&world, Request::get(twice), "").await.status(), 400);
    let response = authorize(&world, "color", Some("blue")).await;
    let location = "https://app.test/callback?code=code-1&state=a+state+%26+more";
    assert_eq!(header_of(&response, header::LOCATION), Some(location), "none was issued before");
}

/// RFC 6749, section 4.1.3: the redirection URI of the request has to be said again.
#[tokio::test]
async fn a_code_is_bound_to_its_redirection_uri() {
    let world = World::by_hand();
    authorize(&world, "color", None).await;
    for more in [&[][..], &[("redirect_uri", "https://evil.test/callback")]] {
        let response = exchange(&world, "code-1", more).await;
        assert_eq!(json_of(&response), json!({ "error": "invalid_grant" }), "{more:?}");
    }
    assert_eq!(exchange(&world, "code-1", &[REDIRECT]).await.status(), 200);
}

/// An ID token comes with the scope `openid` only, and in a build that can sign.
#[tokio::test]
async fn an_id_token_comes_with_the_scope_openid() {
    let world = World::by_hand();
    authorize(&world, "color", None).await;
    authorize(&world, "scope", Some("profile")).await;
    let with = json_of(&exchange(&world, "code-1", &[REDIRECT]).await);
    let without = json_of(&exchange(&world, "code-2", &[REDIRECT]).await);
    assert_eq!(with.get("id_token").is_some(), cfg!(feature = "openid"));
    assert_eq!(without.get("id_token"), None);
}

/// RFC 6750, section 3.1: without a token there is no error code; with a dead one there is.
#[tokio::test]
async fn user_info_is_for_live_tokens() {
    let world = World::by_hand();
    world.server().log_in_live(&UserId::new("alice"));
    assert_eq!(json_of(&userinfo(&world, "at-1").await), json!({ "sub": "alice" }));
    let nothing = send(&world, Request::get(USERINFO_URL), "").await;
    assert_eq!(nothing.status(), 401);
    let challenge = "Bearer realm=\"as.test\"";
    assert_eq!(header_of(&nothing, header::WWW_AUTHENTICATE), Some(challenge));
    world.clock().advance(ACCESS_TOKEN_TTL);
    for token in ["at-1", "at-2", ""] {
        let response = userinfo(&world, token).await;
        assert_eq!(response.status(), 401, "{token}");
        let challenge = "Bearer realm=\"as.test\", error=\"invalid_token\"";
        assert_eq!(header_of(&response, header::WWW_AUTHENTICATE), Some(challenge), "{token}");
        assert!(response.body().is_empty(), "{token}");
    }
}

/// RFC 7009, section 2.1: a refresh token takes the grant along, an access token need not.
#[tokio::test]
async fn a_revocation_ends_the_family_or_one_access_token() {
    let world = World::by_hand();
    for user in ["alice", "bob"] {
        world.server().log_in_live(&UserId::new(user));
    }
    let refresh = async |token: &str| {
        let pairs = [("grant_type", "refresh_token"), ("client_id", "app")];
        let body = form(pairs.into_iter().chain([("refresh_token", token)]));
        send(&world, Request::post(TOKEN_URL), &body).await.status().as_u16()
    };
    assert_eq!(refresh("rt-1").await, 200);
    assert_eq!(revoke(&world, "at-1").await.status(), 200);
    assert_eq!(userinfo(&world, "at-1").await.status(), 401);
    assert_eq!(userinfo(&world, "at-1.2").await.status(), 200);
    // The spent one will do: it names the grant.
    assert_eq!(revoke(&world, "rt-1").await.status(), 200);
    assert_eq!(userinfo(&world, "at-1.2").await.status(), 401);
    assert_eq!(refresh("rt-1.2").await, 400);
    assert_eq!(
        (refresh("rt-2").await, userinfo(&world, "at-2").await.status().as_u16()),
        (200, 200)
    );
}

/// RFC 7009, sections 2.1 and 2.2.
#[tokio::test]
async fn a_revocation_of_nothing_is_no_error_but_a_bad_request_is() {
    let world = World::by_hand();
    world.server().log_in_live(&UserId::new("alice"));
    for _ in 0..2 {
        let response = revoke(&world, "rt-of-nobody").await;
        assert_eq!((response.status().as_u16(), response.body().len()), (200, 0));
    }
    for (body, status, error) in [
        ("client_id=app", 400, "invalid_request"),
        ("client_id=app&token=", 400, "invalid_request"),
        ("token=rt-1", 401, "invalid_client"),
        ("client_id=app&client_secret=wrong&token=rt-1", 401, "invalid_client"),
    ] {
        let response = send(&world, Request::post(REVOCATION_URL), body).await;
        assert_eq!(response.status(), status, "{body}");
        assert_eq!(json_of(&response), json!({ "error": error }), "{body}");
    }
    assert_eq!(userinfo(&world, "at-1").await.status(), 200, "nothing was revoked");
}

#[tokio::test]
async fn each_endpoint_has_its_methods() {
    let world = World::by_hand();
    for (url, allowed) in [
        (TOKEN_URL, "POST"),
        (REVOCATION_URL, "POST"),
        (AUTHORIZATION_URL, "GET, POST"),
        (USERINFO_URL, "GET, POST"),
    ] {
        let response = send(&world, Request::put(url), "").await;
        assert_eq!(response.status(), 405, "{url}");
        assert_eq!(header_of(&response, header::ALLOW), Some(allowed), "{url}");
    }
}

#[test]
fn the_verifier_is_that_of_the_challenge() {
    assert_eq!(CodeVerifier::new(VERIFIER).s256().secret(), ASKED[6].1);
}

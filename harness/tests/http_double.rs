//! The token endpoint over raw HTTP: a form in, JSON out.
//!
//! No exploration takes part: each request arrives and is answered as soon as it is made. A table
//! of bad requests is sent to one world, and a good request after it shows that nothing changed.

use authloom::auth::{
    ACCESS_TOKEN_TTL, CLIENT_ID, CLIENT_SECRET, CodeVerifier, HttpError, TOKEN_URL, UserId, World,
};
use base64::Engine as _;
use http::{Method, Request, Response, header};
use serde_json::{Value, json};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Alice's first refresh, by a public client.
const REFRESH: &str = "grant_type=refresh_token&refresh_token=rt-1&client_id=app";

/// The exchange of a world's first code, by a public client.
const EXCHANGE: &str = "grant_type=authorization_code&code=code-1&client_id=app\
    &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A refresh that leaves it to the header to say whose it is.
const REFRESH_WITHOUT_CLIENT: &str = "grant_type=refresh_token&refresh_token=rt-1";

fn world_with_login() -> World {
    let world = World::by_hand();
    world.server().log_in_live(&UserId::new("alice"));
    world
}

fn world_with_code() -> World {
    let world = World::by_hand();
    world.server().issue_code(CodeVerifier::new(VERIFIER).s256());
    world
}

async fn send(world: &World, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    world.http().send(request).await.expect("there is a server at the token URL")
}

async fn post(world: &World, body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    let request = Request::post(TOKEN_URL).body(body.as_ref().to_vec());
    send(world, request.expect("the request is well-formed")).await
}

/// Sends `body` with an `Authorization` header.
async fn post_as(world: &World, header: &[u8], body: &str) -> Response<Vec<u8>> {
    let request = Request::post(TOKEN_URL)
        .header(header::AUTHORIZATION, header)
        .body(body.as_bytes().to_vec());
    send(world, request.expect("the request is well-formed")).await
}

fn basic(credentials: impl AsRef<[u8]>) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(credentials))
}

fn json_of(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).expect("the body is JSON")
}

fn header_of(response: &Response<Vec<u8>>, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name).map(|value| value.to_str().expect("the header is text"))
}

/// That `response` carries the tokens of this name, and nothing else.
fn assert_issued(response: &Response<Vec<u8>>, name: &str) {
    let expected = json!({
        "access_token": format!("at-{name}"),
        "refresh_token": format!("rt-{name}"),
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_TTL.as_secs(),
    });
    assert_eq!(response.status(), 200);
    assert_eq!(json_of(response), expected);
    assert_eq!(header_of(response, header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(header_of(response, header::CACHE_CONTROL), Some("no-store"));
}

/// That `response` is this error of RFC 6749, section 5.2, and nothing else.
fn assert_refused(response: &Response<Vec<u8>>, status: u16, error: &str, request: &str) {
    assert_eq!(response.status(), status, "to {request}");
    assert_eq!(json_of(response), json!({ "error": error }), "to {request}");
    assert_eq!(header_of(response, header::CONTENT_TYPE), Some("application/json"));
}

#[tokio::test]
async fn a_refresh_answers_the_next_pair() {
    let world = world_with_login();
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

#[tokio::test]
async fn a_code_exchange_answers_the_first_pair() {
    let world = world_with_code();
    assert_issued(&post(&world, EXCHANGE).await, "1");
}

/// RFC 6749, section 3.2: unrecognized parameters are ignored, and one without a value counts as
/// left out.
#[tokio::test]
async fn a_form_is_decoded_and_read_for_what_it_needs() {
    let world = world_with_login();
    let form = "scope=&client_secret=&color=blue&client%5Fid=app\
        &refresh_token=%72t-1&grant_type=refresh%5ftoken";
    assert_issued(&post(&world, form).await, "1.2");
}

#[tokio::test]
async fn a_missing_parameter_is_an_invalid_request() {
    let world = world_with_login();
    for form in [
        "client_id=app",
        "grant_type=&client_id=app&refresh_token=rt-1",
        "grant_type=refresh_token&client_id=app",
        "grant_type=refresh_token&client_id=app&refresh_token=",
        "grant_type=authorization_code&client_id=app&code_verifier=v",
        "grant_type=authorization_code&client_id=app&code=code-1",
    ] {
        assert_refused(&post(&world, form).await, 400, "invalid_request", form);
    }
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

/// RFC 6749, section 3.2. Each parameter of two good requests is given twice, with the same value.
#[tokio::test]
async fn a_duplicated_parameter_is_an_invalid_request() {
    for (world, form) in [(world_with_login(), REFRESH), (world_with_code(), EXCHANGE)] {
        for parameter in form.split('&') {
            let twice = format!("{form}&{parameter}");
            assert_refused(&post(&world, &twice).await, 400, "invalid_request", &twice);
        }
        assert_eq!(post(&world, form).await.status(), 200);
    }
}

#[tokio::test]
async fn an_unknown_client_or_a_bad_secret_is_an_invalid_client() {
    let world = world_with_login();
    for client in ["", "&client_id=", "&client_id=other", "&client_id=app&client_secret=guess"] {
        let form = format!("{REFRESH_WITHOUT_CLIENT}{client}");
        assert_refused(&post(&world, &form).await, 401, "invalid_client", &form);
    }
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

#[tokio::test]
async fn a_client_is_known_by_its_secret_in_the_form() {
    let world = world_with_login();
    let form = format!("{REFRESH}&client_secret={CLIENT_SECRET}");
    assert_issued(&post(&world, &form).await, "1.2");
}

/// RFC 6749, section 2.3.1. The scheme's name is case-insensitive (RFC 7617, section 2), and a
/// client may repeat its identifier in the form.
#[tokio::test]
async fn a_client_is_known_by_its_basic_header() {
    let header = basic(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    for header in [header.clone(), header.replace("Basic", "basic")] {
        for form in [REFRESH_WITHOUT_CLIENT, REFRESH] {
            let world = world_with_login();
            assert_issued(&post_as(&world, header.as_bytes(), form).await, "1.2");
        }
    }
}

/// RFC 6749, section 5.2: the answer to a bad header names the scheme that was tried. A good
/// identifier in the form does not make up for it.
#[tokio::test]
async fn a_bad_basic_header_is_an_invalid_client() {
    let world = world_with_login();
    let good = basic(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    for header in [
        basic("app:guess"),
        basic("other:app-secret"),
        basic("app"),
        basic(b"\xff\xfe"),
        basic(""),
        String::from("Basic"),
        String::from("Basic %%%"),
        String::from("Bearer at-1"),
        good.replace("Basic ", "Digest "),
        good.replace("Basic ", ""),
        String::new(),
    ] {
        let response = post_as(&world, header.as_bytes(), REFRESH).await;
        assert_refused(&response, 401, "invalid_client", &header);
        let challenge = header_of(&response, header::WWW_AUTHENTICATE);
        assert_eq!(challenge, Some("Basic realm=\"as.test\""), "to {header}");
    }
    let response = post_as(&world, b"Basic \xff", REFRESH).await;
    assert_refused(&response, 401, "invalid_client", "bytes that are not text");
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

/// RFC 6749, section 5.2, names it among the invalid requests.
#[tokio::test]
async fn two_ways_to_authenticate_are_an_invalid_request() {
    let world = world_with_login();
    let header = basic(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    for secret in [CLIENT_SECRET, "guess"] {
        let form = format!("{REFRESH}&client_secret={secret}");
        let response = post_as(&world, header.as_bytes(), &form).await;
        assert_refused(&response, 400, "invalid_request", &form);
    }
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

#[tokio::test]
async fn an_unknown_token_code_or_verifier_is_an_invalid_grant() {
    let world = world_with_code();
    let right = EXCHANGE.split_once(VERIFIER).expect("the verifier is in the form").0;
    for form in [
        String::from(REFRESH),
        EXCHANGE.replace("code-1", "code-2"),
        format!("{right}guess"),
        // RFC 7636, section 4.6: the challenge itself is not the verifier.
        format!("{right}{}", CodeVerifier::new(VERIFIER).s256().secret()),
    ] {
        assert_refused(&post(&world, &form).await, 400, "invalid_grant", &form);
    }
    assert_issued(&post(&world, EXCHANGE).await, "1");
}

/// The consumed token gives its family away: its successor is refused too. Bob is not concerned.
#[tokio::test]
async fn a_consumed_refresh_token_is_an_invalid_grant_for_its_whole_family() {
    let world = world_with_login();
    world.server().log_in_live(&UserId::new("bob"));
    let (successor, of_bob) = (REFRESH.replace("rt-1", "rt-1.2"), REFRESH.replace("rt-1", "rt-2"));
    assert_issued(&post(&world, REFRESH).await, "1.2");
    assert_refused(&post(&world, REFRESH).await, 400, "invalid_grant", REFRESH);
    assert_refused(&post(&world, &successor).await, 400, "invalid_grant", &successor);
    assert_issued(&post(&world, &of_bob).await, "2.2");
}

/// RFC 6749, section 4.1.2: a code that comes back takes along what was issued for it.
#[tokio::test]
async fn a_used_code_is_an_invalid_grant_for_its_refresh_token_too() {
    let world = world_with_code();
    assert_issued(&post(&world, EXCHANGE).await, "1");
    assert_refused(&post(&world, EXCHANGE).await, 400, "invalid_grant", EXCHANGE);
    assert_refused(&post(&world, REFRESH).await, 400, "invalid_grant", REFRESH);
}

#[tokio::test]
async fn another_grant_type_is_unsupported() {
    let world = world_with_login();
    for grant_type in ["password", "client_credentials", "Refresh_Token", "refresh_token%20"] {
        let form = REFRESH.replace("grant_type=refresh_token", &format!("grant_type={grant_type}"));
        assert_refused(&post(&world, &form).await, 400, "unsupported_grant_type", &form);
    }
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

/// RFC 6749, section 3.2: a token request is a POST.
#[tokio::test]
async fn another_method_is_not_allowed() {
    let world = world_with_login();
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let request = Request::builder().method(&method).uri(TOKEN_URL).body(REFRESH.into());
        let response = send(&world, request.expect("the request is well-formed")).await;
        assert_eq!(response.status(), 405, "to {method}");
        assert!(response.body().is_empty(), "to {method}");
    }
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

#[tokio::test]
async fn another_url_has_no_server() {
    let world = world_with_login();
    for url in ["https://as.test/", "http://as.test/token", "https://other.test/token", "/token"] {
        let request = Request::post(url).body(REFRESH.into());
        let answer = world.http().send(request.expect("the request is well-formed")).await;
        let error = answer.expect_err("nobody is there");
        assert_eq!(error, HttpError::NoServer { url: String::from(url) });
        let text = "the endpoints of this world are those of https://as.test";
        assert_eq!(error.to_string(), format!("no server at {url}: {text}"));
    }
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

/// Two failures, each taken by one request; then the same token works.
#[tokio::test]
async fn a_failure_is_a_503_that_changes_nothing() {
    let world = world_with_login();
    world.server().fail_next_token_request();
    world.server().fail_next_token_request();
    for _ in 0..2 {
        let response = post(&world, REFRESH).await;
        assert_eq!(response.status(), 503);
        assert!(response.body().is_empty());
    }
    assert_issued(&post(&world, REFRESH).await, "1.2");
}

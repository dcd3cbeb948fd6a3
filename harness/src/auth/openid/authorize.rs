//! The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core, section 3.1.2): issues a
//! code that is bound to what was asked, and sends the user agent back with it.
//!
//! There is no page to log in at: how end-users are authenticated is none of the specifications'
//! business (section 3.1.2.3). Whoever comes is authenticated and agrees at once.

use std::collections::BTreeMap;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use crate::auth::authorization_server::{Authentication, CLIENT_ID, CodeRequest};
use crate::auth::endpoint::Answer;
use crate::auth::http::{form, respond};
use crate::auth::identity::UserId;
use crate::auth::ledger::Event;
use crate::auth::objects;
use crate::auth::secret::{CodeChallenge, Nonce};
use crate::auth::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Operation, operation};

/// Where the authorization endpoint is.
pub const AUTHORIZATION_URL: &str = "https://as.test/authorize";

/// Where the one registered client has user agents sent back to (RFC 6749, section 3.1.2).
pub const REDIRECT_URI: &str = "https://app.test/callback";

/// An authorization request.
pub static AUTHORIZE: Operation = operation!("authorize", Network);

type Parameters = BTreeMap<String, String>;

pub(in crate::auth) fn serve(world: &World, request: &Request<Vec<u8>>, by: Lane) -> Answer {
    let parameters = match *request.method() {
        Method::GET => request.uri().query().unwrap_or_default().as_bytes(),
        _ => request.body(),
    };
    // A parameter is there twice, so that it is not clear whom to tell.
    let Ok(parameters) = form(parameters) else { return Ok(not_redirected()) };
    let value = |name: &str| parameters.get(name).filter(|value| !value.is_empty());
    // Section 4.1.2.1: with these wrong, the user agent must not be sent anywhere.
    let is_client = value("client_id").is_some_and(|id| id == CLIENT_ID);
    if !is_client || value("redirect_uri").is_none_or(|uri| uri != REDIRECT_URI) {
        return Ok(not_redirected());
    }
    let result = match read(world, &parameters) {
        Ok(asked) => {
            world.touch(Access::write(objects::AUTHORIZATION_SERVER));
            let facts = &mut *world.facts();
            let code = facts.server.issue_code(asked);
            facts.ledger.push(by, Event::CodeIssued { code: code.clone() });
            ("code", code.secret().to_owned())
        }
        Err(error) => ("error", String::from(error)),
    };
    Ok(redirect(result, value("state")))
}

/// Reads what is asked for; else says which error it is (RFC 6749, section 4.1.2.1).
fn read(world: &World, parameters: &Parameters) -> Result<CodeRequest, &'static str> {
    let value = |name: &str| parameters.get(name).filter(|value| !value.is_empty());
    match value("response_type").map(String::as_str) {
        None => return Err("invalid_request"),
        Some("code") => {}
        Some(_) => return Err("unsupported_response_type"),
    }
    // Without a method it is `plain` (RFC 7636, section 4.3), which is not served here; nor is a
    // login without PKCE (section 4.4.1).
    if value("code_challenge_method").is_none_or(|method| method != "S256") {
        return Err("invalid_request");
    }
    let challenge = value("code_challenge").ok_or("invalid_request")?;
    let scope = value("scope").map(String::as_str).unwrap_or_default();
    let authentication = scope.split(' ').any(|one| one == "openid").then(|| Authentication {
        nonce: value("nonce").map(|nonce| Nonce::new(nonce.as_str())),
        at: world.now(),
    });
    Ok(CodeRequest {
        challenge: CodeChallenge::new(challenge.as_str()),
        user: value("login_hint").map(|user| UserId::new(user)),
        authentication,
        names_redirect: true,
    })
}

/// Section 4.1.2: the answer is in the query, and `state` is what it was.
fn redirect((name, value): (&str, String), state: Option<&String>) -> Response<Vec<u8>> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair(name, &value);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    let location = HeaderValue::from_str(&format!("{REDIRECT_URI}?{}", query.finish()));
    let mut response = respond(StatusCode::FOUND, Vec::new());
    response.headers_mut().insert(header::LOCATION, location.expect("a query is ASCII"));
    response
}

fn not_redirected() -> Response<Vec<u8>> {
    respond(StatusCode::BAD_REQUEST, Vec::new())
}

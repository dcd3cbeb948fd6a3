//! The UserInfo endpoint (OpenID Connect Core, section 5.3): says whose an access token is.

use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::json;

use crate::auth::endpoint::Answer;
use crate::auth::http::respond;
use crate::auth::ledger::Event;
use crate::auth::secret::AccessToken;
use crate::auth::world::World;
use crate::explore::Lane;
use crate::world::{Fault, Operation, operation};

/// Where the UserInfo endpoint is.
pub const USERINFO_URL: &str = "https://as.test/userinfo";

/// A UserInfo request.
pub static USERINFO: Operation = operation!("userinfo", Network, Fault::ALL_BUT_REFUSED);

pub(in crate::auth) fn serve(world: &World, request: &Request<Vec<u8>>, by: Lane) -> Answer {
    let Some(token) = bearer_token(request) else {
        // RFC 6750, section 3.1: without a token, the challenge does not name an error.
        return Ok(challenge("Bearer realm=\"as.test\""));
    };
    let now = world.now();
    let facts = &mut *world.facts();
    for access in facts.server.touched_by_token(&token) {
        world.touch(access);
    }
    let is_live = facts.server.is_live(&token, now);
    facts.ledger.push(by, Event::UserInfoAsked { token: token.clone(), is_live });
    let subject = facts.server.subject_of_token(&token).filter(|_| is_live);
    let Some(subject) = subject else {
        return Ok(challenge("Bearer realm=\"as.test\", error=\"invalid_token\""));
    };
    // Section 5.3.2: `sub` is always there.
    let body = json!({ "sub": subject.as_str() }).to_string().into_bytes();
    Ok(respond(StatusCode::OK, body))
}

/// RFC 6750, section 2.1.
fn bearer_token(request: &Request<Vec<u8>>) -> Option<AccessToken> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| AccessToken::new(token))
}

/// RFC 6750, section 3.
fn challenge(value: &'static str) -> Response<Vec<u8>> {
    let mut response = respond(StatusCode::UNAUTHORIZED, Vec::new());
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(value));
    response
}

//! The revocation endpoint (RFC 7009).

use http::{Request, StatusCode};

use crate::auth::endpoint::Answer;
use crate::auth::http::{client_form, refusal, respond};
use crate::auth::token_endpoint::OAuthErrorCode;
use crate::auth::world::World;
use crate::explore::Lane;
use crate::world::{Fault, Operation, operation};

/// Where the revocation endpoint is.
pub const REVOCATION_URL: &str = "https://as.test/revoke";

/// A revocation request.
pub static REVOKE: Operation = operation!("revoke", Network, Fault::ALL_BUT_REFUSED);

/// Section 2.1: the client authenticates as at the token endpoint. Section 2.2: a token that is
/// unknown, or dead already, is answered like any other.
pub(in crate::auth) fn serve(world: &World, request: &Request<Vec<u8>>, by: Lane) -> Answer {
    let form = match client_form(request) {
        Ok(form) => form,
        Err(error) => return Ok(refusal(error)),
    };
    let Some(token) = form.get("token").filter(|token| !token.is_empty()) else {
        return Ok(refusal(OAuthErrorCode::InvalidRequest));
    };
    let facts = &mut *world.facts();
    for access in facts.server.touched_by_revocation(token) {
        world.touch(access);
    }
    facts.server.revoke(token, by, &mut facts.ledger);
    Ok(respond(StatusCode::OK, Vec::new()))
}

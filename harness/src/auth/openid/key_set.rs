//! The provider's public keys, as a JWK Set (RFC 7517, section 5).

use http::{Request, StatusCode};

use crate::auth::authorization_server::AuthorizationServer;
use crate::auth::endpoint::Answer;
use crate::auth::http::respond;
use crate::auth::objects;
use crate::auth::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Fault, Operation, operation};

/// Where the keys are.
pub const KEY_SET_URL: &str = "https://as.test/jwks";

/// A request for the keys.
pub static FETCH_KEYS: Operation = operation!("jwks", Network, Fault::ALL_BUT_REFUSED);

pub(in crate::auth) fn serve(world: &World, _: &Request<Vec<u8>>, _: Lane) -> Answer {
    world.touch(Access::read(objects::SIGNING_KEYS));
    let keys = world.facts().server.signing_keys();
    Ok(respond(StatusCode::OK, keys.to_string().into_bytes()))
}

impl AuthorizationServer {
    /// Has ID tokens signed with a new key from now on. The old ones stay published, so that what
    /// was signed with them can be verified; a client that fetched the keys before does not know
    /// the new one until it fetches them again (OpenID Connect Core, section 10.1.1).
    pub fn rotate_signing_key(&self) {
        let world = self.world();
        world.touch(Access::write(objects::SIGNING_KEYS));
        world.facts().server.rotate_signing_key();
    }
}

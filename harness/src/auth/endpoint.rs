//! Where the authorization server answers over raw HTTP, and who answers there.

use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::http::{HttpError, respond, serve_token};
use super::openid::{authorize, revocation, userinfo};
#[cfg(feature = "openid")]
use super::openid::{discovery, key_set};
use super::token_endpoint::TOKEN;
use super::world::World;
use crate::explore::Lane;
use crate::world::Operation;

/// The issuer identifier of the authorization server (OpenID Connect Core, section 1.2). All its
/// endpoints are below.
pub const ISSUER: &str = "https://as.test";

/// Where the token endpoint is.
pub const TOKEN_URL: &str = "https://as.test/token";

/// What a request gets.
pub(super) type Answer = Result<Response<Vec<u8>>, HttpError>;

/// Something that is served.
pub(super) struct Endpoint {
    url: &'static str,
    pub(super) operation: &'static Operation,
    methods: &'static [Method],
    serve: fn(&World, &Request<Vec<u8>>, Lane) -> Answer,
}

static ENDPOINTS: &[Endpoint] = &[
    // RFC 6749, section 3.2: the client MUST use POST.
    Endpoint { url: TOKEN_URL, operation: &TOKEN, methods: &[Method::POST], serve: serve_token },
    // OpenID Connect Core, section 3.1.2.1: GET and POST.
    Endpoint {
        url: authorize::AUTHORIZATION_URL,
        operation: &authorize::AUTHORIZE,
        methods: &[Method::GET, Method::POST],
        serve: authorize::serve,
    },
    // OpenID Connect Core, section 5.3: GET and POST.
    Endpoint {
        url: userinfo::USERINFO_URL,
        operation: &userinfo::USERINFO,
        methods: &[Method::GET, Method::POST],
        serve: userinfo::serve,
    },
    // RFC 7009, section 2.1: POST.
    Endpoint {
        url: revocation::REVOCATION_URL,
        operation: &revocation::REVOKE,
        methods: &[Method::POST],
        serve: revocation::serve,
    },
    // OpenID Connect Discovery, section 4.1: GET.
    #[cfg(feature = "openid")]
    Endpoint {
        url: discovery::DISCOVERY_URL,
        operation: &discovery::DISCOVER,
        methods: &[Method::GET],
        serve: discovery::serve,
    },
    #[cfg(feature = "openid")]
    Endpoint {
        url: key_set::KEY_SET_URL,
        operation: &key_set::FETCH_KEYS,
        methods: &[Method::GET],
        serve: key_set::serve,
    },
];

impl Endpoint {
    /// Who answers at a URL. Only the authorization endpoint takes a query.
    pub(super) fn at(url: &str) -> Option<&'static Endpoint> {
        let (place, query) = url.split_once('?').unzip();
        let place = place.unwrap_or(url);
        let takes_query = place == authorize::AUTHORIZATION_URL;
        let mut all = ENDPOINTS.iter();
        all.find(|endpoint| endpoint.url == place && (query.is_none() || takes_query))
    }

    /// Serves a request that has arrived.
    pub(super) fn serve(&self, world: &World, request: &Request<Vec<u8>>, by: Lane) -> Answer {
        if self.methods.contains(request.method()) {
            return (self.serve)(world, request, by);
        }
        let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, Vec::new());
        let names: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        let names = HeaderValue::from_str(&names.join(", ")).expect("method names are ASCII");
        response.headers_mut().insert(header::ALLOW, names);
        Ok(response)
    }
}

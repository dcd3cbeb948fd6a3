//! An HTTP client of the authorization server, and its token endpoint over raw HTTP: a form in,
//! JSON out (RFC 6749, sections 4.1.3, 5 and 6).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::Location;

use base64::Engine as _;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::json;

use super::authorization_server::{CLIENT_ID, CLIENT_SECRET, TokenRequest};
use super::endpoint::{Answer, Endpoint, ISSUER};
use super::ledger::Event;
use super::secret::{AuthorizationCode, CodeVerifier, RefreshToken};
use super::token_endpoint::{OAuthErrorCode, TokenError, TokenResponse};
use super::world::World;
use crate::explore::Lane;
use crate::world::{Call, Operation, Setting as _, operation};

/// What is left of an answer that was cut off.
const CUT_OFF_JSON: &[u8] = br#"{"access_token":"#;

/// A request to any other URL.
static ELSEWHERE: Operation = operation!("http", Network);

/// An HTTP client whose only peer is the world's authorization server.
#[derive(Clone)]
pub struct HttpDouble {
    world: World,
}

/// Why there is no HTTP response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The request was for a URL that nobody serves.
    #[error("no server at {url}: the endpoints of this world are those of {ISSUER}")]
    NoServer {
        /// The URL that was asked for, without what its query says: that may be a secret.
        url: String,
    },
    /// The connection ended before an answer came.
    #[error("the connection ended before an answer came")]
    NoAnswer,
}

impl HttpDouble {
    pub(super) fn of(world: &World) -> Self {
        HttpDouble { world: world.clone() }
    }

    /// Sends a request. It takes its steps like any call: it arrives, it is answered.
    ///
    /// # Errors
    /// [`HttpError::NoServer`], when the request arrives; [`HttpError::NoAnswer`], when it or its
    /// answer is lost.
    #[track_caller]
    pub fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, HttpError>> + Send + use<> {
        let world = self.world.clone();
        let endpoint = Endpoint::at(&request.uri().to_string());
        let operation = endpoint.map_or(&ELSEWHERE, |endpoint| endpoint.operation);
        let effect = move |by| {
            let served = world.meet_fault(by, |world| serve(world, &request, by));
            served.unwrap_or_else(|fault| answer(Err(fault.as_error())))
        };
        Call::new(self.world.kernel(), operation, Location::caller(), effect)
    }
}

fn serve(world: &World, request: &Request<Vec<u8>>, by: Lane) -> Answer {
    let url = request.uri().to_string();
    if let Some(endpoint) = Endpoint::at(&url) {
        return endpoint.serve(world, request, by);
    }
    let url = url.split_once('?').map(|(place, _)| format!("{place}?..")).unwrap_or(url);
    Err(HttpError::NoServer { url })
}

/// The token endpoint.
pub(super) fn serve_token(world: &World, request: &Request<Vec<u8>>, by: Lane) -> Answer {
    let result = match parse(request) {
        Ok(parsed) => world.serve_token_request(parsed, by),
        Err(error) => {
            world.facts().ledger.push(by, Event::TokenRequestRefused { error });
            Err(TokenError::Refused(error))
        }
    };
    answer(result)
}

/// What a client is answered (RFC 6749, sections 5.1 and 5.2).
fn answer(result: Result<TokenResponse, TokenError>) -> Result<Response<Vec<u8>>, HttpError> {
    Ok(match result {
        Ok(response) => respond(StatusCode::OK, success(&response)),
        Err(TokenError::NoAnswer) => return Err(HttpError::NoAnswer),
        Err(TokenError::Unavailable) => respond(StatusCode::SERVICE_UNAVAILABLE, Vec::new()),
        Err(TokenError::TooManyRequests { retry_after }) => {
            let mut response = respond(StatusCode::TOO_MANY_REQUESTS, Vec::new());
            response.headers_mut().insert(header::RETRY_AFTER, retry_after.as_secs().into());
            response
        }
        Err(TokenError::Unreadable) => respond(StatusCode::OK, CUT_OFF_JSON.to_vec()),
        Err(TokenError::Refused(code)) => refusal(code),
    })
}

/// RFC 6749, section 5.2: 400, and 401 with a challenge for a failed client authentication.
pub(super) fn refusal(code: OAuthErrorCode) -> Response<Vec<u8>> {
    let status = match code {
        OAuthErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": code.as_str() }).to_string().into_bytes();
    let mut response = respond(status, body);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"as.test\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn parse(request: &Request<Vec<u8>>) -> Result<TokenRequest, OAuthErrorCode> {
    let form = client_form(request)?;
    let field = |name: &str| form.get(name).filter(|value| !value.is_empty());
    let required = |name: &str| field(name).cloned().ok_or(OAuthErrorCode::InvalidRequest);
    match required("grant_type")?.as_str() {
        "refresh_token" => Ok(TokenRequest::Refresh {
            refresh_token: RefreshToken::new(required("refresh_token")?),
        }),
        "authorization_code" => Ok(TokenRequest::Exchange {
            code: AuthorizationCode::new(required("code")?),
            verifier: CodeVerifier::new(required("code_verifier")?),
            redirect_uri: field("redirect_uri").cloned().map(Cow::Owned),
        }),
        _ => Err(OAuthErrorCode::UnsupportedGrantType),
    }
}

/// The form that a client sent, if it is the registered one.
pub(super) fn client_form(
    request: &Request<Vec<u8>>,
) -> Result<BTreeMap<String, String>, OAuthErrorCode> {
    let form = form(request.body())?;
    let field = |name: &str| form.get(name).filter(|value| !value.is_empty());
    authenticate(request, field("client_id"), field("client_secret"))?;
    Ok(form)
}

/// RFC 6749, sections 3.1 and 3.2: a parameter must not be given more than once.
pub(super) fn form(body: &[u8]) -> Result<BTreeMap<String, String>, OAuthErrorCode> {
    let mut form = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(OAuthErrorCode::InvalidRequest);
        }
    }
    Ok(form)
}

/// RFC 6749, section 2.3.1: HTTP Basic, or parameters in the body; a public client sends its
/// identifier alone (section 3.2.1).
fn authenticate(
    request: &Request<Vec<u8>>,
    client_id: Option<&String>,
    client_secret: Option<&String>,
) -> Result<(), OAuthErrorCode> {
    let is_known = match request.headers().get(header::AUTHORIZATION) {
        // Section 2.3: never more than one method in a request.
        Some(_) if client_secret.is_some() => return Err(OAuthErrorCode::InvalidRequest),
        Some(value) => value.to_str().is_ok_and(is_registered_by_basic),
        None => {
            client_id.is_some_and(|id| id == CLIENT_ID)
                && client_secret.is_none_or(|secret| secret == CLIENT_SECRET)
        }
    };
    if is_known { Ok(()) } else { Err(OAuthErrorCode::InvalidClient) }
}

fn is_registered_by_basic(value: &str) -> bool {
    let Some((scheme, encoded)) = value.split_once(' ') else { return false };
    if !scheme.eq_ignore_ascii_case("Basic") {
        return false;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded);
    decoded.is_ok_and(|decoded| decoded == format!("{CLIENT_ID}:{CLIENT_SECRET}").into_bytes())
}

/// RFC 6749, section 5.1.
fn success(response: &TokenResponse) -> Vec<u8> {
    let mut body = json!({
        "access_token": response.access_token.secret(),
        "token_type": "Bearer",
        "expires_in": response.expires_in.as_secs(),
    });
    if let Some(refresh_token) = &response.refresh_token {
        body["refresh_token"] = json!(refresh_token.secret());
    }
    // OpenID Connect Core, section 3.1.3.3.
    if let Some(id_token) = &response.id_token {
        body["id_token"] = json!(id_token.secret());
    }
    body.to_string().into_bytes()
}

/// A response, of JSON if it has a body.
pub(super) fn respond(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let is_empty = response.body().is_empty();
    let headers = response.headers_mut();
    if !is_empty {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    // RFC 6749, section 5.1.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

//! The token endpoint (RFC 6749, section 3.2), typed.

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;

use super::authorization_server::TokenRequest;
use super::ledger::Event;
use super::objects;
use super::openid::authorize::REDIRECT_URI;
use super::secret::{AccessToken, AuthorizationCode, CodeVerifier, IdToken, RefreshToken};
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Call, Fault, Operation, RETRY_AFTER, Setting as _, Timestamp, operation};

/// A request to the token endpoint, typed or over HTTP.
pub static TOKEN: Operation = operation!("token", Network, Fault::ALL);

/// The first half of a request to a server whose transitions are torn.
static LOOK_UP: Operation = operation!("look-up", Store);

/// What a refresher and a callback handler ask an authorization server for.
#[async_trait]
pub trait TokenEndpoint: Send + Sync {
    /// Refreshes (RFC 6749, section 6).
    ///
    /// # Errors
    /// What the server answered, or that it cannot be reached.
    async fn refresh(&self, refresh_token: &RefreshToken) -> Result<TokenResponse, TokenError>;

    /// Exchanges an authorization code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
    ///
    /// # Errors
    /// What the server answered, or that it cannot be reached.
    async fn exchange(
        &self,
        code: &AuthorizationCode,
        verifier: &CodeVerifier,
    ) -> Result<TokenResponse, TokenError>;
}

/// A successful answer (RFC 6749, section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// The new access token.
    pub access_token: AccessToken,
    /// The new refresh token; without one, the old one stays in use (RFC 6749, section 6).
    pub refresh_token: Option<RefreshToken>,
    /// Who has logged in, and for which client (OpenID Connect Core, section 3.1.3.3): for a code
    /// of a login with OpenID Connect, in a build with the feature `openid`.
    pub id_token: Option<IdToken>,
    /// How long the access token lives.
    pub expires_in: Duration,
    /// When the access token ends by the server's clock: its `exp` claim, if it is a JWT that the
    /// client can read (RFC 9068, section 2.2). Over HTTP, it is not.
    pub expires_at: Timestamp,
}

/// Why there are no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// An error response (RFC 6749, section 5.2).
    #[error("the token endpoint refused: {0}")]
    Refused(OAuthErrorCode),
    /// A 503. It does not say whether the server has served the request.
    #[error("the token endpoint is unavailable")]
    Unavailable,
    /// A 429 (RFC 6585, section 4): nothing has changed on the server.
    #[error("the token endpoint has too many requests")]
    TooManyRequests {
        /// What the `Retry-After` header says.
        retry_after: Duration,
    },
    /// No answer came: the server may have served the request or not.
    #[error("no answer of the token endpoint came")]
    NoAnswer,
    /// An answer that cannot be read: the server may have served the request or not.
    #[error("the answer of the token endpoint cannot be read")]
    Unreadable,
}

/// The `error` values of RFC 6749, section 5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OAuthErrorCode {
    /// The request is malformed.
    InvalidRequest,
    /// Client authentication failed.
    InvalidClient,
    /// The code or refresh token is invalid, expired, revoked or not this client's.
    InvalidGrant,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// The server does not support this grant type.
    UnsupportedGrantType,
    /// The scope is invalid or exceeds what was granted.
    InvalidScope,
}

impl OAuthErrorCode {
    /// The code as it goes over the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            OAuthErrorCode::InvalidRequest => "invalid_request",
            OAuthErrorCode::InvalidClient => "invalid_client",
            OAuthErrorCode::InvalidGrant => "invalid_grant",
            OAuthErrorCode::UnauthorizedClient => "unauthorized_client",
            OAuthErrorCode::UnsupportedGrantType => "unsupported_grant_type",
            OAuthErrorCode::InvalidScope => "invalid_scope",
        }
    }
}

impl fmt::Display for OAuthErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The double's token endpoint.
#[derive(Clone)]
pub struct TokenEndpointDouble {
    world: World,
}

type Answer = Result<TokenResponse, TokenError>;

impl TokenEndpointDouble {
    pub(super) fn of(world: &World) -> Self {
        TokenEndpointDouble { world: world.clone() }
    }

    fn send<'r>(
        &self,
        request: TokenRequest,
        location: &'static Location<'static>,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'r>> {
        let world = self.world.clone();
        if !world.is_torn() {
            let effect =
                move |by| world.answer_token(by, |world| world.serve_token_request(request, by));
            return Box::pin(Call::new(self.world.kernel(), &TOKEN, location, effect));
        }
        Box::pin(async move {
            let (looking, looked_for) = (world.clone(), request.clone());
            let look = move |_| looking.look_up(&looked_for);
            let is_spent = Call::new(world.kernel(), &LOOK_UP, location, look).await;
            let acting = world.clone();
            let act =
                move |by| acting.answer_token(by, |world| world.act_on(request, is_spent, by));
            Call::new(world.kernel(), &TOKEN, location, act).await
        })
    }
}

impl Fault {
    /// How a client of the token endpoint hears of it.
    pub(super) fn as_error(self) -> TokenError {
        match self {
            Fault::RequestLost | Fault::AnswerLost => TokenError::NoAnswer,
            Fault::ErrorBefore | Fault::ErrorAfter => TokenError::Unavailable,
            Fault::TooManyRequests => TokenError::TooManyRequests { retry_after: RETRY_AFTER },
            Fault::Refused => TokenError::Refused(OAuthErrorCode::InvalidGrant),
            Fault::Garbled => TokenError::Unreadable,
        }
    }
}

impl World {
    /// A call arrives, to be served or to meet a fault first or afterwards.
    pub(super) fn meet_fault<R>(
        &self,
        by: Lane,
        serve: impl FnOnce(&World) -> R,
    ) -> Result<R, Fault> {
        let Some(fault) = self.kernel().fault() else { return Ok(serve(self)) };
        if fault.is_after_commit() {
            serve(self);
        }
        // Who is told of a failure is judged by what has failed by then.
        self.touch(Access::write(objects::AUTHORIZATION_SERVER));
        self.facts().ledger.push(by, Event::Faulted { fault });
        Err(fault)
    }

    /// What a client gets for a request that arrives.
    fn answer_token(&self, by: Lane, serve: impl FnOnce(&World) -> Answer) -> Answer {
        self.meet_fault(by, serve).unwrap_or_else(|fault| Err(fault.as_error()))
    }

    /// The transition of a token request that has arrived.
    pub(super) fn serve_token_request(&self, request: TokenRequest, by: Lane) -> Answer {
        let is_spent = self.look_up(&request);
        self.act_on(request, is_spent, by)
    }

    fn is_torn(&self) -> bool {
        // No step changes it: it is arranged before the first.
        self.facts().server.is_torn
    }

    /// Whether what a request presents is spent.
    fn look_up(&self, request: &TokenRequest) -> bool {
        let facts = self.facts();
        for access in facts.server.touched_by(request) {
            self.touch(access);
        }
        facts.server.is_spent(request)
    }

    fn act_on(&self, request: TokenRequest, is_spent: bool, by: Lane) -> Answer {
        let now = self.now();
        let facts = &mut *self.facts();
        for access in facts.server.touched_by(&request) {
            self.touch(access);
        }
        if let TokenRequest::Exchange { .. } = request {
            // It may sign.
            self.touch(Access::read(objects::SIGNING_KEYS));
        }
        facts.server.serve(request, is_spent, by, now, &mut facts.ledger)
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl TokenEndpoint for TokenEndpointDouble {
    #[track_caller]
    fn refresh<'a, 'b, 'r>(
        &'a self,
        refresh_token: &'b RefreshToken,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'r>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let request = TokenRequest::Refresh { refresh_token: refresh_token.clone() };
        self.send(request, Location::caller())
    }

    #[track_caller]
    fn exchange<'a, 'b, 'c, 'r>(
        &'a self,
        code: &'b AuthorizationCode,
        verifier: &'c CodeVerifier,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'r>>
    where
        'a: 'r,
        'b: 'r,
        'c: 'r,
        Self: 'r,
    {
        let request = TokenRequest::Exchange {
            code: code.clone(),
            verifier: verifier.clone(),
            redirect_uri: Some(REDIRECT_URI.into()),
        };
        self.send(request, Location::caller())
    }
}

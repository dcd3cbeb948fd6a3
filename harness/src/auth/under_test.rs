//! The traits that a team implements for the code it wants proven.

use std::error::Error;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;

use super::identity::{Audience, BrowserId, UserId};
use super::resource_server::PullError;
use super::secret::{AccessToken, AuthorizationCode, CodeVerifier, Nonce, SessionId, State};
use super::session_store::StoreError;
use super::token_endpoint::{OAuthErrorCode, TokenError};

/// Hands out access tokens and refreshes them when they have ended.
#[async_trait]
pub trait TokenRefresher: Send + Sync {
    /// An access token for `user` that is live. A client of a single user may ignore `user`.
    ///
    /// # Errors
    /// When there is none to be had.
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError>;

    /// An access token for one of several resources that a login of `user` is good for. Only
    /// scenarios about that need it.
    ///
    /// # Errors
    /// [`AuthError::NotSupported`], unless an implementation has it.
    async fn access_token_for(
        &self,
        user: &UserId,
        audience: &Audience,
    ) -> Result<AccessToken, AuthError> {
        let _ = (user, audience);
        Err(AuthError::NotSupported)
    }

    /// An access token for `user` in place of `refused`, which a resource server has answered with
    /// a 401 (RFC 6750, section 3.1). Only scenarios about that need it.
    ///
    /// # Errors
    /// [`AuthError::NotSupported`], unless an implementation has it.
    async fn unauthorized(
        &self,
        user: &UserId,
        refused: &AccessToken,
    ) -> Result<AccessToken, AuthError> {
        let _ = (user, refused);
        Err(AuthError::NotSupported)
    }

    /// Signs `user` out on this device: afterwards there are no tokens. Only scenarios about
    /// signing out need it.
    ///
    /// # Errors
    /// [`AuthError::NotSupported`], unless an implementation has it.
    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        let _ = user;
        Err(AuthError::NotSupported)
    }
}

/// Turns the redirect at the end of a login into a session (OIDC Core, section 3.1.2.5).
#[async_trait]
pub trait CallbackHandler: Send + Sync {
    /// Puts aside what a login of `browser` needs when its redirect comes back, before the browser
    /// is sent to the authorization server. Only scenarios about that need it.
    ///
    /// # Errors
    /// [`AuthError::NotSupported`], unless an implementation has it.
    async fn begin_login(
        &self,
        browser: &BrowserId,
        login: &PendingLogin,
    ) -> Result<(), AuthError> {
        let _ = (browser, login);
        Err(AuthError::NotSupported)
    }

    /// Handles one request of `browser` to the redirection endpoint.
    ///
    /// # Errors
    /// When the login did not lead to a session.
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError>;
}

/// Keeps local state in step with a server, in the background and on demand.
#[async_trait]
pub trait SyncEngine: Send + Sync {
    /// Brings a sync about.
    ///
    /// # Errors
    /// When it did not.
    async fn force_sync(&self) -> Result<(), SyncError>;

    /// What a user interface shows.
    async fn sync_status(&self) -> SyncStatus;
}

/// What a redirect brought, and what the login had put aside for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The `code` parameter (RFC 6749, section 4.1.2).
    pub code: AuthorizationCode,
    /// The `state` parameter (RFC 6749, section 4.1.2).
    pub state: State,
    /// The nonce kept with the login's `state` (OpenID Connect Core, section 3.1.2.1).
    pub nonce: Nonce,
    /// The verifier kept with the login's `state` (RFC 7636, section 4.1).
    pub verifier: CodeVerifier,
}

impl Callback {
    /// What the login that it is of has to have put aside.
    pub fn login(&self) -> PendingLogin {
        PendingLogin { state: self.state.clone(), nonce: self.nonce.clone() }
    }
}

/// What a login puts aside until its redirect comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogin {
    /// What the redirect has to bring (RFC 6749, section 10.12).
    pub state: State,
    /// What the ID token has to carry (OpenID Connect Core, section 3.1.3.7).
    pub nonce: Nonce,
}

/// How far the engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct SyncStatus {
    /// Completed sync cycles.
    pub cycles: u64,
}

/// Why there is no token or no session.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    /// The user has no tokens.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The authorization server said no.
    #[error("the authorization server refused: {0}")]
    Refused(OAuthErrorCode),
    /// The authorization server could not be used.
    #[error("the authorization server is unavailable")]
    Unavailable,
    /// A callback is of no login that is under way.
    #[error("no login under way has this state and nonce")]
    UnknownLogin,
    /// The implementation does not have this.
    #[error("not supported")]
    NotSupported,
    /// Anything else.
    #[error(transparent)]
    Other(Arc<dyn Error + Send + Sync>),
}

impl AuthError {
    /// Any error of an implementation's own.
    pub fn other(error: impl Error + Send + Sync + 'static) -> Self {
        AuthError::Other(Arc::new(error))
    }
}

impl Hash for AuthError {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl PartialEq for AuthError {
    /// Errors of an implementation's own are the same if they say the same.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (AuthError::NotSignedIn, AuthError::NotSignedIn)
            | (AuthError::Unavailable, AuthError::Unavailable)
            | (AuthError::UnknownLogin, AuthError::UnknownLogin)
            | (AuthError::NotSupported, AuthError::NotSupported) => true,
            (AuthError::Refused(one), AuthError::Refused(other)) => one == other,
            (AuthError::Other(one), AuthError::Other(other)) => {
                one.to_string() == other.to_string()
            }
            _ => false,
        }
    }
}

impl Eq for AuthError {}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Refused(code) => AuthError::Refused(code),
            TokenError::Unavailable
            | TokenError::TooManyRequests { .. }
            | TokenError::NoAnswer
            | TokenError::Unreadable => AuthError::Unavailable,
        }
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        AuthError::other(error)
    }
}

/// Why a sync did not come about.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SyncError {
    /// The engine has stopped.
    #[error("the sync engine has stopped")]
    Stopped,
    /// The changes could not be pulled.
    #[error(transparent)]
    Pull(#[from] PullError),
}

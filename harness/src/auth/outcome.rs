//! What the code under test says.

use super::identity::{BrowserId, UserId};
use super::secret::{AccessToken, SessionId};
use super::under_test::{AuthError, SyncStatus};

/// What a caller got back from the code under test.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// An access token, for this user.
    Token {
        /// The user it was asked for.
        user: UserId,
        /// The token.
        token: AccessToken,
        /// Whether the server had not revoked it by then, and it had not ended when it was asked
        /// for: one that ends on its way to the caller is nobody's fault.
        is_live: bool,
        /// Whose token it is, if the server knows.
        owner: Option<UserId>,
    },
    /// A session, for this browser.
    Session {
        /// The browser whose callback it was.
        browser: BrowserId,
        /// The session.
        session: SessionId,
    },
    /// A callback was refused.
    CallbackFailed {
        /// The browser whose callback it was.
        browser: BrowserId,
        /// Why.
        error: AuthError,
    },
    /// A token could not be had.
    TokenFailed {
        /// The user it was asked for.
        user: UserId,
        /// Why.
        error: AuthError,
    },
    /// A sign-out returned; whether it reported success.
    SignedOut {
        /// The user.
        user: UserId,
        /// Whether it did.
        is_ok: bool,
    },
    /// A forced sync returned; whether it reported success.
    ForceSync {
        /// Whether it did.
        is_ok: bool,
    },
    /// A status was answered.
    Status(SyncStatus),
}

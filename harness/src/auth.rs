//! The traits under test, and the doubles that the code behind them talks to.
//!
//! Everything a world knows of authentication (who was issued what, which sessions exist, what
//! happened in which order) is in its [`Ledger`] and the tables beside it; each double is a handle
//! that makes one atomic change to them when a call arrives.

mod account_store;
mod authorization_server;
mod endpoint;
mod facts;
mod file_lock;
mod http;
mod identity;
mod lease;
mod ledger;
mod login_store;
mod mark_store;
mod nonce_store;
pub mod objects;
mod openid;
mod outcome;
mod own;
mod policy;
pub mod presets;
mod requests;
mod resource_server;
mod secret;
mod session_store;
mod shared_token_store;
mod store_call;
mod token_database;
mod token_endpoint;
mod token_file;
mod token_store;
mod under_test;
mod world;

pub use account_store::{Account, AccountStore, AccountStoreDouble};
pub use authorization_server::{ACCESS_TOKEN_TTL, AuthorizationServer, CLIENT_ID, CLIENT_SECRET};
pub use endpoint::{ISSUER, TOKEN_URL};
pub use file_lock::{FileLock, FileLockGuard};
pub use http::{HttpDouble, HttpError};
pub use identity::{Audience, BrowserId, UserId};
pub use lease::{Lease, LeaseStore, LeaseStoreDouble};
pub use ledger::{Entry, Event, EventIndex, Ledger};
pub use login_store::{LoginStore, LoginStoreDouble, PendingLogins};
pub use mark_store::{MarkStore, MarkStoreDouble};
pub use nonce_store::{NonceStore, NonceStoreDouble};
pub use openid::authorize::{AUTHORIZATION_URL, REDIRECT_URI};
#[cfg(feature = "openid")]
pub use openid::discovery::DISCOVERY_URL;
pub use openid::id_token::ID_TOKEN_TTL;
#[cfg(feature = "openid")]
pub use openid::key_set::KEY_SET_URL;
pub use openid::revocation::REVOCATION_URL;
pub use openid::userinfo::USERINFO_URL;
pub use outcome::Outcome;
pub use own::Telling;
pub use policy::{
    AccessTokens, BlastRadius, CodeReuse, Forgiven, Reach, ReuseAnswer, Rotation, ServerPolicy,
    Window,
};
pub use resource_server::{PullError, ResourceServer};
pub use secret::{
    AccessToken, AuthorizationCode, CodeChallenge, CodeVerifier, IdToken, Nonce, RefreshToken,
    SessionId, State,
};
pub use session_store::{Capability, Session, SessionStore, SessionStoreDouble, StoreError};
pub use shared_token_store::SharedTokenStoreDouble;
pub use token_database::{
    Isolation, SerializationFailure, TokenDatabase, TokenDatabaseDouble, TokenTransaction,
    TransactionDouble,
};
pub use token_endpoint::{
    OAuthErrorCode, TokenEndpoint, TokenEndpointDouble, TokenError, TokenResponse,
};
pub use token_file::{TokenFile, TokenFileDouble};
pub use token_store::{TokenStore, TokenStoreDouble, Tokens};
pub use under_test::{
    AuthError, Callback, CallbackHandler, PendingLogin, SyncEngine, SyncError, SyncStatus,
    TokenRefresher,
};
pub use world::World;

/// The operations of the doubles, to name in a gate.
pub mod operations {
    pub use super::account_store::{LOAD_ACCOUNT, SWAP_ACCOUNT, WRITE_QUOTA};
    pub use super::lease::{ACQUIRE_LEASE, FREE_LEASE, LOOK_UP_LEASE, RELEASE_LEASE};
    pub use super::login_store::{LOAD_LOGINS, PUT_LOGIN, SAVE_LOGINS, TAKE_LOGIN};
    pub use super::mark_store::{LOOK_FOR_MARK, MARK_PRESENTED};
    pub use super::nonce_store::{CONSUME_NONCE, LOOK_UP_NONCE, RECORD_NONCE};
    pub use super::openid::authorize::AUTHORIZE;
    #[cfg(feature = "openid")]
    pub use super::openid::discovery::DISCOVER;
    #[cfg(feature = "openid")]
    pub use super::openid::key_set::FETCH_KEYS;
    pub use super::openid::revocation::REVOKE;
    pub use super::openid::userinfo::USERINFO;
    pub use super::resource_server::PULL;
    pub use super::session_store::{
        ACQUIRE_SESSION, COMPARE_AND_SWAP_SESSION, FIND_SESSION, INSERT_SESSION, PUT_SESSION,
    };
    pub use super::shared_token_store::{LOAD_TOKENS, REMOVE_TOKENS, REPLACE_TOKENS, SAVE_TOKENS};
    pub use super::token_database::{COMMIT, SELECT_FOR_UPDATE, SELECT_TOKENS, WRITE_TOKENS};
    pub use super::token_endpoint::TOKEN;
    pub use super::token_file::{READ_FILE, RENAME_FILE, TRUNCATE_FILE, WRITE_FILE};
}

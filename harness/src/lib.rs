//! Explores every interleaving of async token refresh and OIDC callback code.
//!
//! What a pass does *not* prove comes first. `proved` is about the bounds that the verdict names:
//! so many callers, so many faults; and about the level that it names: at level `await`, code
//! between two awaits that suspend is one step, so that races of blocking locks, atomics and
//! uncontended async locks are not seen. Code that is driven by a real runtime, thread, clock or
//! random numbers is not under control; where that is noticed, the verdict is `incomplete`.
//!
//! What it finds looks like this: a [`prove::Scenario`] puts callers on an implementation, the
//! search runs every interleaving of their steps, and the simplest one that breaks a [`property`]
//! comes back as a timeline.
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use authloom::auth::{
//!     AccessToken, AuthError, TokenEndpoint, TokenEndpointDouble, TokenRefresher, TokenStore,
//!     TokenStoreDouble, UserId,
//! };
//! use authloom::property::REFRESH_TOKEN_PRESENTED_ONCE;
//! use authloom::prove::{Bounds, Scenario};
//! use authloom::report;
//!
//! struct MyAuth {
//!     endpoint: TokenEndpointDouble,
//!     tokens: TokenStoreDouble,
//! }
//!
//! #[async_trait]
//! impl TokenRefresher for MyAuth {
//!     async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
//!         let tokens = self.tokens.load(user).await.ok_or(AuthError::NotSignedIn)?;
//!         Ok(self.endpoint.refresh(&tokens.refresh_token).await?.access_token)
//!     }
//! }
//!
//! let scenario: Scenario<dyn TokenRefresher> = Scenario {
//!     name: "refresh/two-windows",
//!     summary: "two windows of one app want a token",
//!     bounds: Bounds::callers(2),
//!     properties: vec![REFRESH_TOKEN_PRESENTED_ONCE],
//!     sometimes: vec![],
//!     stage: Arc::new(|stage| {
//!         let user = UserId::new("alice");
//!         stage.world().server().log_in_expired(&user);
//!         let refresher = stage.instance();
//!         for window in ["window-1", "window-2"] {
//!             let (world, refresher) = (stage.world().clone(), refresher.clone());
//!             let user = user.clone();
//!             stage.caller(window, async move {
//!                 let _ = world.ask_for_token(&*refresher, &user).await;
//!             });
//!         }
//!     }),
//! };
//! let verdict = scenario.verdict(|world| MyAuth {
//!     endpoint: world.token_endpoint(),
//!     tokens: world.token_store(),
//! });
//! let text = report::verdict_text(&verdict);
//! assert!(text.contains("rt-1 presented twice: by window-1, by window-2"));
//! ```
//!
//! Ready-made scenarios are in the crate `authloom-scenarios`; a team writes none.
//!
//! Imports run one way: [`explore`] <- [`world`] <- [`auth`] <- [`property`] <- [`prove`] <-
//! [`report`]; [`sync`] imports [`world`] and is imported by code under test.

pub mod auth;
pub mod explore;
pub mod property;
pub mod prove;
pub mod report;
pub mod sync;
pub mod world;

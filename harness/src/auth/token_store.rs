//! Where a client keeps its users' tokens.

use async_trait::async_trait;

use super::identity::UserId;
use super::ledger::Event;
use super::objects;
use super::secret::{AccessToken, RefreshToken};
use super::token_endpoint::TokenResponse;
use super::world::World;
use crate::explore::Access;
use crate::world::Timestamp;

/// What a client holds for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Sent with each request.
    pub access_token: AccessToken,
    /// Spent for the next pair.
    pub refresh_token: RefreshToken,
    /// When the access token ends.
    pub expires_at: Timestamp,
}

impl Tokens {
    /// Whether the access token has ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// What to hold after a refresh: the old refresh token stays if the answer has none (RFC 6749,
    /// section 6).
    #[must_use]
    pub fn renewed(&self, response: TokenResponse, now: Timestamp) -> Tokens {
        Tokens {
            access_token: response.access_token,
            refresh_token: response.refresh_token.unwrap_or_else(|| self.refresh_token.clone()),
            expires_at: now.plus(response.expires_in),
        }
    }
}

/// A store of tokens by user.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The tokens of a user who is signed in.
    async fn load(&self, user: &UserId) -> Option<Tokens>;

    /// Replaces the tokens of a user.
    async fn save(&self, user: &UserId, tokens: Tokens);
}

/// The double: memory of the process, so that an operation is part of the step that makes it.
#[derive(Clone)]
pub struct TokenStoreDouble {
    world: World,
}

impl TokenStoreDouble {
    pub(super) fn of(world: &World) -> Self {
        TokenStoreDouble { world: world.clone() }
    }
}

#[async_trait]
impl TokenStore for TokenStoreDouble {
    async fn load(&self, user: &UserId) -> Option<Tokens> {
        self.world.take_turn();
        self.world.touch(Access::read(objects::TOKEN_STORE));
        let by = self.world.current_lane();
        let facts = &mut *self.world.facts();
        let tokens = facts.tokens.get(user).cloned();
        let found = tokens.as_ref().map(|tokens| tokens.refresh_token.clone());
        facts.ledger.push(by, Event::TokensLoaded { user: user.clone(), found });
        tokens
    }

    async fn save(&self, user: &UserId, tokens: Tokens) {
        self.world.take_turn();
        self.world.touch(Access::write(objects::TOKEN_STORE));
        let by = self.world.current_lane();
        let facts = &mut *self.world.facts();
        let stored = tokens.refresh_token.clone();
        facts.tokens.insert(user.clone(), tokens);
        facts.ledger.push(by, Event::TokensSaved { user: user.clone(), stored });
    }
}

//! Where a client keeps its users' tokens.

use async_trait::async_trait;

use super::facts::Facts;
use super::identity::UserId;
use super::ledger::Event;
use super::objects;
use super::secret::{AccessToken, RefreshToken};
use super::token_endpoint::TokenResponse;
use super::world::World;
use crate::explore::{Access, Lane};
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

    /// Removes the tokens of a user, whatever they are.
    async fn remove(&self, user: &UserId);

    /// Replaces the tokens of a user, or removes them (`None`), if the refresh token there is still
    /// `expected`: one atomic operation. Returns whether it was.
    async fn replace(&self, user: &UserId, expected: &RefreshToken, tokens: Option<Tokens>)
    -> bool;
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

    fn now<R>(&self, access: Access, effect: impl FnOnce(&mut Facts, Lane) -> R) -> R {
        self.world.take_turn();
        self.world.touch(access);
        let by = self.world.current_lane();
        effect(&mut self.world.facts(), by)
    }
}

#[async_trait]
impl TokenStore for TokenStoreDouble {
    async fn load(&self, user: &UserId) -> Option<Tokens> {
        self.now(Access::read(objects::TOKEN_STORE), |facts, by| facts.load_tokens(user, by))
    }

    async fn save(&self, user: &UserId, tokens: Tokens) {
        let access = Access::write(objects::TOKEN_STORE);
        self.now(access, |facts, by| facts.save_tokens(user, tokens, by));
    }

    async fn remove(&self, user: &UserId) {
        self.now(Access::write(objects::TOKEN_STORE), |facts, by| facts.remove_tokens(user, by));
    }

    async fn replace(
        &self,
        user: &UserId,
        expected: &RefreshToken,
        tokens: Option<Tokens>,
    ) -> bool {
        let access = Access::write(objects::TOKEN_STORE);
        self.now(access, |facts, by| facts.replace_tokens(user, expected, tokens, by))
    }
}

impl Facts {
    pub(super) fn load_tokens(&mut self, user: &UserId, by: Lane) -> Option<Tokens> {
        let tokens = self.tokens.get(user).cloned();
        let found = tokens.as_ref().map(|tokens| tokens.refresh_token.clone());
        self.ledger.push(by, Event::TokensLoaded { user: user.clone(), found });
        tokens
    }

    pub(super) fn save_tokens(&mut self, user: &UserId, tokens: Tokens, by: Lane) {
        let stored = tokens.refresh_token.clone();
        self.tokens.insert(user.clone(), tokens);
        self.count_write(user);
        self.ledger.push(by, Event::TokensSaved { user: user.clone(), stored });
    }

    pub(super) fn remove_tokens(&mut self, user: &UserId, by: Lane) {
        let removed = self.tokens.remove(user).map(|tokens| tokens.refresh_token);
        self.count_write(user);
        self.ledger.push(by, Event::TokensRemoved { user: user.clone(), removed });
    }

    pub(super) fn replace_tokens(
        &mut self,
        user: &UserId,
        expected: &RefreshToken,
        tokens: Option<Tokens>,
        by: Lane,
    ) -> bool {
        let found = self.tokens.get(user).map(|tokens| tokens.refresh_token.clone());
        if found.as_ref() != Some(expected) {
            self.ledger.push(by, Event::TokensConflicted { user: user.clone(), found });
            return false;
        }
        match tokens {
            Some(tokens) => self.save_tokens(user, tokens, by),
            None => self.remove_tokens(user, by),
        }
        true
    }
}

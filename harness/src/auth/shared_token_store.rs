//! A store of tokens that several processes share: a file, a database, a cache server.

use std::panic::Location;

use super::identity::UserId;
use super::objects;
use super::secret::RefreshToken;
use super::store_call::BoxFuture;
use super::token_store::{TokenStore, Tokens};
use super::world::World;
use crate::explore::Access;
use crate::world::{Operation, operation};

/// [`TokenStore::load`] of a shared store.
pub static LOAD_TOKENS: Operation = operation!("load-tokens", Store);
/// [`TokenStore::save`] of a shared store.
pub static SAVE_TOKENS: Operation = operation!("save-tokens", Store);
/// [`TokenStore::remove`] of a shared store.
pub static REMOVE_TOKENS: Operation = operation!("remove-tokens", Store);
/// [`TokenStore::replace`] of a shared store.
pub static REPLACE_TOKENS: Operation = operation!("replace-tokens", Store);

/// The double: across a connection, so that an operation takes a step to arrive.
#[derive(Clone)]
pub struct SharedTokenStoreDouble {
    world: World,
}

impl SharedTokenStoreDouble {
    pub(super) fn of(world: &World) -> Self {
        SharedTokenStoreDouble { world: world.clone() }
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl TokenStore for SharedTokenStoreDouble {
    #[track_caller]
    fn load<'a, 'b, 'r>(&'a self, user: &'b UserId) -> BoxFuture<'r, Option<Tokens>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::read(objects::TOKEN_STORE));
        self.world.call_store(&LOAD_TOKENS, Location::caller(), access, move |facts, by| {
            facts.load_tokens(&user, by)
        })
    }

    #[track_caller]
    fn save<'a, 'b, 'r>(&'a self, user: &'b UserId, tokens: Tokens) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::write(objects::TOKEN_STORE));
        self.world.call_store(&SAVE_TOKENS, Location::caller(), access, move |facts, by| {
            facts.save_tokens(&user, tokens, by);
        })
    }

    #[track_caller]
    fn remove<'a, 'b, 'r>(&'a self, user: &'b UserId) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::write(objects::TOKEN_STORE));
        self.world.call_store(&REMOVE_TOKENS, Location::caller(), access, move |facts, by| {
            facts.remove_tokens(&user, by);
        })
    }

    #[track_caller]
    fn replace<'a, 'b, 'c, 'r>(
        &'a self,
        user: &'b UserId,
        expected: &'c RefreshToken,
        tokens: Option<Tokens>,
    ) -> BoxFuture<'r, bool>
    where
        'a: 'r,
        'b: 'r,
        'c: 'r,
        Self: 'r,
    {
        let (user, expected) = (user.clone(), expected.clone());
        let access = Access::write(objects::TOKEN_STORE);
        self.world.call_store(&REPLACE_TOKENS, Location::caller(), access, move |facts, by| {
            facts.replace_tokens(&user, &expected, tokens, by)
        })
    }
}

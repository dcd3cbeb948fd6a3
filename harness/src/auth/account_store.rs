//! Tokens as a part of something larger, which is stored as a whole: an account with its tokens,
//! its quota, its settings in one value.
//!
//! It is read with its version, and written only if that is still its version: every write of any
//! part makes another.

use std::panic::Location;

use async_trait::async_trait;

use super::facts::Facts;
use super::identity::UserId;
use super::ledger::Event;
use super::objects;
use super::store_call::BoxFuture;
use super::token_store::Tokens;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Operation, operation};

/// [`AccountStore::load`].
pub static LOAD_ACCOUNT: Operation = operation!("load-account", Store);
/// [`AccountStore::swap`].
pub static SWAP_ACCOUNT: Operation = operation!("swap-account", Store);
/// [`AccountStoreDouble::write_quota`].
pub static WRITE_QUOTA: Operation = operation!("write-quota", Store);

/// A user's account, as far as it is about tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The tokens in it.
    pub tokens: Tokens,
    /// How often any part of it was written.
    pub version: u64,
}

/// A store of accounts, each one value with a version.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// The account of a user who is signed in.
    async fn load(&self, user: &UserId) -> Option<Account>;

    /// Writes other tokens into the account of a user if it still has this version: one atomic
    /// operation. Returns whether it had.
    async fn swap(&self, user: &UserId, version: u64, tokens: Tokens) -> bool;
}

/// The double: across a connection, so that an operation takes a step to arrive. Its tokens are
/// those of the world's other stores of tokens.
#[derive(Clone)]
pub struct AccountStoreDouble {
    world: World,
}

impl AccountStoreDouble {
    pub(super) fn of(world: &World) -> Self {
        AccountStoreDouble { world: world.clone() }
    }

    /// Writes the quota of an account, in one atomic operation: the tokens stay what they are, and
    /// the account has another version.
    #[track_caller]
    pub fn write_quota(&self, user: &UserId) -> impl Future<Output = ()> + Send + 'static {
        let (user, access) = (user.clone(), Access::write(objects::TOKEN_STORE));
        self.world.call_store(&WRITE_QUOTA, Location::caller(), access, move |facts, by| {
            facts.count_write(&user);
            facts.ledger.push(by, Event::QuotaWritten { user });
        })
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl AccountStore for AccountStoreDouble {
    #[track_caller]
    fn load<'a, 'b, 'r>(&'a self, user: &'b UserId) -> BoxFuture<'r, Option<Account>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::read(objects::TOKEN_STORE));
        self.world.call_store(&LOAD_ACCOUNT, Location::caller(), access, move |facts, by| {
            let version = facts.account_version(&user);
            facts.load_tokens(&user, by).map(|tokens| Account { tokens, version })
        })
    }

    #[track_caller]
    fn swap<'a, 'b, 'r>(
        &'a self,
        user: &'b UserId,
        version: u64,
        tokens: Tokens,
    ) -> BoxFuture<'r, bool>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::write(objects::TOKEN_STORE));
        self.world.call_store(&SWAP_ACCOUNT, Location::caller(), access, move |facts, by| {
            facts.swap_account(user, version, tokens, by)
        })
    }
}

impl Facts {
    fn account_version(&self, user: &UserId) -> u64 {
        self.account_writes.get(user).copied().unwrap_or_default()
    }

    /// Some part of the account was written.
    pub(super) fn count_write(&mut self, user: &UserId) {
        *self.account_writes.entry(user.clone()).or_default() += 1;
    }

    fn swap_account(&mut self, user: UserId, version: u64, tokens: Tokens, by: Lane) -> bool {
        if self.account_version(&user) != version {
            self.ledger.push(by, Event::AccountConflicted { user });
            return false;
        }
        self.save_tokens(&user, tokens, by);
        true
    }
}

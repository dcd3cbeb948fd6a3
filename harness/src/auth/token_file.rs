//! A file of tokens that several processes read and write, as a file system has it: to open it for
//! writing empties it, and what is written comes after that.

use std::panic::Location;

use async_trait::async_trait;

use super::identity::UserId;
use super::ledger::Event;
use super::objects;
use super::store_call::BoxFuture;
use super::token_store::Tokens;
use super::world::World;
use crate::explore::Access;
use crate::world::{Operation, operation};

/// [`TokenFile::read`].
pub static READ_FILE: Operation = operation!("read-file", Store);
/// [`TokenFile::truncate`].
pub static TRUNCATE_FILE: Operation = operation!("truncate-file", Store);
/// [`TokenFile::write`].
pub static WRITE_FILE: Operation = operation!("write-file", Store);
/// [`TokenFile::rename_over`].
pub static RENAME_FILE: Operation = operation!("rename-file", Store);

/// A file of tokens for each user.
#[async_trait]
pub trait TokenFile: Send + Sync {
    /// The tokens of a user, if there is a file that can be read. A file that is empty cannot, and
    /// neither can one half of which is written.
    async fn read(&self, user: &UserId) -> Option<Tokens>;

    /// Opens the file of a user for writing, which empties it.
    async fn truncate(&self, user: &UserId);

    /// Writes into the file that was opened. Until the last byte is there, it reads as if it were
    /// empty: so this is one step.
    async fn write(&self, user: &UserId, tokens: Tokens);

    /// Renames another file, with these tokens in it, to the file of a user: one atomic operation.
    /// Nobody else knows of that other file, so that writing it is no step.
    async fn rename_over(&self, user: &UserId, tokens: Tokens);
}

/// The double: each operation takes a step to arrive. Its tokens are those of the world's other
/// stores of tokens.
#[derive(Clone)]
pub struct TokenFileDouble {
    world: World,
}

impl TokenFileDouble {
    pub(super) fn of(world: &World) -> Self {
        TokenFileDouble { world: world.clone() }
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl TokenFile for TokenFileDouble {
    #[track_caller]
    fn read<'a, 'b, 'r>(&'a self, user: &'b UserId) -> BoxFuture<'r, Option<Tokens>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::read(objects::TOKEN_STORE));
        self.world.call_store(&READ_FILE, Location::caller(), access, move |facts, by| {
            facts.load_tokens(&user, by)
        })
    }

    #[track_caller]
    fn truncate<'a, 'b, 'r>(&'a self, user: &'b UserId) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::write(objects::TOKEN_STORE));
        self.world.call_store(&TRUNCATE_FILE, Location::caller(), access, move |facts, by| {
            facts.tokens.remove(&user);
            facts.ledger.push(by, Event::FileTruncated { user });
        })
    }

    #[track_caller]
    fn write<'a, 'b, 'r>(&'a self, user: &'b UserId, tokens: Tokens) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::write(objects::TOKEN_STORE));
        self.world.call_store(&WRITE_FILE, Location::caller(), access, move |facts, by| {
            facts.save_tokens(&user, tokens, by);
        })
    }

    #[track_caller]
    fn rename_over<'a, 'b, 'r>(&'a self, user: &'b UserId, tokens: Tokens) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, access) = (user.clone(), Access::write(objects::TOKEN_STORE));
        self.world.call_store(&RENAME_FILE, Location::caller(), access, move |facts, by| {
            facts.save_tokens(&user, tokens, by);
        })
    }
}

//! A database of tokens that processes share, with transactions. How far these are kept apart is
//! its isolation level, and it decides which code is right.
//!
//! ```text
//!   one                 another
//!   reads rt-1
//!                       removes rt-1, commits
//!   writes rt-2
//!   commits             read committed: rt-2 is there; serializable: refused, nothing is written
//! ```
//!
//! Levels and row locks are those of PostgreSQL (its manual, sections 13.2 and 13.3.2), but for
//! this: it finds a serialization failure when a row is locked or at the commit, and where any row
//! that a transaction has read was changed meanwhile, which PostgreSQL may let pass; and it does
//! not break a deadlock of row locks. `BEGIN` is sent with the first statement, and no step.

#[cfg(test)]
mod tests;
mod transactions;

use std::future::poll_fn;
use std::panic::Location;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;

use super::facts::Facts;
use super::identity::UserId;
use super::objects;
use super::store_call::BoxFuture;
use super::token_store::Tokens;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Call, Operation, Setting as _, operation, wait_for};

pub(super) use transactions::Transactions;
use transactions::{Locking, Number, Turn, Woken};

/// [`TokenTransaction::load`].
pub static SELECT_TOKENS: Operation = operation!("select-tokens", Store);
/// [`TokenTransaction::load_for_update`].
pub static SELECT_FOR_UPDATE: Operation = operation!("select-for-update", Store);
/// [`TokenTransaction::write`].
pub static WRITE_TOKENS: Operation = operation!("write-tokens", Store);
/// [`TokenTransaction::commit`].
pub static COMMIT: Operation = operation!("commit", Store);

/// How far transactions are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what is committed when it arrives, and the transaction's own writes: a
    /// row that was read may be another one at the next statement, or at the commit.
    ReadCommitted,
    /// A transaction sees what was committed at its first statement, and its own writes; it fails
    /// if it writes anything, and a row that it has read is another one by then.
    Serializable,
}

/// The transaction was rolled back, because it cannot be as if it had run alone (SQLSTATE 40001).
/// It may be tried again, from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("could not serialize access")]
pub struct SerializationFailure;

/// A database of tokens by user.
pub trait TokenDatabase: Send + Sync {
    /// What a transaction of it is.
    type Transaction: TokenTransaction;

    /// Begins a transaction. It is rolled back if it is dropped before it is committed.
    fn begin(&self) -> Self::Transaction;
}

/// A transaction. Its statements are made one after the other.
#[async_trait]
pub trait TokenTransaction: Send + Sync {
    /// The tokens of a user who is signed in: `SELECT`.
    ///
    /// # Errors
    /// [`SerializationFailure`], as of every statement of a transaction that has failed.
    async fn load(&mut self, user: &UserId) -> Result<Option<Tokens>, SerializationFailure>;

    /// The same, and the user's row is locked until the transaction ends: `SELECT ... FOR UPDATE`.
    /// It waits while another has locked it.
    ///
    /// # Errors
    /// [`SerializationFailure`]; only if the database is [`Isolation::Serializable`].
    async fn load_for_update(
        &mut self,
        user: &UserId,
    ) -> Result<Option<Tokens>, SerializationFailure>;

    /// Replaces the tokens of a user or removes them (`None`), for others from the commit on. It
    /// locks the row as [`TokenTransaction::load_for_update`] does.
    ///
    /// # Errors
    /// [`SerializationFailure`]; only if the database is [`Isolation::Serializable`].
    async fn write(
        &mut self,
        user: &UserId,
        tokens: Option<Tokens>,
    ) -> Result<(), SerializationFailure>;

    /// Has others see what was written, in one step, and gives the locks back.
    ///
    /// # Errors
    /// [`SerializationFailure`], and nothing was written; only if the database is
    /// [`Isolation::Serializable`].
    async fn commit(self) -> Result<(), SerializationFailure>;
}

/// The double: across a connection, so that a statement takes a step to arrive. Its tokens are
/// those of the world's other stores, whose operations heed no row lock.
#[derive(Clone)]
pub struct TokenDatabaseDouble {
    world: World,
    isolation: Isolation,
}

/// A transaction of the double. That its caller, or its process, is gone ends it, unless its commit
/// is on its way.
pub struct TransactionDouble {
    world: World,
    number: Number,
}

impl TokenDatabaseDouble {
    pub(super) fn of(world: &World, isolation: Isolation) -> Self {
        TokenDatabaseDouble { world: world.clone(), isolation }
    }
}

impl TokenDatabase for TokenDatabaseDouble {
    type Transaction = TransactionDouble;

    fn begin(&self) -> TransactionDouble {
        let lane = self.world.current_lane();
        let number = self.world.facts().transactions.begin(self.isolation, lane);
        TransactionDouble { world: self.world.clone(), number }
    }
}

impl TransactionDouble {
    /// A statement that locks a row: it is carried out when it arrives, or, if another has the
    /// lock, when its caller goes on after that.
    fn lock<'r>(
        &self,
        operation: &'static Operation,
        location: &'static Location<'static>,
        user: &UserId,
        locking: Locking,
    ) -> BoxFuture<'r, Result<Option<Tokens>, SerializationFailure>> {
        let (world, number, row) = (self.world.clone(), self.number, user.clone());
        let call = self.call(operation, location, {
            let (row, locking) = (row.clone(), locking.clone());
            move |facts, by, woken| facts.lock_row(number, &row, locking, by, woken)
        });
        Box::pin(async move {
            if let Turn::Done(result) = call.await {
                return result;
            }
            wait_for(poll_fn(|cx| {
                world.take_turn_again();
                world.poll_row(number, &row, cx)
            }))
            .await;
            // Who goes on sees what those did who let it.
            world.take_turn();
            let by = world.current_lane();
            world.transact(|facts, woken| facts.carry_out(number, &row, locking, by, woken))
        })
    }

    /// Calls the database for what may end a transaction, or has to do with locks.
    fn call<'r, R: Send + 'static>(
        &self,
        operation: &'static Operation,
        location: &'static Location<'static>,
        effect: impl FnOnce(&mut Facts, Lane, &mut Woken) -> R + Send + 'static,
    ) -> BoxFuture<'r, R> {
        let world = self.world.clone();
        let effect = move |by| world.transact(|facts, woken| effect(facts, by, woken));
        Box::pin(Call::new(self.world.kernel(), operation, location, effect))
    }
}

impl World {
    /// Changes what transactions there are, or what they hold.
    fn transact<R>(&self, effect: impl FnOnce(&mut Facts, &mut Woken) -> R) -> R {
        self.touch(Access::write(objects::TOKEN_STORE));
        let mut woken = Woken::default();
        let result = effect(&mut self.facts(), &mut woken);
        // Foreign code: not while the facts are locked.
        let Woken { next, gone } = woken;
        drop(gone);
        next.into_iter().for_each(Waker::wake);
        result
    }

    fn poll_row(&self, number: Number, row: &UserId, cx: &mut Context<'_>) -> Poll<()> {
        self.touch(Access::write(objects::TOKEN_STORE));
        let waker = cx.waker().clone();
        let (poll, former) = self.facts().transactions.wait_for_row(number, row, waker);
        drop(former);
        poll
    }

    /// Their process is gone: its transactions are rolled back.
    pub(super) fn roll_back_those_of(&self, lanes: &[Lane]) {
        // What is sent arrives, or nothing of it does.
        let arrives = |lane| self.kernel().has_sent(lane);
        let lost = self.facts().transactions.lost(lanes, arrives);
        if lost.is_empty() {
            return;
        }
        self.touch(Access::write(objects::TOKEN_STORE));
        let mut woken = Woken::default();
        for number in lost {
            self.facts().transactions.end(number, &mut woken);
        }
        let Woken { next, gone } = woken;
        // No code of theirs runs any more.
        self.bury(gone);
        next.into_iter().for_each(Waker::wake);
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl TokenTransaction for TransactionDouble {
    #[track_caller]
    fn load<'a, 'b, 'r>(
        &'a mut self,
        user: &'b UserId,
    ) -> BoxFuture<'r, Result<Option<Tokens>, SerializationFailure>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (user, number) = (user.clone(), self.number);
        let access = Access::read(objects::TOKEN_STORE);
        self.world.call_store(&SELECT_TOKENS, Location::caller(), access, move |facts, by| {
            facts.select_tokens(number, &user, by)
        })
    }

    #[track_caller]
    fn load_for_update<'a, 'b, 'r>(
        &'a mut self,
        user: &'b UserId,
    ) -> BoxFuture<'r, Result<Option<Tokens>, SerializationFailure>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        self.lock(&SELECT_FOR_UPDATE, Location::caller(), user, Locking::Load)
    }

    #[track_caller]
    fn write<'a, 'b, 'r>(
        &'a mut self,
        user: &'b UserId,
        tokens: Option<Tokens>,
    ) -> BoxFuture<'r, Result<(), SerializationFailure>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let written = self.lock(&WRITE_TOKENS, Location::caller(), user, Locking::Write(tokens));
        Box::pin(async move { written.await.map(drop) })
    }

    #[track_caller]
    fn commit<'r>(self) -> BoxFuture<'r, Result<(), SerializationFailure>>
    where
        Self: 'r,
    {
        let number = self.number;
        let call = self.call(&COMMIT, Location::caller(), move |facts, by, woken| {
            facts.commit(number, by, woken)
        });
        Box::pin(async move {
            // Sent in the same step: whatever happens to this caller, it arrives.
            self.world.facts().transactions.send_commit(number);
            call.await
        })
    }
}

impl Drop for TransactionDouble {
    /// Others come before the transaction is rolled back, or after it.
    fn drop(&mut self) {
        if self.world.facts().transactions.is_out_of_hand(self.number) {
            return;
        }
        self.world.take_turn();
        let number = self.number;
        self.world.transact(|facts, woken| facts.transactions.end(number, woken));
    }
}

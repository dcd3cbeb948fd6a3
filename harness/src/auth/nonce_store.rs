//! Which nonces of logins have been used, so that a callback that is replayed can be told.

use std::collections::BTreeSet;
use std::panic::Location;

use async_trait::async_trait;

use super::ledger::Event;
use super::objects;
use super::secret::Nonce;
use super::store_call::BoxFuture;
use super::world::World;
use crate::explore::Access;
use crate::world::{Operation, operation};

/// [`NonceStore::is_used`].
pub static LOOK_UP_NONCE: Operation = operation!("look-up-nonce", Store);
/// [`NonceStore::record`].
pub static RECORD_NONCE: Operation = operation!("record-nonce", Store);
/// [`NonceStore::consume`].
pub static CONSUME_NONCE: Operation = operation!("consume-nonce", Store);

/// A table of used nonces.
#[async_trait]
pub trait NonceStore: Send + Sync {
    /// Whether a nonce is in the table.
    async fn is_used(&self, nonce: &Nonce) -> bool;

    /// Puts a nonce into the table, whether it is there or not: an upsert.
    async fn record(&self, nonce: &Nonce);

    /// Puts a nonce into the table unless it is there, and returns whether it was not: one atomic
    /// operation, an insert under a unique key.
    async fn consume(&self, nonce: &Nonce) -> bool;
}

/// The double: across a connection, so that an operation takes a step to arrive.
#[derive(Clone)]
pub struct NonceStoreDouble {
    world: World,
}

/// The table.
pub(super) type UsedNonces = BTreeSet<Nonce>;

impl NonceStoreDouble {
    pub(super) fn of(world: &World) -> Self {
        NonceStoreDouble { world: world.clone() }
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl NonceStore for NonceStoreDouble {
    #[track_caller]
    fn is_used<'a, 'b, 'r>(&'a self, nonce: &'b Nonce) -> BoxFuture<'r, bool>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let nonce = nonce.clone();
        let access = Access::read(objects::nonce(&nonce));
        self.world.call_store(&LOOK_UP_NONCE, Location::caller(), access, move |facts, by| {
            let is_used = facts.nonces.contains(&nonce);
            facts.ledger.push(by, Event::NonceLookedUp { nonce, is_used });
            is_used
        })
    }

    #[track_caller]
    fn record<'a, 'b, 'r>(&'a self, nonce: &'b Nonce) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let nonce = nonce.clone();
        let access = Access::write(objects::nonce(&nonce));
        self.world.call_store(&RECORD_NONCE, Location::caller(), access, move |facts, by| {
            facts.nonces.insert(nonce.clone());
            facts.ledger.push(by, Event::NonceRecorded { nonce });
        })
    }

    #[track_caller]
    fn consume<'a, 'b, 'r>(&'a self, nonce: &'b Nonce) -> BoxFuture<'r, bool>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let nonce = nonce.clone();
        let access = Access::write(objects::nonce(&nonce));
        self.world.call_store(&CONSUME_NONCE, Location::caller(), access, move |facts, by| {
            let is_new = facts.nonces.insert(nonce.clone());
            facts.ledger.push(
                by,
                match is_new {
                    true => Event::NonceRecorded { nonce },
                    false => Event::NonceRefused { nonce },
                },
            );
            is_new
        })
    }
}

//! A lock with an end: who holds it too long has lost it, and is not told.

use std::collections::BTreeMap;
use std::panic::Location;
use std::time::Duration;

use async_trait::async_trait;

use super::facts::Facts;
use super::ledger::Event;
use super::objects;
use super::store_call::BoxFuture;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Call, Operation, Setting as _, Timestamp, operation};

/// [`LeaseStore::try_acquire`].
pub static ACQUIRE_LEASE: Operation = operation!("acquire-lease", Store);
/// [`LeaseStore::release`].
pub static RELEASE_LEASE: Operation = operation!("release-lease", Store);

/// [`LeaseStore::holder`].
pub static LOOK_UP_LEASE: Operation = operation!("look-up-lease", Store);
/// [`LeaseStore::free`].
pub static FREE_LEASE: Operation = operation!("free-lease", Store);

/// The right to do something alone, for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Counts the leases of a store: a later one has a greater number.
    pub number: u32,
}

/// Where several processes get a lease from.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// A lease on `key` that ends after `ttl`, or none while another on it has not ended.
    async fn try_acquire(&self, key: &str, ttl: Duration) -> Option<Lease>;

    /// Gives a lease back, if it is still the present one of its key.
    async fn release(&self, lease: Lease);

    /// The lease on `key` that has not ended, whoever has it.
    async fn holder(&self, key: &str) -> Option<Lease>;

    /// Removes the lease on `key`, whoever has it: what the deletion of a key does.
    async fn free(&self, key: &str);
}

/// The double: across a connection, so that an operation takes a step to arrive.
#[derive(Clone)]
pub struct LeaseStoreDouble {
    world: World,
}

/// The leases of a world.
#[derive(Default)]
pub(super) struct Leases {
    given: u32,
    /// For each key the one that was given last, if it was not given back, and its end.
    present: BTreeMap<String, (Lease, Timestamp)>,
}

impl LeaseStoreDouble {
    pub(super) fn of(world: &World) -> Self {
        LeaseStoreDouble { world: world.clone() }
    }

    /// Calls the store for what depends on the time at which the call arrives.
    fn call_at_its_time<'r, R: Send + 'static>(
        &self,
        operation: &'static Operation,
        location: &'static Location<'static>,
        access: Access,
        effect: impl FnOnce(&mut Facts, Timestamp, Lane) -> R + Send + 'static,
    ) -> BoxFuture<'r, R> {
        let world = self.world.clone();
        let effect = move |by| {
            world.touch(access);
            let now = world.now();
            effect(&mut world.facts(), now, by)
        };
        Box::pin(Call::new(self.world.kernel(), operation, location, effect))
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl LeaseStore for LeaseStoreDouble {
    #[track_caller]
    fn try_acquire<'a, 'b, 'r>(
        &'a self,
        key: &'b str,
        ttl: Duration,
    ) -> BoxFuture<'r, Option<Lease>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (key, access) = (key.to_owned(), Access::write(objects::LEASE));
        let effect = move |facts: &mut Facts, now: Timestamp, by| {
            if facts.leases.present_at(&key, now).is_some() {
                facts.ledger.push(by, Event::LeaseRefused);
                return None;
            }
            facts.leases.given += 1;
            let lease = Lease { number: facts.leases.given };
            facts.leases.present.insert(key, (lease, now.plus(ttl)));
            facts.ledger.push(by, Event::LeaseTaken { lease });
            Some(lease)
        };
        self.call_at_its_time(&ACQUIRE_LEASE, Location::caller(), access, effect)
    }

    #[track_caller]
    fn release<'a, 'r>(&'a self, lease: Lease) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        Self: 'r,
    {
        let access = Access::write(objects::LEASE);
        self.world.call_store(&RELEASE_LEASE, Location::caller(), access, move |facts, by| {
            facts.leases.present.retain(|_, (present, _)| *present != lease);
            facts.ledger.push(by, Event::LeaseReleased { lease });
        })
    }

    #[track_caller]
    fn holder<'a, 'b, 'r>(&'a self, key: &'b str) -> BoxFuture<'r, Option<Lease>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (key, access) = (key.to_owned(), Access::read(objects::LEASE));
        let effect = move |facts: &mut Facts, now, by| {
            let present = facts.leases.present_at(&key, now);
            facts.ledger.push(by, Event::LeaseLookedUp { present });
            present
        };
        self.call_at_its_time(&LOOK_UP_LEASE, Location::caller(), access, effect)
    }

    #[track_caller]
    fn free<'a, 'b, 'r>(&'a self, key: &'b str) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (key, access) = (key.to_owned(), Access::write(objects::LEASE));
        let effect = move |facts: &mut Facts, now, by| {
            let present = facts.leases.present_at(&key, now);
            facts.leases.present.remove(&key);
            facts.ledger.push(by, Event::LeaseFreed { present });
        };
        self.call_at_its_time(&FREE_LEASE, Location::caller(), access, effect)
    }
}

impl Leases {
    fn present_at(&self, key: &str, now: Timestamp) -> Option<Lease> {
        let (lease, end) = self.present.get(key)?;
        (now < *end).then_some(*lease)
    }
}

//! Where a client notes, ahead of presenting a refresh token, that it does: what is noted there is
//! still known after a crash.

use std::collections::BTreeSet;
use std::panic::Location;

use async_trait::async_trait;

use super::ledger::Event;
use super::objects;
use super::secret::RefreshToken;
use super::store_call::BoxFuture;
use super::world::World;
use crate::explore::Access;
use crate::world::{Operation, operation};

/// [`MarkStore::mark`].
pub static MARK_PRESENTED: Operation = operation!("mark-presented", Store);
/// [`MarkStore::is_marked`].
pub static LOOK_FOR_MARK: Operation = operation!("look-for-mark", Store);

/// Notes about refresh tokens, on a disk or in a database.
#[async_trait]
pub trait MarkStore: Send + Sync {
    /// Notes that a refresh token is presented.
    async fn mark(&self, token: &RefreshToken);

    /// Whether that was noted.
    async fn is_marked(&self, token: &RefreshToken) -> bool;
}

/// The marks of a world.
pub(super) type Marks = BTreeSet<RefreshToken>;

/// The double: across a connection, so that an operation takes a step to arrive.
#[derive(Clone)]
pub struct MarkStoreDouble {
    world: World,
}

impl MarkStoreDouble {
    pub(super) fn of(world: &World) -> Self {
        MarkStoreDouble { world: world.clone() }
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl MarkStore for MarkStoreDouble {
    #[track_caller]
    fn mark<'a, 'b, 'r>(&'a self, token: &'b RefreshToken) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (token, access) = (token.clone(), Access::write(objects::MARKS));
        self.world.call_store(&MARK_PRESENTED, Location::caller(), access, move |facts, by| {
            facts.marks.insert(token.clone());
            facts.ledger.push(by, Event::PresentationMarked { token });
        })
    }

    #[track_caller]
    fn is_marked<'a, 'b, 'r>(&'a self, token: &'b RefreshToken) -> BoxFuture<'r, bool>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (token, access) = (token.clone(), Access::read(objects::MARKS));
        self.world.call_store(&LOOK_FOR_MARK, Location::caller(), access, move |facts, by| {
            let is_marked = facts.marks.contains(&token);
            facts.ledger.push(by, Event::MarkLookedFor { token, is_marked });
            is_marked
        })
    }
}

//! Where a relying party keeps its sessions: rows, each of which belongs to a browser.

use std::collections::BTreeMap;
use std::panic::Location;

use async_trait::async_trait;

use super::facts::Facts;
use super::identity::BrowserId;
use super::ledger::Event;
use super::objects;
use super::secret::SessionId;
use super::store_call::BoxFuture;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Call, Operation, Setting as _, operation};

/// [`SessionStore::find`].
pub static FIND_SESSION: Operation = operation!("find-session", Store);
/// [`SessionStore::put`].
pub static PUT_SESSION: Operation = operation!("put-session", Store);
/// [`SessionStore::insert_unique`].
pub static INSERT_SESSION: Operation = operation!("insert-session", Store);
/// [`SessionStore::compare_and_swap`].
pub static COMPARE_AND_SWAP_SESSION: Operation = operation!("swap-session", Store);
/// [`SessionStore::acquire`].
pub static ACQUIRE_SESSION: Operation = operation!("acquire-session", Store);

/// A session row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the cookie will carry.
    pub id: SessionId,
    /// Whose it is.
    pub browser: BrowserId,
}

/// What a store can do in one atomic operation, beyond reading. Each stands for itself: none
/// implies another, but every store can put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Add a row, whatever is there.
    PlainPut,
    /// Add a row unless the browser has one: a unique constraint.
    UniqueInsert,
    /// Replace a browser's row only if it is still the one that was read.
    CompareAndSwap,
}

/// A store of sessions by browser.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// A session of this browser, the oldest if there are several.
    async fn find(&self, browser: &BrowserId) -> Option<Session>;

    /// Adds a row, whatever is there.
    async fn put(&self, browser: &BrowserId) -> Session;

    /// Adds a row unless the browser has one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with the row that is there; [`StoreError::NotOffered`].
    async fn insert_unique(&self, browser: &BrowserId) -> Result<Session, StoreError>;

    /// Adds or replaces the browser's row if it is still `expected` (`None`: no row). Of several
    /// rows the oldest is compared, and all are replaced.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with the row that is there instead, if any;
    /// [`StoreError::NotOffered`].
    async fn compare_and_swap(
        &self,
        browser: &BrowserId,
        expected: Option<&SessionId>,
    ) -> Result<Session, StoreError>;

    /// Marks a session as in use: the last call of a login.
    async fn acquire(&self, session: &SessionId);
}

/// Why a store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The browser's row is another one.
    #[error("the browser's session is another one")]
    Conflict {
        /// The row that is there.
        existing: Option<Session>,
    },
    /// The real store was not claimed to be able to.
    #[error("the session store was not claimed to offer {0:?}")]
    NotOffered(Capability),
}

/// The double: across a connection, so that an operation takes a step to arrive.
#[derive(Clone)]
pub struct SessionStoreDouble {
    world: World,
    offers: Capability,
}

/// The rows, oldest first.
#[derive(Default)]
pub(super) struct SessionRows {
    rows: Vec<Session>,
    /// For each browser, how many were ever created.
    created: BTreeMap<BrowserId, usize>,
}

impl SessionStoreDouble {
    pub(super) fn of(world: &World, offers: Capability) -> Self {
        SessionStoreDouble { world: world.clone(), offers }
    }
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl SessionStore for SessionStoreDouble {
    #[track_caller]
    fn find<'a, 'b, 'r>(&'a self, browser: &'b BrowserId) -> BoxFuture<'r, Option<Session>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let browser = browser.clone();
        let access = Access::read(objects::sessions(&browser));
        self.world.call_store(&FIND_SESSION, Location::caller(), access, move |facts, by| {
            let session = facts.sessions.of(&browser).cloned();
            let found = session.as_ref().map(|session| session.id.clone());
            facts.ledger.push(by, Event::SessionLookedUp { browser, found });
            session
        })
    }

    #[track_caller]
    fn put<'a, 'b, 'r>(&'a self, browser: &'b BrowserId) -> BoxFuture<'r, Session>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let browser = browser.clone();
        let access = Access::write(objects::sessions(&browser));
        self.world.call_store(&PUT_SESSION, Location::caller(), access, move |facts, by| {
            facts.create_session(browser, by)
        })
    }

    #[track_caller]
    fn insert_unique<'a, 'b, 'r>(
        &'a self,
        browser: &'b BrowserId,
    ) -> BoxFuture<'r, Result<Session, StoreError>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let (browser, offers) = (browser.clone(), self.offers);
        let access = Access::write(objects::sessions(&browser));
        self.world.call_store(&INSERT_SESSION, Location::caller(), access, move |facts, by| {
            facts.require(Capability::UniqueInsert, offers, by)?;
            match facts.sessions.of(&browser).cloned() {
                Some(existing) => Err(facts.conflict(browser, Some(existing), by)),
                None => Ok(facts.create_session(browser, by)),
            }
        })
    }

    #[track_caller]
    fn compare_and_swap<'a, 'b, 'c, 'r>(
        &'a self,
        browser: &'b BrowserId,
        expected: Option<&'c SessionId>,
    ) -> BoxFuture<'r, Result<Session, StoreError>>
    where
        'a: 'r,
        'b: 'r,
        'c: 'r,
        Self: 'r,
    {
        let (browser, expected, offers) = (browser.clone(), expected.cloned(), self.offers);
        let access = Access::write(objects::sessions(&browser));
        self.world.call_store(
            &COMPARE_AND_SWAP_SESSION,
            Location::caller(),
            access,
            move |facts, by| {
                facts.require(Capability::CompareAndSwap, offers, by)?;
                let existing = facts.sessions.of(&browser).cloned();
                if existing.as_ref().map(|session| &session.id) != expected.as_ref() {
                    return Err(facts.conflict(browser, existing, by));
                }
                facts.sessions.rows.retain(|session| session.browser != browser);
                Ok(facts.create_session(browser, by))
            },
        )
    }

    #[track_caller]
    fn acquire<'a, 'b, 'r>(&'a self, session: &'b SessionId) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        // It changes no row and reads none.
        let (world, session) = (self.world.clone(), session.clone());
        let effect = move |by| world.facts().ledger.push(by, Event::SessionAcquired { session });
        Box::pin(Call::new(self.world.kernel(), &ACQUIRE_SESSION, Location::caller(), effect))
    }
}

impl SessionRows {
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.created.clear();
    }

    fn of(&self, browser: &BrowserId) -> Option<&Session> {
        self.rows.iter().find(|session| session.browser == *browser)
    }
}

impl Facts {
    fn create_session(&mut self, browser: BrowserId, by: Lane) -> Session {
        let created = self.sessions.created.entry(browser.clone()).or_default();
        *created += 1;
        let id = SessionId::new(format!("session-{created}-of-{browser}"));
        let session = Session { id, browser };
        self.sessions.rows.push(session.clone());
        let Session { id, browser } = session.clone();
        self.ledger.push(by, Event::SessionCreated { browser, session: id });
        session
    }

    fn conflict(&mut self, browser: BrowserId, existing: Option<Session>, by: Lane) -> StoreError {
        let session = existing.as_ref().map(|session| session.id.clone());
        self.ledger.push(by, Event::SessionConflicted { browser, existing: session });
        StoreError::Conflict { existing }
    }

    fn require(
        &mut self,
        needed: Capability,
        offers: Capability,
        by: Lane,
    ) -> Result<(), StoreError> {
        if needed == offers {
            return Ok(());
        }
        self.ledger.push(by, Event::StoreRefused);
        Err(StoreError::NotOffered(needed))
    }
}

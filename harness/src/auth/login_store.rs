//! What a relying party puts aside for a browser between the beginning of a login and its callback:
//! a session on the server, or cookies. It has slots by name.

use std::collections::BTreeMap;
use std::panic::Location;

use async_trait::async_trait;

use super::identity::BrowserId;
use super::ledger::Event;
use super::objects;
use super::secret::State;
use super::store_call::BoxFuture;
use super::under_test::PendingLogin;
use super::world::World;
use crate::explore::Access;
use crate::world::{Operation, operation};

/// [`LoginStore::put`].
pub static PUT_LOGIN: Operation = operation!("put-login", Store);
/// [`LoginStore::take`].
pub static TAKE_LOGIN: Operation = operation!("take-login", Store);
/// [`LoginStore::load_all`].
pub static LOAD_LOGINS: Operation = operation!("load-logins", Store);
/// [`LoginStore::save_all`].
pub static SAVE_LOGINS: Operation = operation!("save-logins", Store);

/// The logins of a browser that are under way, by slot.
pub type PendingLogins = BTreeMap<String, PendingLogin>;

/// A store of logins under way.
#[async_trait]
pub trait LoginStore: Send + Sync {
    /// Puts a login into a slot of the browser, over what is there.
    async fn put(&self, browser: &BrowserId, slot: &str, login: PendingLogin);

    /// Empties a slot of the browser, and returns what was in it: one atomic operation.
    async fn take(&self, browser: &BrowserId, slot: &str) -> Option<PendingLogin>;

    /// All slots of the browser, as they are now.
    async fn load_all(&self, browser: &BrowserId) -> PendingLogins;

    /// Replaces all slots of the browser, whatever has become of them.
    async fn save_all(&self, browser: &BrowserId, logins: PendingLogins);
}

/// The double: across a connection, so that an operation takes a step to arrive.
#[derive(Clone)]
pub struct LoginStoreDouble {
    world: World,
}

impl LoginStoreDouble {
    pub(super) fn of(world: &World) -> Self {
        LoginStoreDouble { world: world.clone() }
    }
}

fn states(logins: &PendingLogins) -> Vec<State> {
    logins.values().map(|login| login.state.clone()).collect()
}

// Written out instead of `#[async_trait]`, so that the caller's line is known.
impl LoginStore for LoginStoreDouble {
    #[track_caller]
    fn put<'a, 'b, 'c, 'r>(
        &'a self,
        browser: &'b BrowserId,
        slot: &'c str,
        login: PendingLogin,
    ) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        'c: 'r,
        Self: 'r,
    {
        let (browser, slot) = (browser.clone(), slot.to_owned());
        let access = Access::write(objects::logins(&browser));
        self.world.call_store(&PUT_LOGIN, Location::caller(), access, move |facts, by| {
            let state = login.state.clone();
            let over = facts.logins.entry(browser).or_default().insert(slot, login);
            let over = over.map(|login| login.state);
            facts.ledger.push(by, Event::LoginPutAside { state, over });
        })
    }

    #[track_caller]
    fn take<'a, 'b, 'c, 'r>(
        &'a self,
        browser: &'b BrowserId,
        slot: &'c str,
    ) -> BoxFuture<'r, Option<PendingLogin>>
    where
        'a: 'r,
        'b: 'r,
        'c: 'r,
        Self: 'r,
    {
        let (browser, slot) = (browser.clone(), slot.to_owned());
        let access = Access::write(objects::logins(&browser));
        self.world.call_store(&TAKE_LOGIN, Location::caller(), access, move |facts, by| {
            let login = facts.logins.entry(browser).or_default().remove(&slot);
            let found = login.as_ref().map(|login| login.state.clone());
            facts.ledger.push(by, Event::LoginTaken { found });
            login
        })
    }

    #[track_caller]
    fn load_all<'a, 'b, 'r>(&'a self, browser: &'b BrowserId) -> BoxFuture<'r, PendingLogins>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let browser = browser.clone();
        let access = Access::read(objects::logins(&browser));
        self.world.call_store(&LOAD_LOGINS, Location::caller(), access, move |facts, by| {
            let logins = facts.logins.get(&browser).cloned().unwrap_or_default();
            facts.ledger.push(by, Event::LoginsLoaded { found: states(&logins) });
            logins
        })
    }

    #[track_caller]
    fn save_all<'a, 'b, 'r>(
        &'a self,
        browser: &'b BrowserId,
        logins: PendingLogins,
    ) -> BoxFuture<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        let browser = browser.clone();
        let access = Access::write(objects::logins(&browser));
        self.world.call_store(&SAVE_LOGINS, Location::caller(), access, move |facts, by| {
            facts.ledger.push(by, Event::LoginsSaved { stored: states(&logins) });
            facts.logins.insert(browser, logins);
        })
    }
}

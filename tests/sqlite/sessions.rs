//! A store of sessions in SQLite.

use async_trait::async_trait;
use authloom::auth::{
    BrowserId, Capability, Event, Session, SessionId, SessionStore, StoreError, Telling, World,
};
use authloom::explore::Access;
use authloom::world::Operation;
use rusqlite::{Connection, OptionalExtension as _, Result, ffi};

use crate::database::{Link, Schema, Seen};

static SELECT: Operation = authloom::store_operation!("sql-select-session");
static INSERT: Operation = authloom::store_operation!("sql-insert-session");
static DELETE: Operation = authloom::store_operation!("sql-delete-session");
static UPDATE: Operation = authloom::store_operation!("sql-update-session");

/// One process's store: what it offers is what its schema and its transactions give.
pub struct SqliteSessions {
    link: Link,
    offers: Capability,
}

impl SqliteSessions {
    pub fn new(world: &World, offers: Capability, seen: &Seen) -> Self {
        let schema = match offers {
            Capability::UniqueInsert => Schema::UniqueBrowser,
            Capability::PlainPut | Capability::CompareAndSwap => Schema::AnyRows,
        };
        SqliteSessions { link: Link::new(world, schema, seen), offers }
    }

    fn require(&self, needed: Capability) -> Result<(), StoreError> {
        if needed == self.offers { Ok(()) } else { Err(StoreError::NotOffered(needed)) }
    }
}

fn session(number: i64, browser: &BrowserId) -> Session {
    Session { id: SessionId::new(format!("session-{number}")), browser: browser.clone() }
}

/// The oldest row of a browser.
fn select(sql: &Connection, browser: &BrowserId) -> Result<Option<Session>> {
    let query = "SELECT MIN(number) FROM sessions WHERE browser = ? GROUP BY browser";
    let number = sql.query_row(query, [browser.as_str()], |row| row.get(0)).optional()?;
    Ok(number.map(|number| session(number, browser)))
}

fn insert(sql: &Connection, browser: &BrowserId) -> Result<Session> {
    sql.execute("INSERT INTO sessions (browser) VALUES (?)", [browser.as_str()])?;
    Ok(session(sql.last_insert_rowid(), browser))
}

fn insert_and_tell(
    sql: &Connection,
    telling: &mut Telling<'_>,
    browser: &BrowserId,
) -> Result<Session> {
    insert(sql, browser).inspect(|session| tell_created(telling, session))
}

fn tell_created(telling: &mut Telling<'_>, session: &Session) {
    let Session { id, browser } = session.clone();
    telling.tell(Event::SessionCreated { browser, session: id });
}

#[async_trait]
impl SessionStore for SqliteSessions {
    async fn find(&self, browser: &BrowserId) -> Option<Session> {
        let browser = browser.clone();
        let find = move |sql: &Connection, telling: &mut Telling<'_>| {
            let found = select(sql, &browser)?;
            let id = found.as_ref().map(|session| session.id.clone());
            telling.tell(Event::SessionLookedUp { browser: browser.clone(), found: id });
            Ok(found)
        };
        self.link.run_patiently(&SELECT, Access::read, find).await
    }

    async fn put(&self, browser: &BrowserId) -> Session {
        let browser = browser.clone();
        let put = move |sql: &Connection, telling: &mut Telling<'_>| {
            insert_and_tell(sql, telling, &browser)
        };
        self.link.run_patiently(&INSERT, Access::write, put).await
    }

    async fn insert_unique(&self, browser: &BrowserId) -> Result<Session, StoreError> {
        self.require(Capability::UniqueInsert)?;
        let row = browser.clone();
        let inserted = self
            .link
            .run(&INSERT, Access::write, move |sql, telling| insert_and_tell(sql, telling, &row));
        match inserted.await {
            Ok(session) => Ok(session),
            Err(error)
                if error.sqlite_error().map(|failure| failure.extended_code)
                    == Some(ffi::SQLITE_CONSTRAINT_UNIQUE) =>
            {
                Err(StoreError::Conflict { existing: self.find(browser).await })
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Four statements: nobody else writes between the first and the last.
    async fn compare_and_swap(
        &self,
        browser: &BrowserId,
        expected: Option<&SessionId>,
    ) -> Result<Session, StoreError> {
        self.require(Capability::CompareAndSwap)?;
        let transaction = self.link.begin("BEGIN IMMEDIATE").await;
        let row = browser.clone();
        let existing =
            transaction.run_patiently(&SELECT, Access::read, move |sql, _| select(sql, &row)).await;
        if existing.as_ref().map(|session| &session.id) != expected {
            transaction.roll_back().await;
            return Err(StoreError::Conflict { existing });
        }
        if existing.is_some() {
            let row = browser.clone();
            let delete = move |sql: &Connection, _: &mut Telling<'_>| {
                sql.execute("DELETE FROM sessions WHERE browser = ?", [row.as_str()])
            };
            transaction.run_patiently(&DELETE, Access::write, delete).await;
        }
        let row = browser.clone();
        let created = transaction
            .run_patiently(&INSERT, Access::write, move |sql, _| insert(sql, &row))
            .await;
        let session = created.clone();
        transaction.commit(move |telling| tell_created(telling, &session)).await;
        Ok(created)
    }

    async fn acquire(&self, session: &SessionId) {
        let session = session.clone();
        let acquire = move |sql: &Connection, telling: &mut Telling<'_>| {
            let number = session.secret().trim_start_matches("session-");
            sql.execute("UPDATE sessions SET uses = uses + 1 WHERE number = ?", [number])?;
            telling.tell(Event::SessionAcquired { session: session.clone() });
            Ok(())
        };
        self.link.run_patiently(&UPDATE, Access::write, acquire).await;
    }
}

//! A store of tokens in SQLite.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, Event, RefreshToken, Telling, TokenStore, Tokens, UserId, World,
};
use authloom::explore::{Access, ObjectId};
use authloom::world::{Operation, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use crate::database::{Link, Schema, Seen, is_busy};

static SELECT: Operation = authloom::store_operation!("sql-select-tokens");
static WRITE: Operation = authloom::store_operation!("sql-write-tokens");
static DELETE: Operation = authloom::store_operation!("sql-delete-tokens");

/// What a read does that finds the database locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenBusy {
    /// It waits, and reads again.
    Waits,
    /// Fault: it takes the error for "no such row", so that the user seems to be signed out.
    FindsNothing,
}

/// How a transaction that reads and then writes begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// It takes a lock when it reads, and another when it writes.
    Deferred,
    /// It takes the lock of those who write at once.
    Immediate,
    /// It keeps readers out too.
    Exclusive,
}

impl Begin {
    fn statement(self) -> &'static str {
        match self {
            Begin::Deferred => "BEGIN DEFERRED",
            Begin::Immediate => "BEGIN IMMEDIATE",
            Begin::Exclusive => "BEGIN EXCLUSIVE",
        }
    }

    /// What a read in such a transaction does to the database, for others.
    fn read(self) -> fn(ObjectId) -> Access {
        match self {
            // It keeps its lock.
            Begin::Deferred => Access::write,
            Begin::Immediate | Begin::Exclusive => Access::read,
        }
    }
}

/// One process's store.
pub struct SqliteTokens {
    link: Link,
    begin: Begin,
    when_busy: WhenBusy,
}

impl SqliteTokens {
    pub fn new(world: &World, begin: Begin, when_busy: WhenBusy, seen: &Seen) -> Self {
        SqliteTokens { link: Link::new(world, Schema::AnyRows, seen), begin, when_busy }
    }
}

fn read(sql: &Connection, user: &UserId) -> Result<Option<Tokens>> {
    let query = "SELECT access, refresh, ends_at_seconds FROM tokens WHERE user = ?";
    let tokens = |row: &rusqlite::Row<'_>| {
        Ok(Tokens {
            access_token: AccessToken::new(row.get::<_, String>(0)?),
            refresh_token: RefreshToken::new(row.get::<_, String>(1)?),
            expires_at: Timestamp(Duration::from_secs(row.get::<_, u32>(2)?.into())),
        })
    };
    sql.query_row(query, [user.as_str()], tokens).optional()
}

/// Stores the tokens of a user.
pub fn write(sql: &Connection, user: &UserId, tokens: &Tokens) -> Result<()> {
    let ends_at_seconds = i64::try_from(tokens.expires_at.0.as_secs()).expect("it is soon");
    let (access, refresh) = (tokens.access_token.secret(), tokens.refresh_token.secret());
    let row = params![user.as_str(), access, refresh, ends_at_seconds];
    sql.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)", row).map(drop)
}

fn delete(sql: &Connection, user: &UserId) -> Result<()> {
    sql.execute("DELETE FROM tokens WHERE user = ?", [user.as_str()]).map(drop)
}

#[async_trait]
impl TokenStore for SqliteTokens {
    async fn load(&self, user: &UserId) -> Option<Tokens> {
        let user = user.clone();
        let load = move |sql: &Connection, telling: &mut Telling<'_>| {
            let tokens = read(sql, &user)?;
            let found = tokens.as_ref().map(|tokens| tokens.refresh_token.clone());
            telling.tell(Event::TokensLoaded { user: user.clone(), found });
            Ok(tokens)
        };
        match self.when_busy {
            WhenBusy::Waits => self.link.run_patiently(&SELECT, Access::read, load).await,
            WhenBusy::FindsNothing => match self.link.run(&SELECT, Access::read, load).await {
                Ok(tokens) => tokens,
                Err(error) if is_busy(&error) => None,
                Err(error) => panic!("{error}"),
            },
        }
    }

    async fn save(&self, user: &UserId, tokens: Tokens) {
        let user = user.clone();
        let save = move |sql: &Connection, telling: &mut Telling<'_>| {
            write(sql, &user, &tokens)?;
            let stored = tokens.refresh_token.clone();
            telling.tell(Event::TokensSaved { user: user.clone(), stored });
            Ok(())
        };
        self.link.run_patiently(&WRITE, Access::write, save).await;
    }

    async fn remove(&self, user: &UserId) {
        let user = user.clone();
        let remove = move |sql: &Connection, telling: &mut Telling<'_>| {
            let removed = read(sql, &user)?.map(|tokens| tokens.refresh_token);
            delete(sql, &user)?;
            telling.tell(Event::TokensRemoved { user: user.clone(), removed });
            Ok(())
        };
        self.link.run_patiently(&DELETE, Access::write, remove).await;
    }

    /// A transaction: it looks, writes if what it found is still what was read before, and commits.
    async fn replace(
        &self,
        user: &UserId,
        expected: &RefreshToken,
        tokens: Option<Tokens>,
    ) -> bool {
        let transaction = self.link.begin(self.begin.statement()).await;
        let row = user.clone();
        let found = transaction
            .run_patiently(&SELECT, self.begin.read(), move |sql, _| read(sql, &row))
            .await;
        let found = found.map(|tokens| tokens.refresh_token);
        if found.as_ref() != Some(expected) {
            transaction.roll_back().await;
            return false;
        }
        let (row, new) = (user.clone(), tokens.clone());
        let change = move |sql: &Connection, _: &mut Telling<'_>| match &new {
            Some(tokens) => write(sql, &row, tokens),
            None => delete(sql, &row),
        };
        transaction.run_patiently(&WRITE, Access::write, change).await;
        let user = user.clone();
        let tell = move |telling: &mut Telling<'_>| {
            let user = user.clone();
            telling.tell(match &tokens {
                Some(tokens) => Event::TokensSaved { user, stored: tokens.refresh_token.clone() },
                None => Event::TokensRemoved { user, removed: found.clone() },
            });
        };
        transaction.commit(tell).await;
        true
    }
}

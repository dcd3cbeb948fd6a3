//! A real SQLite database as an object of a world: a file, a new one in each execution, and every
//! statement a step.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use authloom::auth::{Telling, World, objects};
use authloom::explore::{Access, ObjectId};
use authloom::sync::Notify;
use authloom::world::Operation;
use rusqlite::{Connection, Error, ErrorCode, Result};

static BEGIN: Operation = authloom::store_operation!("sql-begin");
static COMMIT: Operation = authloom::store_operation!("sql-commit");
static ROLLBACK: Operation = authloom::store_operation!("sql-rollback");

/// The tables. Whether a browser can have one session only is the schema's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// `sessions.browser` is unique.
    UniqueBrowser,
    /// It is not.
    AnyRows,
}

/// The file, which is gone with the world.
struct Database {
    path: PathBuf,
    /// Tells those who found it locked that a transaction has ended. It stands for SQLite's own
    /// busy handler, which would sleep and try again: here nothing may wait inside of a step.
    freed: Notify,
}

/// Which errors the library has given, in all executions: what ran never looks at it.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<BTreeSet<(&'static str, i32)>>>);

/// One process's connection.
#[derive(Clone)]
pub struct Link {
    world: World,
    database: Arc<Database>,
    connection: Arc<Mutex<Connection>>,
    seen: Seen,
}

impl Database {
    fn create(world: &World, schema: Schema) -> Self {
        static FILES: AtomicU64 = AtomicU64::new(0);
        let name = format!("{}-{}.db", process::id(), FILES.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What is left of a process that was killed and had the same number.
        let _ = fs::remove_file(&path);
        let database = Database { path, freed: Notify::new() };
        let unique = if schema == Schema::UniqueBrowser { "UNIQUE" } else { "" };
        let connection = database.connect().expect("the database opens");
        let tables = format!(
            "BEGIN;
             CREATE TABLE sessions (number INTEGER PRIMARY KEY AUTOINCREMENT,
                browser TEXT NOT NULL {unique}, uses INTEGER NOT NULL DEFAULT 0);
             CREATE TABLE tokens (user TEXT PRIMARY KEY, access TEXT NOT NULL,
                refresh TEXT NOT NULL, ends_at_seconds INTEGER NOT NULL);"
        );
        connection.execute_batch(&tables).expect("the tables are created");
        for (user, tokens) in world.tokens_at_start() {
            crate::tokens::write(&connection, &user, &tokens).expect("tokens are stored");
        }
        connection.execute_batch("COMMIT").expect("what is there at the start is committed");
        database
    }

    /// A new connection. It reads the file, which may be locked: not outside of a step.
    fn connect(&self) -> Result<Connection> {
        let connection = Connection::open(&self.path)?;
        // Who finds it locked is told at once. No power fails here: nothing need reach the disk.
        connection.busy_timeout(Duration::ZERO)?;
        connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")?;
        Ok(connection)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Seen {
    fn note(&self, operation: &Operation, error: &Error) {
        if let Error::SqliteFailure(failure, _) = error {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert((operation.name, failure.extended_code));
        }
    }

    /// Each statement that failed, with SQLite's extended result code.
    pub fn errors(&self) -> Vec<(&'static str, i32)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

impl Link {
    /// A connection to the database of a world, which must not have begun its first step.
    pub fn new(world: &World, schema: Schema, seen: &Seen) -> Self {
        let database = world.own(|world| Database::create(world, schema));
        let connection = database.connect().expect("the database opens");
        let connection = Arc::new(Mutex::new(connection));
        Link { world: world.clone(), database, connection, seen: seen.clone() }
    }

    /// Runs a statement, as a step. `touch` is [`Access::read`] if it changes nothing and leaves no
    /// lock behind: SQLite's locks are on the whole file, and to take one may matter to every other
    /// statement.
    ///
    /// # Errors
    /// Those of the library, as it gives them.
    pub async fn run<R: Send + 'static>(
        &self,
        operation: &'static Operation,
        touch: fn(ObjectId) -> Access,
        statement: impl FnOnce(&Connection, &mut Telling<'_>) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let (connection, seen) = (Arc::clone(&self.connection), self.seen.clone());
        let accesses = [touch(objects::own("database"))];
        let step = self.world.step_on(operation, accesses, move |telling| {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            statement(&connection, telling).inspect_err(|error| seen.note(operation, error))
        });
        step.await
    }

    /// The same; whenever the database is locked, it waits until a transaction has ended and tries
    /// again.
    ///
    /// # Panics
    /// With any other error.
    pub async fn run_patiently<R: Send + 'static>(
        &self,
        operation: &'static Operation,
        touch: fn(ObjectId) -> Access,
        statement: impl Fn(&Connection, &mut Telling<'_>) -> Result<R> + Clone + Send + 'static,
    ) -> R {
        loop {
            // It counts from here on, not from when it is awaited.
            let freed = self.database.freed.notified();
            match self.run(operation, touch, statement.clone()).await {
                Ok(result) => return result,
                Err(error) if is_busy(&error) => freed.await,
                Err(error) => panic!("{}: {error}", operation.name),
            }
        }
    }

    /// Begins a transaction, on a connection that it has for itself: `begin` is the statement.
    pub async fn begin(&self, begin: &'static str) -> Link {
        let database = Arc::clone(&self.database);
        let connect = move |_: &Connection, _: &mut Telling<'_>| {
            let connection = database.connect()?;
            connection.execute_batch(begin)?;
            Ok(connection)
        };
        let connection = self.run_patiently(&BEGIN, Access::write, connect).await;
        Link { connection: Arc::new(Mutex::new(connection)), ..self.clone() }
    }

    /// Commits; `tell` tells what that has brought about.
    pub async fn commit(self, tell: impl Fn(&mut Telling<'_>) + Clone + Send + 'static) {
        let commit = move |sql: &Connection, telling: &mut Telling<'_>| {
            sql.execute_batch("COMMIT").inspect(|()| tell(telling))
        };
        self.run_patiently(&COMMIT, Access::write, commit).await;
        self.database.freed.notify_waiters();
    }

    /// Gives up what the transaction has done.
    pub async fn roll_back(self) {
        self.run_patiently(&ROLLBACK, Access::write, |sql, _| sql.execute_batch("ROLLBACK")).await;
        self.database.freed.notify_waiters();
    }
}

/// Whether somebody else has locked the database.
pub fn is_busy(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

//! A world, as code under test and scenarios see it.

use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use super::account_store::AccountStoreDouble;
use super::authorization_server::AuthorizationServer;
use super::facts::Facts;
use super::file_lock::FileLock;
use super::http::HttpDouble;
use super::lease::LeaseStoreDouble;
use super::ledger::{Event, Ledger};
use super::login_store::LoginStoreDouble;
use super::mark_store::MarkStoreDouble;
use super::nonce_store::NonceStoreDouble;
use super::resource_server::ResourceServer;
use super::session_store::{Capability, SessionStoreDouble};
use super::shared_token_store::SharedTokenStoreDouble;
use super::token_database::{Isolation, TokenDatabaseDouble};
use super::token_endpoint::TokenEndpointDouble;
use super::token_file::TokenFileDouble;
use super::token_store::TokenStoreDouble;
use crate::explore::{Access, Lane};
use crate::world::{Gate, Kernel, Operation, Setting, Skew, Timestamp, WorldClock, WorldSpawner};

/// The doubles that one execution consists of. Clones are the same world.
#[derive(Clone)]
pub struct World {
    kernel: Kernel,
    facts: Arc<Mutex<Facts>>,
}

impl World {
    /// A world outside an exploration: calls go through at once, except where a test holds a gate.
    pub fn by_hand() -> Self {
        Self::on(Kernel::free())
    }

    fn on(kernel: Kernel) -> Self {
        World { kernel, facts: Arc::default() }
    }

    /// The authorization server, to log users in and to issue codes.
    pub fn server(&self) -> AuthorizationServer {
        AuthorizationServer::of(self)
    }

    /// The authorization server's token endpoint, typed.
    pub fn token_endpoint(&self) -> TokenEndpointDouble {
        TokenEndpointDouble::of(self)
    }

    /// An HTTP client of the authorization server, which is an OpenID Provider too.
    pub fn http(&self) -> HttpDouble {
        HttpDouble::of(self)
    }

    /// Where a client keeps its users' tokens.
    pub fn token_store(&self) -> TokenStoreDouble {
        TokenStoreDouble::of(self)
    }

    /// Where several processes keep their users' tokens: the same tokens, across a connection.
    pub fn shared_token_store(&self) -> SharedTokenStoreDouble {
        SharedTokenStoreDouble::of(self)
    }

    /// Where several processes keep their users' tokens, as a database with transactions: the same
    /// tokens. The handle's transactions are kept apart as far as it says.
    pub fn token_database(&self, isolation: Isolation) -> TokenDatabaseDouble {
        TokenDatabaseDouble::of(self, isolation)
    }

    /// Where several processes keep their users' accounts, tokens and all: the same tokens.
    pub fn account_store(&self) -> AccountStoreDouble {
        AccountStoreDouble::of(self)
    }

    /// Where several processes keep their users' tokens, as a file: the same tokens.
    pub fn token_file(&self) -> TokenFileDouble {
        TokenFileDouble::of(self)
    }

    /// Where all instances note which refresh tokens they present.
    pub fn mark_store(&self) -> MarkStoreDouble {
        MarkStoreDouble::of(self)
    }

    /// A lock that all instances share.
    pub fn file_lock(&self) -> FileLock {
        FileLock::of(self)
    }

    /// Where all instances get their leases from.
    pub fn lease_store(&self) -> LeaseStoreDouble {
        LeaseStoreDouble::of(self)
    }

    /// Where a relying party keeps its sessions. The handle offers what the real store is claimed
    /// to offer and refuses the rest; all handles of a world are one store.
    pub fn session_store(&self, offers: Capability) -> SessionStoreDouble {
        SessionStoreDouble::of(self, offers)
    }

    /// Where a relying party puts aside what a login needs when its redirect comes back.
    pub fn login_store(&self) -> LoginStoreDouble {
        LoginStoreDouble::of(self)
    }

    /// Where a relying party keeps which nonces have been used.
    pub fn nonce_store(&self) -> NonceStoreDouble {
        NonceStoreDouble::of(self)
    }

    /// A protected resource (RFC 6749, section 1.1) to sync with.
    pub fn resource_server(&self) -> ResourceServer {
        ResourceServer::of(self)
    }

    /// The virtual clock, as clients read it; and the timers that go by it.
    pub fn clock(&self) -> WorldClock {
        let facts = self.facts();
        WorldClock::new(&self.kernel, facts.clock_skew, &facts.sleepers)
    }

    /// Sets the clocks that are handed out from now on this far from the server's.
    pub fn skew_clocks(&self, skew: Skew) {
        self.facts().clock_skew = skew;
    }

    /// Lets the clock go on by as much, at this very moment, and says so in the timeline.
    pub fn pass_time(&self, by: Duration) {
        self.clock().advance(by);
        self.record(Event::ClockAdvanced { by });
    }

    /// Lets the clock go on by as much, so many times, whenever a search has it so.
    pub(crate) fn let_time_pass(&self, times: usize, by: Duration) {
        let world = self.clone();
        self.kernel.add_environment("clock", async move {
            for time in 0..times {
                if time > 0 {
                    yield_now().await;
                }
                world.pass_time(by);
            }
        });
    }

    /// Where to start tasks.
    pub fn spawner(&self) -> WorldSpawner {
        WorldSpawner::new(&self.kernel)
    }

    /// Holds the answer of the next call of `operation` until the gate is released or dropped.
    pub fn hold(&self, operation: &'static Operation) -> Gate {
        Gate::hold(&self.kernel, operation)
    }

    /// Stands before whatever others can see that is no call, where callers are threads.
    pub(super) fn take_turn(&self) {
        self.kernel.take_turn();
    }

    /// The same, before another look at what the running task has waited for.
    pub(super) fn take_turn_again(&self) {
        self.kernel.take_turn_again();
    }

    /// A world whose callers are the team that is here.
    #[cfg(feature = "loom")]
    pub(crate) fn of_team(outsiders: Arc<crate::world::Outsiders>) -> Self {
        Self::on(Kernel::of_team(outsiders))
    }

    /// What happened so far.
    pub fn ledger(&self) -> Ledger {
        self.facts().ledger.clone()
    }

    /// How many faults the stage, or a caller, has asked the server for.
    pub(crate) fn faults_staged(&self) -> usize {
        self.facts().server.faults_staged()
    }

    /// How many faults have befallen calls, whoever asked for them.
    pub(crate) fn faults_met(&self) -> usize {
        self.kernel.faults_met() + self.facts().server.faults_met()
    }

    /// Keeps wakers of a crashed process until the execution has ended.
    pub(super) fn bury(&self, wakers: impl IntoIterator<Item = Waker>) {
        self.kernel.bury(wakers);
    }

    /// The present moment, as part of a step that has begun.
    pub(super) fn now(&self) -> Timestamp {
        self.kernel.now()
    }

    /// Notes what happened, as part of a step that has begun.
    pub(super) fn record(&self, event: Event) {
        let by = self.kernel.recording_lane();
        self.facts().ledger.push(by, event);
    }

    /// Lets `look` at the ledger without copying it.
    pub(crate) fn with_ledger<R>(&self, look: impl FnOnce(&Ledger) -> R) -> R {
        look(&self.facts().ledger)
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn touch(&self, access: Access) {
        self.kernel.touch(access);
    }

    pub(super) fn current_lane(&self) -> Lane {
        self.kernel.current_lane()
    }
}

/// Ends a step of a task that can go on at once.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Setting for World {
    fn new() -> Self {
        Self::on(Kernel::explored())
    }

    fn renew(&mut self) {
        self.kernel.renew();
        match Arc::get_mut(&mut self.facts) {
            Some(facts) => facts.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()).clear(),
            None => self.facts = Arc::default(),
        }
    }

    fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    fn went_down(&self, lanes: &[Lane]) {
        self.unlock_files_of(lanes);
        self.roll_back_those_of(lanes);
    }

    fn outcome(&self) -> u64 {
        let facts = self.facts();
        // Calls of one task may arrive in any order too.
        facts.ledger.entries().iter().fold(0, |sum, entry| {
            let mut hasher = DefaultHasher::new();
            entry.hash(&mut hasher);
            sum.wrapping_add(hasher.finish())
        })
    }
}

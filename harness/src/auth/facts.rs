//! Everything that a world knows of authentication, in one place: a double's transition is one
//! change to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::authorization_server::ServerState;
use super::file_lock::FileLockState;
use super::identity::{BrowserId, UserId};
use super::lease::Leases;
use super::ledger::{Event, Ledger};
use super::login_store::PendingLogins;
use super::mark_store::Marks;
use super::nonce_store::UsedNonces;
use super::own::Owned;
use super::session_store::SessionRows;
use super::token_database::Transactions;
use super::token_store::Tokens;
use crate::world::{Skew, Sleepers};

#[derive(Default)]
pub(super) struct Facts {
    pub(super) server: ServerState,
    pub(super) sessions: SessionRows,
    pub(super) logins: BTreeMap<BrowserId, PendingLogins>,
    pub(super) nonces: UsedNonces,
    pub(super) tokens: BTreeMap<UserId, Tokens>,
    /// How often the account of each user was written.
    pub(super) account_writes: BTreeMap<UserId, u64>,
    pub(super) transactions: Transactions,
    pub(super) marks: Marks,
    pub(super) leases: Leases,
    pub(super) file_lock: FileLockState,
    pub(super) clock_skew: Skew,
    pub(super) sleepers: Arc<Sleepers>,
    pub(super) owned: Owned,
    pub(super) ledger: Ledger,
}

impl Facts {
    /// Forgets everything, but keeps the memory.
    pub(super) fn clear(&mut self) {
        let Facts {
            server,
            sessions,
            logins,
            nonces,
            tokens,
            account_writes,
            transactions,
            marks,
            leases,
            file_lock,
            clock_skew,
            sleepers,
            owned,
            ledger,
        } = self;
        server.clear();
        sessions.clear();
        logins.clear();
        nonces.clear();
        tokens.clear();
        account_writes.clear();
        *transactions = Transactions::default();
        marks.clear();
        *leases = Leases::default();
        *file_lock = FileLockState::default();
        *clock_skew = Skew::None;
        if !sleepers.is_empty() {
            *sleepers = Arc::default();
        }
        owned.clear();
        ledger.clear();
    }

    /// The families of the codes that this browser's callbacks have brought.
    pub(super) fn families_delivered_to(&self, browser: &BrowserId) -> Vec<usize> {
        let delivered = self.ledger.entries().iter().filter_map(|entry| match &entry.event {
            Event::CallbackReceived { browser: to, code } if to == browser => Some(code),
            _ => None,
        });
        delivered.filter_map(|code| self.server.family_of_code(code)).collect()
    }
}

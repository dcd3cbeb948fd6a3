//! Everything that a world knows of authentication, in one place: a double's transition is one
//! change to it.

use std::collections::BTreeMap;

use super::authorization_server::ServerState;
use super::identity::UserId;
use super::ledger::Ledger;
use super::session_store::SessionRows;
use super::token_store::Tokens;

#[derive(Default)]
pub(super) struct Facts {
    pub(super) server: ServerState,
    pub(super) sessions: SessionRows,
    pub(super) tokens: BTreeMap<UserId, Tokens>,
    pub(super) ledger: Ledger,
}

impl Facts {
    /// Forgets everything, but keeps the memory.
    pub(super) fn clear(&mut self) {
        let Facts { server, sessions, tokens, ledger } = self;
        server.clear();
        sessions.clear();
        tokens.clear();
        ledger.clear();
    }
}

/// The objects that doubles declare accesses on; the search needs them to tell which steps can be
/// swapped.
pub(super) mod objects {
    use crate::explore::ObjectId;

    /// The authorization server: its codes, tokens and pending faults. One object, because tokens
    /// are numbered over all families and a reused code revokes a family.
    pub(in crate::auth) const AUTHORIZATION_SERVER: ObjectId = ObjectId { kind: 2, key: 0 };

    /// The session store's rows of all browsers.
    pub(in crate::auth) const SESSIONS: ObjectId = ObjectId { kind: 4, key: 0 };

    /// The client's stored tokens.
    pub(in crate::auth) const TOKEN_STORE: ObjectId = ObjectId { kind: 5, key: 0 };

    /// The resource server.
    pub(in crate::auth) const RESOURCE_SERVER: ObjectId = ObjectId { kind: 6, key: 0 };
}

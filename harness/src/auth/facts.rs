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

/// The objects that doubles declare accesses on; the search needs them to tell which steps can be
/// swapped.
pub(super) mod objects {
    use crate::explore::ObjectId;

    /// The token endpoint, as one family of tokens sees it.
    pub(in crate::auth) fn token_family(family: usize) -> ObjectId {
        ObjectId { kind: 1, key: family as u32 }
    }

    /// The token endpoint, as far as no family is concerned: codes, faults, unknown tokens.
    pub(in crate::auth) const TOKEN_ENDPOINT: ObjectId = ObjectId { kind: 2, key: 0 };

    /// The session store's rows of all browsers.
    pub(in crate::auth) const SESSIONS: ObjectId = ObjectId { kind: 3, key: 0 };

    /// The client's stored tokens.
    pub(in crate::auth) const TOKEN_STORE: ObjectId = ObjectId { kind: 4, key: 0 };

    /// The resource server.
    pub(in crate::auth) const RESOURCE_SERVER: ObjectId = ObjectId { kind: 5, key: 0 };
}

//! The objects that doubles declare accesses on: kinds 3 to 8 and 11 to 13. The search needs them
//! to tell which steps can be swapped.

use super::identity::BrowserId;
use super::secret::Nonce;
use crate::explore::ObjectId;

/// Which families and codes there are, and what the authorization server is told to do with the
/// next request. Every request to it reads this.
pub const AUTHORIZATION_SERVER: ObjectId = ObjectId { kind: 3, key: 0 };

/// The keys that ID tokens are signed with.
pub const SIGNING_KEYS: ObjectId = ObjectId { kind: 3, key: 1 };

/// The client's stored tokens.
pub const TOKEN_STORE: ObjectId = ObjectId { kind: 4, key: 0 };

/// The notes about refresh tokens that are presented.
pub const MARKS: ObjectId = ObjectId { kind: 4, key: 1 };

/// The resource server.
pub const RESOURCE_SERVER: ObjectId = ObjectId { kind: 5, key: 0 };

/// What callers ask and are told. Nobody takes it: the order matters to properties alone.
pub const CALLERS: ObjectId = ObjectId { kind: 5, key: 1 };

/// The file lock.
pub const FILE_LOCK: ObjectId = ObjectId { kind: 8, key: 1 };

/// The lease store.
pub const LEASE: ObjectId = ObjectId { kind: 8, key: 0 };

/// The tokens of one family, and the code that it is for, if any.
pub const fn family(number: usize) -> ObjectId {
    ObjectId { kind: 6, key: number as u32 }
}

/// The session store's rows of one browser.
pub fn sessions(browser: &BrowserId) -> ObjectId {
    ObjectId { kind: 7, key: crate::world::hash(browser.as_str()) }
}

/// What a browser's logins under way have put aside.
pub fn logins(browser: &BrowserId) -> ObjectId {
    ObjectId { kind: 12, key: crate::world::hash(browser.as_str()) }
}

/// Whether a nonce has been used.
pub fn nonce(nonce: &Nonce) -> ObjectId {
    ObjectId { kind: 13, key: crate::world::hash(nonce.secret()) }
}

/// An object that an adopter brings along, by a name of theirs: a database, a table, a file. Those
/// whose names share a hash are taken to be one.
pub fn own(name: &str) -> ObjectId {
    ObjectId { kind: 11, key: crate::world::hash(name) }
}

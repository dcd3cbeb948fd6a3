//! What happened in a world, in order. Properties judge it and timelines tell it.

use std::time::Duration;

use super::identity::{BrowserId, UserId};
use super::lease::Lease;
use super::outcome::Outcome;
use super::secret::{AccessToken, AuthorizationCode, Nonce, RefreshToken, SessionId, State};
use super::token_endpoint::OAuthErrorCode;
use crate::explore::Lane;
use crate::world::{Fault, Timestamp, note_entry};

/// A position in a [`Ledger`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventIndex(pub usize);

/// An event and for whom it happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The caller or task whose step or call it was.
    pub by: Lane,
    /// What happened.
    pub event: Event,
}

/// Something that happened at a double, or that a caller got back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// A refresh token reached the token endpoint.
    RefreshTokenPresented {
        /// The value that was sent.
        token: RefreshToken,
        /// The family, by number, if the server ever issued it.
        family: Option<usize>,
        /// When.
        at: Timestamp,
    },
    /// The token endpoint answered a refresh (RFC 6749, section 6).
    Refreshed {
        /// The family, by number, that the tokens belong to.
        family: usize,
        /// The refresh token that was presented: consumed, if the server rotates.
        consumed: RefreshToken,
        /// Its successor; itself, if the server does not rotate.
        issued: RefreshToken,
        /// When the new access token ends.
        expires_at: Timestamp,
    },
    /// A consumed refresh token came back, so its family was revoked (RFC 9700, section 4.14.2).
    FamilyRevoked {
        /// The family, by number.
        family: usize,
        /// The token that gave it away.
        reused: RefreshToken,
    },
    /// A spent refresh token came back and was answered all the same.
    ReuseForgiven {
        /// The family, by number.
        family: usize,
        /// The token that came back.
        reused: RefreshToken,
        /// The refresh token of the answer.
        issued: RefreshToken,
    },
    /// A spent refresh token came back, so the newest of its family was revoked.
    NewestRevoked {
        /// The family, by number.
        family: usize,
        /// The token that gave it away.
        reused: RefreshToken,
        /// The token that was revoked.
        revoked: RefreshToken,
    },
    /// The token endpoint answered with an error (RFC 6749, section 5.2).
    TokenRequestRefused {
        /// Which error.
        error: OAuthErrorCode,
    },
    /// A fault befell a call to a server.
    Faulted {
        /// Which.
        fault: Fault,
    },
    /// The authorization endpoint sent a user agent back with a code.
    CodeIssued {
        /// The code.
        code: AuthorizationCode,
    },
    /// The UserInfo endpoint was asked whose an access token is.
    UserInfoAsked {
        /// The value that was sent.
        token: AccessToken,
        /// Whether it was live, and so answered.
        is_live: bool,
    },
    /// A client had a refresh token revoked, and its family with it (RFC 7009, section 2.1).
    RefreshTokenRevoked {
        /// The family, by number.
        family: usize,
        /// The token.
        token: RefreshToken,
    },
    /// A client had an access token revoked (RFC 7009, section 2.1).
    AccessTokenRevoked {
        /// The token.
        token: AccessToken,
    },
    /// An authorization code reached the token endpoint.
    CodePresented {
        /// The value that was sent.
        code: AuthorizationCode,
    },
    /// An authorization code was exchanged for tokens.
    CodeRedeemed {
        /// The code.
        code: AuthorizationCode,
        /// The refresh token that was issued for it.
        issued: RefreshToken,
    },
    /// A redeemed code came back, so what had been issued for it was revoked (RFC 6749, section
    /// 4.1.2).
    CodeReused {
        /// The code.
        code: AuthorizationCode,
        /// The family, by number, that had been issued for it.
        family: usize,
    },
    /// The client read its stored tokens.
    TokensLoaded {
        /// Whose tokens.
        user: UserId,
        /// The refresh token found.
        found: Option<RefreshToken>,
    },
    /// The client replaced its stored tokens.
    TokensSaved {
        /// Whose tokens.
        user: UserId,
        /// The refresh token stored.
        stored: RefreshToken,
    },
    /// The client removed its stored tokens.
    TokensRemoved {
        /// Whose tokens.
        user: UserId,
        /// The refresh token that was there.
        removed: Option<RefreshToken>,
    },
    /// The client's store did not replace tokens, because they were others than expected.
    TokensConflicted {
        /// Whose tokens.
        user: UserId,
        /// The refresh token that is there instead.
        found: Option<RefreshToken>,
    },
    /// A transaction of the client has written tokens, which others see once it is committed.
    TokensPending {
        /// Whose tokens.
        user: UserId,
        /// The refresh token that is to be stored; none, if they are to be removed.
        stored: Option<RefreshToken>,
    },
    /// A statement of the client waits for the lock of a row.
    RowLockAwaited {
        /// Whose tokens are in it.
        user: UserId,
    },
    /// A transaction of the client was rolled back, because others have changed what it had read.
    SerializationFailed,
    /// The client's file of tokens was opened for writing, and is empty.
    FileTruncated {
        /// Whose tokens.
        user: UserId,
    },
    /// A part of the user's account that is not its tokens was written.
    QuotaWritten {
        /// Whose account.
        user: UserId,
    },
    /// The client's store did not write an account, because some part of it was written before.
    AccountConflicted {
        /// Whose account.
        user: UserId,
    },
    /// The client noted that it presents a refresh token.
    PresentationMarked {
        /// Which.
        token: RefreshToken,
    },
    /// The client looked whether it has noted that it presents a refresh token.
    MarkLookedFor {
        /// Which.
        token: RefreshToken,
        /// Whether it has.
        is_marked: bool,
    },
    /// A lease was given.
    LeaseTaken {
        /// Which.
        lease: Lease,
    },
    /// A lease was not given, because another has not ended.
    LeaseRefused,
    /// The lease store was asked for the present lease.
    LeaseLookedUp {
        /// What it found, if it has not ended.
        present: Option<Lease>,
    },
    /// The present lease was freed, whoever had it.
    LeaseFreed {
        /// Which, if there was one that had not ended.
        present: Option<Lease>,
    },
    /// A lease was given back, whether it had ended or not.
    LeaseReleased {
        /// Which.
        lease: Lease,
    },
    /// A login under way put its state aside.
    LoginPutAside {
        /// Its state.
        state: State,
        /// The state that was in that slot.
        over: Option<State>,
    },
    /// A slot for a login under way was emptied.
    LoginTaken {
        /// The state that was in it.
        found: Option<State>,
    },
    /// A browser's logins under way were read.
    LoginsLoaded {
        /// Their states.
        found: Vec<State>,
    },
    /// A browser's logins under way were replaced.
    LoginsSaved {
        /// The states that are there now.
        stored: Vec<State>,
    },
    /// The table of used nonces was asked for one.
    NonceLookedUp {
        /// The nonce.
        nonce: Nonce,
        /// Whether it was there.
        is_used: bool,
    },
    /// A nonce was put into the table of used ones.
    NonceRecorded {
        /// The nonce.
        nonce: Nonce,
    },
    /// A nonce was in the table of used ones already.
    NonceRefused {
        /// The nonce.
        nonce: Nonce,
    },
    /// The session store was asked for a browser's session.
    SessionLookedUp {
        /// The browser.
        browser: BrowserId,
        /// What it found.
        found: Option<SessionId>,
    },
    /// The session store has a new row.
    SessionCreated {
        /// The browser.
        browser: BrowserId,
        /// The id that the store gave it.
        session: SessionId,
    },
    /// The session store refused a row because the browser has one.
    SessionConflicted {
        /// The browser.
        browser: BrowserId,
        /// The row that is there, if any.
        existing: Option<SessionId>,
    },
    /// The final session call.
    SessionAcquired {
        /// The session.
        session: SessionId,
    },
    /// The session store was asked for something that it does not offer.
    StoreRefused,
    /// The resource server answered a pull.
    Pulled,
    /// A caller asked for an access token.
    TokenAsked {
        /// The user.
        user: UserId,
    },
    /// A caller reported that a resource server has refused an access token (RFC 6750, section
    /// 3.1).
    TokenRejected {
        /// The token.
        token: AccessToken,
    },
    /// A caller asked to be signed out.
    SignOutAsked {
        /// The user.
        user: UserId,
    },
    /// A caller asked for the sync status.
    StatusAsked,
    /// A browser began a login.
    LoginBegun {
        /// The browser.
        browser: BrowserId,
    },
    /// A browser's callback reached the client.
    CallbackReceived {
        /// The browser.
        browser: BrowserId,
        /// The code that it brought.
        code: AuthorizationCode,
    },
    /// Time went on.
    ClockAdvanced {
        /// By how much.
        by: Duration,
    },
    /// A caller got its result.
    Returned(Outcome),
}

/// The events of one world, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    /// Everything that happened.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Everything that happened, with its position.
    pub fn indexed(&self) -> impl DoubleEndedIterator<Item = (EventIndex, &Entry)> {
        self.entries.iter().enumerate().map(|(index, entry)| (EventIndex(index), entry))
    }

    /// One entry.
    ///
    /// # Panics
    /// When the position is not from this ledger.
    pub fn entry(&self, index: EventIndex) -> &Entry {
        &self.entries[index.0]
    }

    /// The refresh tokens that reached the token endpoint, in order.
    pub fn refresh_tokens_presented(&self) -> Vec<&str> {
        self.entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::RefreshTokenPresented { token, .. } => Some(token.secret()),
                _ => None,
            })
            .collect()
    }

    /// Its first `count` entries.
    #[cfg(feature = "loom")]
    pub(crate) fn up_to(&self, count: usize) -> Ledger {
        Ledger { entries: self.entries[..count].to_vec() }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn push(&mut self, by: Lane, event: Event) {
        self.entries.push(Entry { by, event });
        note_entry();
    }
}

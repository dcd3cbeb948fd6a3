//! What must hold, and when it is looked at.
//!
//! A property is a name, a sentence and its checks, nothing else: it is given a [`Moment`] and says
//! whether that breaks it. A team writes none; the ready-made ones are in this module, one a file.

mod begun_login_succeeds;
mod callers_get_live_tokens;
mod code_presented_once;
mod everyone_finishes;
mod exactly_one_session;
mod failed_exchange_leaves_nothing;
mod failed_refresh_poisons_nothing;
mod lineage_never_goes_back;
mod never_panics;
mod no_crossed_principals;
mod one_refresh_per_expiry;
mod one_successor_per_grant;
mod only_definitive_errors_end_a_session;
mod refresh_token_presented_once;
mod rejection_deletes_only_its_own;
mod retry_returns_same_session;
mod reuse_never_detected;
mod signed_in_stays_signed_in;
mod signed_out_stays_signed_out;
mod status_never_waits_on_network;
mod unrelated_keys_not_serialized;

pub use begun_login_succeeds::BEGUN_LOGIN_SUCCEEDS;
pub use callers_get_live_tokens::CALLERS_GET_LIVE_TOKENS;
pub use code_presented_once::CODE_PRESENTED_ONCE;
pub use everyone_finishes::EVERYONE_FINISHES;
pub use exactly_one_session::EXACTLY_ONE_SESSION;
pub use failed_exchange_leaves_nothing::FAILED_EXCHANGE_LEAVES_NOTHING;
pub use failed_refresh_poisons_nothing::FAILED_REFRESH_POISONS_NOTHING;
pub use lineage_never_goes_back::LINEAGE_NEVER_GOES_BACK;
pub use never_panics::NEVER_PANICS;
pub use no_crossed_principals::NO_CROSSED_PRINCIPALS;
pub use one_refresh_per_expiry::ONE_REFRESH_PER_EXPIRY;
pub use one_successor_per_grant::ONE_SUCCESSOR_PER_GRANT;
pub use only_definitive_errors_end_a_session::ONLY_DEFINITIVE_ERRORS_END_A_SESSION;
pub use refresh_token_presented_once::REFRESH_TOKEN_PRESENTED_ONCE;
pub use rejection_deletes_only_its_own::REJECTION_DELETES_ONLY_ITS_OWN;
pub use retry_returns_same_session::RETRY_RETURNS_SAME_SESSION;
pub use reuse_never_detected::REUSE_NEVER_DETECTED;
pub use signed_in_stays_signed_in::SIGNED_IN_STAYS_SIGNED_IN;
pub use signed_out_stays_signed_out::SIGNED_OUT_STAYS_SIGNED_OUT;
pub use status_never_waits_on_network::STATUS_NEVER_WAITS_ON_NETWORK;
pub use unrelated_keys_not_serialized::UNRELATED_KEYS_NOT_SERIALIZED;

use std::ops::Range;

use crate::auth::{Entry, EventIndex, Ledger};
use crate::explore::{Lane, ObjectId};
use crate::world::{TaskState, TaskStatus};

/// Every property there is.
pub static ALL: &[Property] = &[
    REFRESH_TOKEN_PRESENTED_ONCE,
    ONE_REFRESH_PER_EXPIRY,
    CALLERS_GET_LIVE_TOKENS,
    NO_CROSSED_PRINCIPALS,
    FAILED_REFRESH_POISONS_NOTHING,
    LINEAGE_NEVER_GOES_BACK,
    ONLY_DEFINITIVE_ERRORS_END_A_SESSION,
    ONE_SUCCESSOR_PER_GRANT,
    REJECTION_DELETES_ONLY_ITS_OWN,
    REUSE_NEVER_DETECTED,
    SIGNED_IN_STAYS_SIGNED_IN,
    SIGNED_OUT_STAYS_SIGNED_OUT,
    EXACTLY_ONE_SESSION,
    CODE_PRESENTED_ONCE,
    BEGUN_LOGIN_SUCCEEDS,
    FAILED_EXCHANGE_LEAVES_NOTHING,
    RETRY_RETURNS_SAME_SESSION,
    UNRELATED_KEYS_NOT_SERIALIZED,
    STATUS_NEVER_WAITS_ON_NETWORK,
    EVERYONE_FINISHES,
    NEVER_PANICS,
];

/// Something that must hold in every execution.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name, the same in every output.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub statement: &'static str,
    /// The objects whose joint state it looks at after each step. Steps that change two of them are
    /// taken to depend on each other, or the state between them might never be reached. Empty for
    /// one that looks at a single object; [`CALLERS`](crate::auth::objects::CALLERS) for one that
    /// compares when two callers asked or were told something.
    pub joins: &'static [ObjectId],
    /// How it is checked. A property is broken as soon as one of its checks is.
    pub checks: &'static [(When, Check)],
}

/// When a check is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After each step; at level `thread`, before each turn that a task takes and at the end.
    Always,
    /// When the answer of one call is all that can still move: nobody but who depends on it waits.
    WhileHeld,
    /// At quiescence.
    Eventually,
}

/// Looks at a moment for a breach.
pub type Check = fn(&Moment<'_>) -> Option<Breach>;

/// Something that some execution must show, or a proof would be about nothing.
#[derive(Debug, Clone, Copy)]
pub struct Sometimes {
    /// Its name.
    pub name: &'static str,
    /// Whether this quiescent moment shows it.
    pub shown: fn(&Moment<'_>) -> bool,
}

/// A world after a step, as properties see it.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// What happened so far.
    pub ledger: &'a Ledger,
    /// How many of its entries are older than the step.
    pub known: usize,
    /// Every task.
    pub tasks: &'a [TaskStatus],
    /// Whose call it is, if its answer is all that can still move.
    pub held: Option<Lane>,
}

impl<'a> Moment<'a> {
    /// What the step added to the ledger.
    pub fn news(&self) -> impl Iterator<Item = (EventIndex, &'a Entry)> {
        let entries = self.ledger.entries();
        (self.known..entries.len()).map(|index| (EventIndex(index), &entries[index]))
    }

    /// How many callers there are; tasks that the code under test started are none.
    pub fn callers(&self) -> usize {
        self.tasks.iter().filter(|task| task.is_caller).count()
    }

    /// Whether the task of a lane was cancelled, or its process has crashed.
    pub fn is_cut_short(&self, lane: Lane) -> bool {
        let task = self.tasks.get(usize::from(lane.0));
        let is_so =
            |task: &TaskStatus| matches!(task.state, TaskState::Cancelled | TaskState::Crashed);
        task.is_some_and(is_so)
    }

    /// For whom a lane acts: the caller in whose step it was started, directly or not.
    pub fn owner(&self, lane: Lane) -> Lane {
        let mut owner = lane;
        // A task is started after the one that starts it.
        while let Some(parent) = self.tasks.get(usize::from(owner.0)).and_then(|task| task.parent) {
            owner = parent;
        }
        owner
    }

    /// What was in the ledger before `index`.
    pub fn before(
        &self,
        index: EventIndex,
    ) -> impl DoubleEndedIterator<Item = (EventIndex, &'a Entry)> {
        let earlier = self.ledger.entries()[..index.0].iter().enumerate();
        earlier.map(|(at, entry)| (EventIndex(at), entry))
    }
}

/// How a property was broken: the facts, for a report to put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// The same refresh token reached the token endpoint twice.
    RefreshTokenPresentedTwice {
        /// The first time.
        first: EventIndex,
        /// The second time.
        second: EventIndex,
    },
    /// A family was refreshed although an earlier refresh's access token was still live.
    RefreshedWhileLive {
        /// The refresh that made the live token.
        earlier: EventIndex,
        /// The token presented after it.
        again: EventIndex,
    },
    /// A caller got an access token that no resource server accepts.
    DeadTokenHandedOut {
        /// What the caller got.
        returned: EventIndex,
    },
    /// A caller got an access token of another user.
    CrossedPrincipals {
        /// What the caller got.
        returned: EventIndex,
    },
    /// A caller that should have got an access token got none.
    NoToken {
        /// What the caller got.
        returned: EventIndex,
    },
    /// A caller was told of a failure that somebody had been told of before it asked.
    OldFailure {
        /// Who was told of it first.
        first: EventIndex,
        /// Who was told of it again.
        again: EventIndex,
    },
    /// Tokens were stored although their user had signed out.
    StoredAfterSignOut {
        /// The sign-out, as it returned.
        signed_out: EventIndex,
        /// The tokens.
        stored: EventIndex,
    },
    /// A refusal of one refresh token removed another from the store.
    AnotherRemoved {
        /// The token that was refused.
        presented: EventIndex,
        /// The token that was removed.
        removal: EventIndex,
    },
    /// A stored refresh token was replaced by an older one.
    WentBack {
        /// The newer one.
        newer: EventIndex,
        /// The older one.
        older: EventIndex,
    },
    /// A refresh token or code was exchanged for tokens twice.
    ExchangedTwice {
        /// The first time.
        first: EventIndex,
        /// The second time.
        second: EventIndex,
    },
    /// A family ended because the answer to a refresh was lost.
    EndedByLostAnswer {
        /// The lost answer.
        lost: EventIndex,
        /// The end.
        ended: EventIndex,
    },
    /// A callback was given a session that the store never created for its browser.
    ForeignSession {
        /// What the callback got.
        returned: EventIndex,
    },
    /// A callback was given a session, and no code of its browser had been redeemed.
    SessionWithoutLogin {
        /// What the callback got.
        returned: EventIndex,
    },
    /// The same authorization code reached the token endpoint twice.
    CodePresentedTwice {
        /// The first time.
        first: EventIndex,
        /// The second time.
        second: EventIndex,
    },
    /// A browser has two sessions.
    SecondSession {
        /// The first session.
        first: EventIndex,
        /// The second one.
        second: EventIndex,
    },
    /// Two callbacks of one browser were given different sessions.
    DifferentSessions {
        /// What the first got.
        first: EventIndex,
        /// What the other got.
        second: EventIndex,
    },
    /// A browser's callbacks left it without a session.
    NoSession {
        /// One of the callbacks.
        received: EventIndex,
    },
    /// A browser began a login, and its callback failed.
    LoginLost {
        /// The beginning.
        begun: EventIndex,
        /// The failure.
        failed: EventIndex,
    },
    /// A callback failed and left a session that it had created.
    SessionLeftBehind {
        /// The session.
        created: EventIndex,
        /// The failure.
        failed: EventIndex,
    },
    /// Somebody waits for a call that is not theirs.
    HeldUp {
        /// What the one who waits had asked for.
        asked: EventIndex,
        /// Whose call is held.
        held: Lane,
    },
    /// Nothing can move and these have not finished.
    Unfinished {
        /// The callers that wait for ever.
        lanes: Vec<Lane>,
    },
    /// An execution goes on for ever, though everybody gets their turn.
    Endless {
        /// The steps after which it was cut off.
        steps: usize,
        /// Those that it consists of, over and over, where they come first; `None` if it does not
        /// repeat itself.
        cycle: Option<Range<usize>>,
    },
    /// A step did not return: it blocks its thread or computes for ever.
    StepNeverReturned {
        /// Who took it.
        lane: Lane,
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// A task panicked.
    Panicked {
        /// Which.
        lane: Lane,
    },
}

#[cfg(test)]
mod testing;

//! What can be observed of an execution: who asked for what and when, and what they were told.

use authloom::auth::{
    AccessToken, AuthError, Entry, Event, Ledger, OAuthErrorCode, Outcome, UserId,
};
use authloom::explore::Lane;

use crate::workload::{Request, User, Workload};

/// A request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub lane: Lane,
    pub request: Request,
    /// Where in the ledger it begins.
    pub begins: usize,
    /// Where it ends and with what; `None` of one that was cut short.
    pub ends: Option<(usize, Answer)>,
}

/// What somebody was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An access token; whose it is, and whether it works or did when it was asked for.
    Token { token: AccessToken, owner: Option<User>, is_live: bool },
    /// That they have to log in.
    LogIn,
    /// That they have to try again.
    TryAgain,
    /// That they are signed out.
    SignedOut,
    /// Anything else. No request of a program may be told that.
    Nonsense,
}

/// The requests of an execution in the order in which they begin.
pub fn operations(ledger: &Ledger) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for (at, entry) in ledger.entries().iter().enumerate() {
        if let Some(request) = begun(&entry.event) {
            operations.push(Operation { lane: entry.by, request, begins: at, ends: None });
        }
        if let Event::Returned(outcome) = &entry.event {
            let mut open = operations.iter_mut().rev();
            let asked = open.find(|one| one.lane == entry.by && one.ends.is_none());
            let asked = asked.expect("who returns has asked");
            asked.ends = Some((at, answer(outcome)));
        }
    }
    operations
}

fn begun(event: &Event) -> Option<Request> {
    let of = |id: &UserId| User::ALL.into_iter().find(|user| user.id() == *id);
    match event {
        Event::TokenAsked { user } => of(user).map(Request::Token),
        Event::SignOutAsked { user } => of(user).map(Request::SignOut),
        _ => None,
    }
}

fn answer(outcome: &Outcome) -> Answer {
    match outcome {
        Outcome::Token { token, owner, is_live, .. } => {
            let owner = User::ALL.into_iter().find(|user| Some(user.id()) == *owner);
            Answer::Token { token: token.clone(), owner, is_live: *is_live }
        }
        Outcome::TokenFailed { error, .. } => match error {
            AuthError::NotSignedIn | AuthError::Refused(OAuthErrorCode::InvalidGrant) => {
                Answer::LogIn
            }
            AuthError::Unavailable => Answer::TryAgain,
            _ => Answer::Nonsense,
        },
        Outcome::SignedOut { is_ok: true, .. } => Answer::SignedOut,
        _ => Answer::Nonsense,
    }
}

impl Operation {
    /// Whether it was under way at some moment at which the other was.
    pub fn overlaps(&self, other: &Operation) -> bool {
        let is_before = |one: &Operation, next: &Operation| {
            one.ends.as_ref().is_some_and(|(end, _)| *end < next.begins)
        };
        !is_before(self, other) && !is_before(other, self)
    }

    /// Whether something in the world excuses it for having to be tried again: a call that failed,
    /// a crash, time that passed meanwhile, or another process that was at it. It may share its
    /// fate with whatever is under way at the same time.
    pub fn may_fail(&self, workload: &Workload, entries: &[Entry], all: &[Operation]) -> bool {
        let end = self.ends.as_ref().map_or(entries.len(), |(end, _)| *end);
        let has_failed = entries[..end].iter().any(|it| matches!(it.event, Event::Faulted { .. }));
        let has_waited = all.iter().any(|other| self.overlaps(other) && other.has_waited(entries));
        let process = |one: &Operation| workload.process_of(usize::from(one.lane.0));
        let is_contended =
            all.iter().any(|other| process(other) != process(self) && self.overlaps(other));
        let has_crashed = workload.befalls.crashes > 0 && all.iter().any(|it| it.ends.is_none());
        has_failed || has_waited || has_crashed || is_contended
    }

    /// Whether time passed while it was under way.
    fn has_waited(&self, entries: &[Entry]) -> bool {
        let end = self.ends.as_ref().map_or(entries.len(), |(end, _)| *end);
        let mut meanwhile = entries[self.begins..end].iter();
        meanwhile.any(|entry| matches!(entry.event, Event::ClockAdvanced { .. }))
    }
}

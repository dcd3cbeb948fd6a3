//! What a program may observe if its requests take effect one at a time, each at a moment between
//! its call and its answer (linearizability: Herlihy and Wing, 1990).
//!
//! A user is signed out, or has an access token with an end. To ask for a token is to be told the
//! one there is, or, when it has ended, a new one that nobody has seen; or, signed out, that one
//! has to log in. To sign out is to be signed out. That is all, as long as nothing befalls. An
//! answer of the server that is lost may cost a login that the server does not forgive; so may one
//! that refuses without cause; and whoever meets a failure may be told to try again.
//!
//! It knows nothing of refresh tokens, locks, stores or schedules. What it takes from the harness
//! is whether a token that somebody got is live, and whose it is.

use std::collections::BTreeSet;
use std::time::Duration;

use authloom::auth::{ACCESS_TOKEN_TTL, AccessToken, Event, EventIndex, Ledger};
use authloom::world::Fault;

use crate::history::{Answer, Operation, operations};
use crate::quiet::is_quiet_state;
use crate::workload::{AfterSignOut, Login, Request, User, Workload};

/// Where in a ledger no order of the requests explains it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unexplained(pub EventIndex);

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Session {
    SignedOut,
    SignedIn {
        token: Held,
        /// Whether the login may be gone at the server, and nobody can help it.
        is_lost: bool,
    },
}

/// The access token of a user who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    Ended,
    /// Which one is not known before somebody is told.
    Live {
        token: Option<AccessToken>,
        ends: Duration,
    },
}

/// One way in which the requests so far can have taken effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    sessions: [Session; 2],
    /// Every token that was ever told.
    told: BTreeSet<AccessToken>,
    /// The requests under way that have taken effect.
    effected: BTreeSet<usize>,
}

/// Whether some order of the requests explains all that was told, and what is stored in the end.
pub fn explain(workload: &Workload, ledger: &Ledger) -> Result<(), Unexplained> {
    let operations = operations(ledger);
    let mut run = Run {
        workload,
        ledger,
        operations: &operations,
        now: Duration::ZERO,
        states: BTreeSet::from([State::new(workload)]),
    };
    for (at, entry) in ledger.entries().iter().enumerate() {
        run.let_requests_take_effect(at);
        match &entry.event {
            Event::ClockAdvanced { by } => run.now += *by,
            Event::Faulted { fault } => run.lose(at, *fault),
            Event::Returned(_) => run.end(at),
            _ => {}
        }
        if run.states.is_empty() {
            return Err(Unexplained(EventIndex(at)));
        }
    }
    let end = ledger.entries().len();
    run.let_requests_take_effect(end);
    let is_quiet =
        |state: &State| is_quiet_state(workload, ledger, &state.sessions, run.may_lose_more());
    if run.has_answered_all() && run.states.iter().any(is_quiet) {
        return Ok(());
    }
    Err(Unexplained(EventIndex(end.saturating_sub(1))))
}

struct Run<'a> {
    workload: &'a Workload,
    ledger: &'a Ledger,
    operations: &'a [Operation],
    now: Duration,
    states: BTreeSet<State>,
}

impl Run<'_> {
    /// Adds what there is if some of the requests under way take effect now, in any order.
    fn let_requests_take_effect(&mut self, at: usize) {
        let mut fresh: Vec<State> = self.states.iter().cloned().collect();
        while let Some(state) = fresh.pop() {
            for (number, operation) in self.operations.iter().enumerate() {
                let is_over = operation.ends.as_ref().is_some_and(|(end, _)| *end < at);
                if operation.begins >= at || is_over || state.effected.contains(&number) {
                    continue;
                }
                for mut next in self.effects(&state, operation) {
                    next.effected.insert(number);
                    if self.states.insert(next.clone()) {
                        fresh.push(next);
                    }
                }
            }
        }
    }

    /// What there is after a request has taken effect that will be answered as it will; nothing, if
    /// it cannot be.
    fn effects(&self, state: &State, operation: &Operation) -> Vec<State> {
        let user = operation.request.user();
        let session = &state.sessions[user as usize];
        let answer = operation.ends.as_ref().map(|(_, answer)| answer);
        let then = |session: Session| vec![state.with(user, session)];
        match (operation.request, answer) {
            (Request::SignOut(_), None | Some(Answer::SignedOut)) => then(Session::SignedOut),
            // Who is gone was told nothing. But what a crash took along may be the answer with the
            // successor, and a login that the server has refused may be ended for them too.
            (Request::Token(_), None) => match session {
                Session::SignedIn { token, is_lost } if *is_lost || self.may_lose_more() => {
                    let lost = Session::SignedIn { token: token.clone(), is_lost: true };
                    vec![state.with(user, lost), state.with(user, Session::SignedOut)]
                }
                _ => Vec::new(),
            },
            (Request::Token(_), Some(Answer::TryAgain))
                if operation.may_fail(self.workload, self.ledger.entries(), self.operations) =>
            {
                vec![state.clone()]
            }
            (Request::Token(_), Some(Answer::LogIn)) => match session {
                Session::SignedOut => vec![state.clone()],
                // A client may end a login that the server has refused.
                Session::SignedIn { is_lost: true, .. } => {
                    vec![state.clone(), state.with(user, Session::SignedOut)]
                }
                Session::SignedIn { .. } => Vec::new(),
            },
            (Request::Token(_), Some(Answer::Token { token, owner, is_live })) => {
                let told = self.told(state, user, token, *is_live);
                told.filter(|_| *owner == Some(user)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What there is after a user was told a token, if they can have been.
    fn told(&self, state: &State, user: User, token: &AccessToken, is_live: bool) -> Option<State> {
        let Session::SignedIn { token: held, is_lost } = &state.sessions[user as usize] else {
            return None;
        };
        if !is_live && !is_lost {
            return None;
        }
        let ends = match held {
            Held::Live { token: known, ends } if self.now < *ends => {
                if let Some(known) = known {
                    return (known == token).then(|| state.clone());
                }
                *ends
            }
            _ => self.now + ACCESS_TOKEN_TTL,
        };
        let held = Held::Live { token: Some(token.clone()), ends };
        let mut next = state.with(user, Session::SignedIn { token: held, is_lost: *is_lost });
        next.told.insert(token.clone()).then_some(next)
    }

    /// A call of somebody who wants a token has met a fault.
    fn lose(&mut self, at: usize, fault: Fault) {
        let is_cause =
            fault == Fault::Refused || (fault.is_after_commit() && !self.workload.is_forgiven());
        if !is_cause {
            return;
        }
        let concerned: Vec<User> =
            User::ALL.into_iter().filter(|&user| self.asks(user, at)).collect();
        let states = std::mem::take(&mut self.states);
        self.states = states.into_iter().map(|state| state.lost(&concerned)).collect();
    }

    fn asks(&self, user: User, at: usize) -> bool {
        self.operations.iter().any(|one| {
            let is_open = one.ends.as_ref().is_none_or(|(end, _)| *end > at);
            one.request == Request::Token(user) && one.begins < at && is_open
        })
    }

    /// Whether everybody got an answer who was not cut short.
    fn has_answered_all(&self) -> bool {
        let unanswered = self.operations.iter().filter(|one| one.ends.is_none()).count();
        let befalls = self.workload.befalls;
        befalls.crashes > 0 || unanswered <= befalls.cancellations
    }

    /// Whether a crash may still cost a login: a request that the crashed process had sent arrives
    /// whenever it does.
    fn may_lose_more(&self) -> bool {
        self.workload.befalls.crashes > 0
            && !self.workload.is_forgiven()
            && self.operations.iter().any(|one| one.ends.is_none())
    }

    /// A request is answered: it has taken effect.
    fn end(&mut self, at: usize) {
        let ended = |one: &Operation| matches!(one.ends, Some((end, _)) if end == at);
        let number = self.operations.iter().position(ended).expect("what returns was asked");
        let request = self.operations[number].request;
        let states = std::mem::take(&mut self.states);
        let effected = states.into_iter().filter(|state| state.effected.contains(&number));
        let answered = effected.map(|mut state| {
            state.effected.remove(&number);
            self.signed_in_again(state, request)
        });
        self.states = answered.collect();
    }

    /// Whoever signs in again does so in the step in which they hear that they are signed out.
    fn signed_in_again(&self, state: State, request: Request) -> State {
        match request {
            Request::SignOut(user) if self.workload.after_sign_out == AfterSignOut::SignsIn => {
                let token = Held::Live { token: None, ends: self.now + ACCESS_TOKEN_TTL };
                state.with(user, Session::SignedIn { token, is_lost: false })
            }
            _ => state,
        }
    }
}

impl State {
    fn new(workload: &Workload) -> Self {
        let token = match workload.login {
            Login::Ended => Held::Ended,
            Login::Live => Held::Live { token: None, ends: ACCESS_TOKEN_TTL },
        };
        let session = Session::SignedIn { token, is_lost: false };
        State {
            sessions: [session.clone(), session],
            told: BTreeSet::new(),
            effected: BTreeSet::new(),
        }
    }

    fn with(&self, user: User, session: Session) -> Self {
        let mut state = self.clone();
        state.sessions[user as usize] = session;
        state
    }

    /// The same, but these users may have lost their logins.
    fn lost(mut self, users: &[User]) -> Self {
        for &user in users {
            if let Session::SignedIn { is_lost, .. } = &mut self.sessions[user as usize] {
                *is_lost = true;
            }
        }
        self
    }
}

//! What is stored when all is quiet, and how often the server has granted.
//!
//! Sources: RFC 6749, section 6 (the successor replaces the refresh token), RFC 9700, section
//! 4.14.2 (what was spent or revoked is of no use).

use std::collections::{BTreeMap, BTreeSet};

use authloom::auth::{Event, Ledger, Outcome, RefreshToken, Rotation};
use authloom::world::Fault;

use crate::sequential::Session;
use crate::stage::logins;
use crate::workload::{AfterSignOut, Login, Passes, Request, User, Workload};

/// Whether the store and the server can be as they are when all is quiet, if the users' sessions
/// are these.
pub fn is_quiet_state(
    workload: &Workload,
    ledger: &Ledger,
    sessions: &[Session; 2],
    may_lose_more: bool,
) -> bool {
    let (logins, stored) = (logins(workload), stored(workload, ledger));
    workload.users().all(|user| {
        let is_stored = match (&sessions[user as usize], &stored[&user]) {
            (Session::SignedOut, stored) => stored.is_none(),
            (Session::SignedIn { .. }, None) => false,
            (Session::SignedIn { is_lost, .. }, Some(token)) => {
                let family = family_of(ledger, &logins, token);
                let is_excused = *is_lost || may_lose_more;
                // Whoever did not hear of the successor keeps what the server takes back.
                let is_kept = workload.may_lose_an_answer() && workload.is_forgiven();
                family.is_some_and(|family| {
                    is_excused
                        || (!is_revoked(ledger, token, family)
                            && (is_kept || !is_spent(ledger, token)))
                })
            }
        };
        is_stored && (may_lose_more || grants(workload, ledger, user) <= causes(workload, ledger))
    }) && is_spent_once(workload, ledger)
}

/// Whether a server that forgives nothing has given each refresh token one successor at the most.
fn is_spent_once(workload: &Workload, ledger: &Ledger) -> bool {
    let policy = workload.server.policy();
    if policy.rotation != Rotation::On || !policy.forgiven.is_empty() {
        return true;
    }
    let spent = ledger.entries().iter().filter_map(|entry| match &entry.event {
        Event::Refreshed { consumed, .. } => Some(consumed),
        Event::ReuseForgiven { reused, .. } => Some(reused),
        _ => None,
    });
    let mut seen = BTreeSet::new();
    spent.into_iter().all(|token| seen.insert(token))
}

/// What the store holds for each user.
fn stored(workload: &Workload, ledger: &Ledger) -> BTreeMap<User, Option<RefreshToken>> {
    let logins = logins(workload);
    let mut stored: BTreeMap<User, Option<RefreshToken>> =
        workload.users().zip(&logins).map(|(user, token)| (user, Some(token.clone()))).collect();
    for user in workload.users() {
        let mut now = stored.remove(&user).flatten();
        for entry in ledger.entries() {
            match &entry.event {
                Event::TokensSaved { user: of, stored } if *of == user.id() => {
                    now = Some(stored.clone());
                }
                Event::TokensRemoved { user: of, .. } if *of == user.id() => now = None,
                Event::Returned(Outcome::SignedOut { user: of, is_ok: true })
                    if *of == user.id() && workload.after_sign_out == AfterSignOut::SignsIn =>
                {
                    now = logins.last().cloned();
                }
                _ => {}
            }
        }
        stored.insert(user, now);
    }
    stored
}

/// The login that a refresh token is of, by number; `None` of one that the server never issued.
fn family_of(ledger: &Ledger, logins: &[RefreshToken], token: &RefreshToken) -> Option<usize> {
    let answers = ledger.entries().iter().find_map(|entry| match &entry.event {
        Event::Refreshed { family, issued, .. } | Event::ReuseForgiven { family, issued, .. } => {
            (issued == token).then_some(*family)
        }
        _ => None,
    });
    answers.or_else(|| logins.iter().position(|login| login == token))
}

/// Whether a refresh token has a successor.
fn is_spent(ledger: &Ledger, token: &RefreshToken) -> bool {
    ledger.entries().iter().any(|entry| {
        matches!(&entry.event, Event::Refreshed { consumed, issued, .. }
            if consumed == token && issued != token)
    })
}

/// Whether the server has ended a refresh token of this login.
fn is_revoked(ledger: &Ledger, token: &RefreshToken, login: usize) -> bool {
    ledger.entries().iter().any(|entry| match &entry.event {
        Event::NewestRevoked { revoked, .. } => revoked == token,
        Event::FamilyRevoked { family, .. } => *family == login,
        _ => false,
    })
}

/// How often the server has given a user new tokens.
fn grants(workload: &Workload, ledger: &Ledger, user: User) -> usize {
    let mut owners: Vec<User> = workload.users().collect();
    if workload.after_sign_out == AfterSignOut::SignsIn {
        let back = workload.requests().find_map(|request| match request {
            Request::SignOut(user) => Some(user),
            Request::Token(_) => None,
        });
        owners.extend(back);
    }
    let grants = ledger.entries().iter().filter(|entry| match &entry.event {
        Event::Refreshed { family, .. } | Event::ReuseForgiven { family, .. } => {
            owners.get(*family) == Some(&user)
        }
        _ => false,
    });
    grants.count()
}

/// How often there was cause to ask for new ones: a token had ended, or an answer was lost.
fn causes(workload: &Workload, ledger: &Ledger) -> usize {
    let is_loss =
        |event: &Event| matches!(event, Event::Faulted { fault } if Fault::is_after_commit(*fault));
    let losses = ledger.entries().iter().filter(|entry| is_loss(&entry.event)).count();
    let is_ended = usize::from(workload.login == Login::Ended);
    let ends = usize::from(workload.befalls.time == Some(Passes::ForAnHour));
    // What a crash takes along is asked for again, and so is what the crashed process had sent.
    is_ended + ends + losses + 2 * workload.befalls.crashes
}

//! What happened, in words.

use super::stand_ins::StandIns;
use crate::auth::{Event, Outcome, State};
use crate::world::Fault;

/// An event as a cell of a timeline says it.
pub(super) fn event_text(event: &Event, names: &StandIns) -> String {
    match event {
        Event::RefreshTokenPresented { token, .. } => {
            format!("presents {}", names.refresh_token(token))
        }
        Event::Refreshed { consumed, issued, .. } if consumed == issued => {
            format!("{} is used and stays", names.refresh_token(consumed))
        }
        Event::Refreshed { consumed, issued, .. } => format!(
            "{} is spent, {} issued",
            names.refresh_token(consumed),
            names.refresh_token(issued)
        ),
        Event::FamilyRevoked { reused, .. } => {
            format!("{} was spent before: its family is revoked", names.refresh_token(reused))
        }
        Event::ReuseForgiven { reused, issued, .. } => format!(
            "{} was spent before and is forgiven: {} issued",
            names.refresh_token(reused),
            names.refresh_token(issued)
        ),
        Event::NewestRevoked { reused, revoked, .. } => format!(
            "{} was spent before: {} is revoked",
            names.refresh_token(reused),
            names.refresh_token(revoked)
        ),
        Event::TokenRequestRefused { error } => format!("refused: {error}"),
        Event::Faulted { fault } => String::from(fault_text(*fault)),
        Event::CodeIssued { code } => format!("issues {}", names.code(code)),
        Event::UserInfoAsked { token, is_live: true } => {
            format!("says whose {} is", names.access_token(token))
        }
        Event::UserInfoAsked { token, is_live: false } => {
            format!("refused: {} is dead", names.access_token(token))
        }
        Event::RefreshTokenRevoked { token, .. } => {
            format!("{} is revoked with its family", names.refresh_token(token))
        }
        Event::AccessTokenRevoked { token } => {
            format!("{} is revoked", names.access_token(token))
        }
        Event::CodePresented { code } => format!("presents {}", names.code(code)),
        Event::CodeRedeemed { code, .. } => format!("{} is redeemed", names.code(code)),
        Event::CodeReused { code, .. } => {
            format!("{} was redeemed before: its tokens are revoked", names.code(code))
        }
        Event::TokensLoaded { user, found: Some(token) } => {
            format!("loads {} of {user}", names.refresh_token(token))
        }
        Event::TokensLoaded { user, found: None } => format!("finds no tokens of {user}"),
        Event::TokensSaved { user, stored } => {
            format!("stores {} for {user}", names.refresh_token(stored))
        }
        Event::TokensRemoved { user, removed: Some(token) } => {
            format!("removes {} of {user}", names.refresh_token(token))
        }
        Event::TokensRemoved { user, removed: None } => {
            format!("finds no tokens of {user} to remove")
        }
        Event::TokensConflicted { found: Some(token), .. } => {
            format!("refused: {} is there", names.refresh_token(token))
        }
        Event::TokensConflicted { found: None, .. } => {
            String::from("refused: the tokens read before are gone")
        }
        Event::TokensPending { user, stored: Some(token) } => {
            format!("writes {} for {user}, not committed", names.refresh_token(token))
        }
        Event::TokensPending { user, stored: None } => {
            format!("removes the tokens of {user}, not committed")
        }
        Event::RowLockAwaited { user } => format!("waits: the row of {user} is locked"),
        Event::SerializationFailed => String::from("refused: could not serialize access"),
        Event::FileTruncated { user } => format!("empties the file of {user}"),
        Event::QuotaWritten { user } => format!("writes the quota of {user}"),
        Event::AccountConflicted { user } => format!("refused: the account of {user} has changed"),
        Event::PresentationMarked { token } => {
            format!("notes that {} is presented", names.refresh_token(token))
        }
        Event::MarkLookedFor { token, is_marked: true } => {
            format!("finds a note that {} was presented", names.refresh_token(token))
        }
        Event::MarkLookedFor { token, is_marked: false } => {
            format!("finds no note of {}", names.refresh_token(token))
        }
        Event::LeaseTaken { lease } => format!("takes lease {}", lease.number),
        Event::LeaseRefused => String::from("refused: the lease is taken"),
        Event::LeaseLookedUp { present: Some(lease) } => format!("finds lease {}", lease.number),
        Event::LeaseLookedUp { present: None } => String::from("finds no lease"),
        Event::LeaseFreed { present: Some(lease) } => format!("frees lease {}", lease.number),
        Event::LeaseFreed { present: None } => String::from("finds no lease to free"),
        Event::LeaseReleased { lease } => format!("gives lease {} back", lease.number),
        Event::LoginPutAside { state, over: None } => format!("puts {} aside", names.state(state)),
        Event::LoginPutAside { state, over: Some(over) } => {
            format!("puts {} aside, in place of {}", names.state(state), names.state(over))
        }
        Event::LoginTaken { found: Some(state) } => format!("takes {} out", names.state(state)),
        Event::LoginTaken { found: None } => String::from("finds no state to take out"),
        Event::LoginsLoaded { found } => format!("loads {}", states_text(found, names)),
        Event::LoginsSaved { stored } => format!("stores {}", states_text(stored, names)),
        Event::NonceLookedUp { nonce, is_used: true } => {
            format!("finds {} used", names.nonce(nonce))
        }
        Event::NonceLookedUp { nonce, is_used: false } => {
            format!("finds {} unused", names.nonce(nonce))
        }
        Event::NonceRecorded { nonce } => format!("records {} as used", names.nonce(nonce)),
        Event::NonceRefused { nonce } => format!("refused: {} is used", names.nonce(nonce)),
        Event::SessionLookedUp { browser, found: Some(session) } => {
            format!("finds {} of {browser}", names.session(session))
        }
        Event::SessionLookedUp { browser, found: None } => {
            format!("finds no session of {browser}")
        }
        Event::SessionCreated { browser, session } => {
            format!("creates {} for {browser}", names.session(session))
        }
        Event::SessionConflicted { existing: Some(session), .. } => {
            format!("refused: {} is there", names.session(session))
        }
        Event::SessionConflicted { existing: None, .. } => {
            String::from("refused: the session read before is gone")
        }
        Event::SessionAcquired { session } => format!("acquires {}", names.session(session)),
        Event::StoreRefused => String::from("refused: the store does not offer this"),
        Event::Pulled => String::from("pulls changes"),
        Event::TokenAsked { user } => format!("asks for a token of {user}"),
        Event::TokenRejected { token } => {
            format!("reports that {} was refused", names.access_token(token))
        }
        Event::SignOutAsked { user } => format!("signs {user} out"),
        Event::StatusAsked => String::from("asks for the sync status"),
        Event::LoginBegun { browser } => format!("begins a login of {browser}"),
        Event::CallbackReceived { browser, .. } => format!("receives a callback of {browser}"),
        Event::ClockAdvanced { by } => format!("time goes on by {} s", by.as_secs()),
        Event::Returned(outcome) => outcome_text(outcome, names),
    }
}

/// The states of logins under way, as a cell of a timeline says them.
fn states_text(states: &[State], names: &StandIns) -> String {
    let states: Vec<String> = states.iter().map(|state| names.state(state)).collect();
    if states.is_empty() { String::from("no state") } else { states.join(" and ") }
}

/// What befell a call, as a cell of a timeline says it.
fn fault_text(fault: Fault) -> &'static str {
    match fault {
        Fault::RequestLost => "the request is lost",
        Fault::AnswerLost => "the answer is lost",
        Fault::ErrorBefore => "fails: 503, nothing changed",
        Fault::ErrorAfter => "fails: 503, after all",
        Fault::TooManyRequests => "fails: 429, nothing changed",
        Fault::Refused => "refused without cause, nothing changed",
        Fault::Garbled => "the answer cannot be read",
    }
}

/// What a caller got, as a cell of a timeline says it.
fn outcome_text(outcome: &Outcome, names: &StandIns) -> String {
    match outcome {
        Outcome::Token { token, is_live: true, .. } => {
            format!("gets {}", names.access_token(token))
        }
        Outcome::Token { token, is_live: false, .. } => {
            format!("gets {}, which is dead", names.access_token(token))
        }
        Outcome::Session { session, .. } => format!("gets {}", names.session(session)),
        Outcome::CallbackFailed { error, .. } | Outcome::TokenFailed { error, .. } => {
            format!("fails: {error}")
        }
        Outcome::SignedOut { user, is_ok: true } => format!("{user} is signed out"),
        Outcome::SignedOut { is_ok: false, .. } => String::from("the sign-out fails"),
        Outcome::ForceSync { is_ok: true } => String::from("the forced sync returns"),
        Outcome::ForceSync { is_ok: false } => String::from("the forced sync fails"),
        Outcome::Status(status) => format!("gets the status: {} cycles", status.cycles),
    }
}

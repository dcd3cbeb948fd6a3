//! Names for secrets and objects: `rt-1`, `code-2`, `Mutex#1`, in order of appearance.

use crate::auth::{
    AccessToken, AuthorizationCode, Event, Nonce, Outcome, RefreshToken, SessionId, State,
};
use crate::prove::{Deed, Recording};
use crate::world::{Action, Object};

/// Which secrets and objects a recording shows, in order.
pub(super) struct StandIns {
    refresh_tokens: Vec<RefreshToken>,
    access_tokens: Vec<AccessToken>,
    codes: Vec<AuthorizationCode>,
    sessions: Vec<SessionId>,
    states: Vec<State>,
    nonces: Vec<Nonce>,
    objects: Vec<Object>,
}

impl StandIns {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut all = StandIns {
            refresh_tokens: Vec::new(),
            access_tokens: Vec::new(),
            codes: Vec::new(),
            sessions: Vec::new(),
            states: Vec::new(),
            nonces: Vec::new(),
            objects: Vec::new(),
        };
        for entry in recording.ledger.entries() {
            all.note(&entry.event);
        }
        for deed in recording.rows.iter().flat_map(|row| &row.deeds) {
            all.note_object(deed);
        }
        all
    }

    pub(super) fn refresh_token(&self, token: &RefreshToken) -> String {
        stand_in("rt", &self.refresh_tokens, token)
    }

    pub(super) fn access_token(&self, token: &AccessToken) -> String {
        stand_in("at", &self.access_tokens, token)
    }

    pub(super) fn code(&self, code: &AuthorizationCode) -> String {
        stand_in("code", &self.codes, code)
    }

    pub(super) fn session(&self, session: &SessionId) -> String {
        stand_in("session", &self.sessions, session)
    }

    pub(super) fn state(&self, state: &State) -> String {
        stand_in("state", &self.states, state)
    }

    pub(super) fn nonce(&self, nonce: &Nonce) -> String {
        stand_in("nonce", &self.nonces, nonce)
    }

    /// Its type, and which of these it is if there are several: `Mutex#2`.
    pub(super) fn object(&self, object: Object) -> String {
        let what = object.what.strip_suffix(" channel").unwrap_or(object.what);
        let alike: Vec<&Object> = self.objects.iter().filter(|it| it.what == object.what).collect();
        match alike.iter().position(|&&other| other == object) {
            Some(position) if alike.len() > 1 => format!("{what}#{}", position + 1),
            _ => what.to_owned(),
        }
    }

    fn note_object(&mut self, deed: &Deed) {
        let Deed::Acted(action) = deed else { return };
        match action {
            Action::ComesTo(used) | Action::WaitsIn(used) | Action::Uses(used) => {
                add(&mut self.objects, &used.object);
            }
            Action::LetsGo(object) => add(&mut self.objects, object),
            Action::Calls { .. } | Action::Wakes(_) | Action::Panics(_) => {}
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::RefreshTokenPresented { token, .. } => add(&mut self.refresh_tokens, token),
            Event::Refreshed { consumed, issued, .. } => {
                add(&mut self.refresh_tokens, consumed);
                add(&mut self.refresh_tokens, issued);
            }
            Event::ReuseForgiven { reused: one, issued: other, .. }
            | Event::NewestRevoked { reused: one, revoked: other, .. } => {
                add(&mut self.refresh_tokens, one);
                add(&mut self.refresh_tokens, other);
            }
            Event::FamilyRevoked { reused: token, .. }
            | Event::RefreshTokenRevoked { token, .. }
            | Event::PresentationMarked { token }
            | Event::MarkLookedFor { token, .. } => add(&mut self.refresh_tokens, token),
            Event::CodeIssued { code }
            | Event::CodePresented { code }
            | Event::CodeReused { code, .. } => add(&mut self.codes, code),
            Event::CodeRedeemed { code, issued } => {
                add(&mut self.codes, code);
                add(&mut self.refresh_tokens, issued);
            }
            Event::TokensLoaded { found, .. }
            | Event::TokensRemoved { removed: found, .. }
            | Event::TokensPending { stored: found, .. }
            | Event::TokensConflicted { found, .. } => {
                found.iter().for_each(|token| add(&mut self.refresh_tokens, token));
            }
            Event::TokensSaved { stored, .. } => add(&mut self.refresh_tokens, stored),
            Event::SessionLookedUp { found: session, .. }
            | Event::SessionConflicted { existing: session, .. } => {
                session.iter().for_each(|session| add(&mut self.sessions, session));
            }
            Event::SessionCreated { session, .. }
            | Event::SessionAcquired { session }
            | Event::Returned(Outcome::Session { session, .. }) => {
                add(&mut self.sessions, session);
            }
            Event::UserInfoAsked { token, .. }
            | Event::AccessTokenRevoked { token }
            | Event::TokenRejected { token }
            | Event::Returned(Outcome::Token { token, .. }) => {
                add(&mut self.access_tokens, token);
            }
            Event::LoginPutAside { state, over } => {
                over.iter().chain([state]).for_each(|state| add(&mut self.states, state));
            }
            Event::LoginTaken { found } => {
                found.iter().for_each(|state| add(&mut self.states, state));
            }
            Event::LoginsLoaded { found: states } | Event::LoginsSaved { stored: states } => {
                states.iter().for_each(|state| add(&mut self.states, state));
            }
            Event::NonceLookedUp { nonce, .. }
            | Event::NonceRecorded { nonce }
            | Event::NonceRefused { nonce } => add(&mut self.nonces, nonce),
            Event::TokenRequestRefused { .. }
            | Event::Faulted { .. }
            | Event::StoreRefused
            | Event::Pulled
            | Event::TokenAsked { .. }
            | Event::StatusAsked
            | Event::ClockAdvanced { .. }
            | Event::SignOutAsked { .. }
            | Event::RowLockAwaited { .. }
            | Event::SerializationFailed
            | Event::FileTruncated { .. }
            | Event::QuotaWritten { .. }
            | Event::AccountConflicted { .. }
            | Event::LeaseTaken { .. }
            | Event::LeaseRefused
            | Event::LeaseLookedUp { .. }
            | Event::LeaseFreed { .. }
            | Event::LeaseReleased { .. }
            | Event::LoginBegun { .. }
            | Event::CallbackReceived { .. }
            | Event::Returned(
                Outcome::CallbackFailed { .. }
                | Outcome::TokenFailed { .. }
                | Outcome::SignedOut { .. }
                | Outcome::ForceSync { .. }
                | Outcome::Status(_),
            ) => {}
        }
    }
}

fn add<S: Clone + PartialEq>(seen: &mut Vec<S>, secret: &S) {
    if !seen.contains(secret) {
        seen.push(secret.clone());
    }
}

fn stand_in<S: PartialEq>(prefix: &str, seen: &[S], secret: &S) -> String {
    match seen.iter().position(|other| other == secret) {
        Some(position) => format!("{prefix}-{}", position + 1),
        None => format!("{prefix}-?"),
    }
}

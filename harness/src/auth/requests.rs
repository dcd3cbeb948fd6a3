//! What callers ask of the code under test, with a record of the question and of the answer.

use std::time::Duration;

use super::identity::{Audience, BrowserId, UserId};
use super::ledger::Event;
use super::objects;
use super::outcome::Outcome;
use super::secret::{AccessToken, AuthorizationCode, SessionId};
use super::under_test::{
    AuthError, Callback, CallbackHandler, PendingLogin, SyncEngine, SyncError, SyncStatus,
    TokenRefresher,
};
use super::world::World;
use crate::explore::Access;
use crate::world::{Setting as _, Timestamp};

impl World {
    /// Asks for an access token of `user`.
    ///
    /// # Errors
    /// Those of the refresher.
    pub async fn ask_for_token(
        &self,
        refresher: &dyn TokenRefresher,
        user: &UserId,
    ) -> Result<AccessToken, AuthError> {
        self.take_turn();
        let asked_at = self.now();
        self.note(Event::TokenAsked { user: user.clone() });
        let result = refresher.access_token(user).await;
        self.token_returned(user, result.clone(), asked_at);
        result
    }

    /// Asks for an access token of `user` for one of several resources.
    ///
    /// # Errors
    /// Those of the refresher.
    pub async fn ask_for_token_for(
        &self,
        refresher: &dyn TokenRefresher,
        user: &UserId,
        audience: &Audience,
    ) -> Result<AccessToken, AuthError> {
        self.take_turn();
        let asked_at = self.now();
        self.note(Event::TokenAsked { user: user.clone() });
        let result = refresher.access_token_for(user, audience).await;
        self.token_returned(user, result.clone(), asked_at);
        result
    }

    /// Reports that a resource server has refused an access token of `user`, and asks for another.
    ///
    /// # Errors
    /// Those of the refresher.
    pub async fn report_refused_token(
        &self,
        refresher: &dyn TokenRefresher,
        user: &UserId,
        refused: &AccessToken,
    ) -> Result<AccessToken, AuthError> {
        self.take_turn();
        let asked_at = self.now();
        self.note(Event::TokenRejected { token: refused.clone() });
        self.note(Event::TokenAsked { user: user.clone() });
        let result = refresher.unauthorized(user, refused).await;
        self.token_returned(user, result.clone(), asked_at);
        result
    }

    /// Lets time pass, as part of a step of whoever waits for that long.
    pub fn let_pass(&self, by: Duration) {
        self.clock().advance(by);
        self.record(Event::ClockAdvanced { by });
    }

    /// Signs `user` out.
    ///
    /// # Errors
    /// Those of the refresher.
    pub async fn sign_out(
        &self,
        refresher: &dyn TokenRefresher,
        user: &UserId,
    ) -> Result<(), AuthError> {
        self.sign_out_asked(user);
        let result = refresher.sign_out(user).await;
        self.signed_out(user, &result);
        result
    }

    /// Has `browser` begin a login.
    ///
    /// # Errors
    /// Those of the handler.
    pub async fn begin_login(
        &self,
        handler: &dyn CallbackHandler,
        browser: &BrowserId,
        login: &PendingLogin,
    ) -> Result<(), AuthError> {
        self.login_begun(browser);
        handler.begin_login(browser, login).await
    }

    /// Delivers a callback of `browser`.
    ///
    /// # Errors
    /// Those of the handler.
    pub async fn deliver_callback(
        &self,
        handler: &dyn CallbackHandler,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        self.callback_received(browser, &callback.code);
        let result = handler.handle_callback(browser, callback).await;
        self.callback_returned(browser, result.clone());
        result
    }

    /// Forces a sync.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn force_sync(&self, engine: &dyn SyncEngine) -> Result<(), SyncError> {
        let result = engine.force_sync().await;
        self.take_turn();
        self.note(Event::Returned(Outcome::ForceSync { is_ok: result.is_ok() }));
        result
    }

    /// Asks for the sync status.
    pub async fn ask_for_status(&self, engine: &dyn SyncEngine) -> SyncStatus {
        self.take_turn();
        self.note(Event::StatusAsked);
        let status = engine.sync_status().await;
        self.take_turn();
        self.note(Event::Returned(Outcome::Status(status)));
        status
    }

    pub(crate) fn sign_out_asked(&self, user: &UserId) {
        self.take_turn();
        self.note(Event::SignOutAsked { user: user.clone() });
    }

    pub(crate) fn signed_out(&self, user: &UserId, result: &Result<(), AuthError>) {
        self.take_turn();
        // What is stored afterwards is judged by whether it has returned.
        self.touch(Access::read(objects::TOKEN_STORE));
        let (user, is_ok) = (user.clone(), result.is_ok());
        self.note(Event::Returned(Outcome::SignedOut { user, is_ok }));
    }

    pub(crate) fn token_returned(
        &self,
        user: &UserId,
        result: Result<AccessToken, AuthError>,
        asked_at: Timestamp,
    ) {
        self.take_turn();
        let user = user.clone();
        let outcome = match result {
            Ok(token) => {
                let facts = self.facts();
                for access in facts.server.touched_by_token(&token) {
                    self.touch(access);
                }
                let is_live = facts.server.is_live(&token, asked_at);
                let owner = facts.server.owner_of(&token).cloned();
                Outcome::Token { user, token, is_live, owner }
            }
            Err(error) => {
                // It is judged by what has failed on the server by then.
                self.touch(Access::read(objects::AUTHORIZATION_SERVER));
                Outcome::TokenFailed { user, error }
            }
        };
        self.note(Event::Returned(outcome));
    }

    pub(crate) fn login_begun(&self, browser: &BrowserId) {
        self.take_turn();
        self.note(Event::LoginBegun { browser: browser.clone() });
    }

    pub(crate) fn callback_received(&self, browser: &BrowserId, code: &AuthorizationCode) {
        self.take_turn();
        let (browser, code) = (browser.clone(), code.clone());
        self.note_in_order(Event::CallbackReceived { browser, code });
    }

    pub(crate) fn callback_returned(
        &self,
        browser: &BrowserId,
        result: Result<SessionId, AuthError>,
    ) {
        self.take_turn();
        // It is judged by what the store and, on each of the browser's codes, the server have done
        // by then.
        self.touch(Access::read(objects::sessions(browser)));
        for family in self.facts().families_delivered_to(browser) {
            self.touch(Access::read(objects::family(family)));
        }
        let browser = browser.clone();
        self.note_in_order(Event::Returned(match result {
            Ok(session) => Outcome::Session { browser, session },
            Err(error) => Outcome::CallbackFailed { browser, error },
        }));
    }

    /// Records what a callback brings or is told: it is judged by which others had come by then.
    fn note_in_order(&self, event: Event) {
        self.kernel().touch_between_processes(Access::write(objects::CALLERS));
        self.record(event);
    }

    /// Records what a caller asks or is told. Only where a property joins these do two of them
    /// conflict.
    fn note(&self, event: Event) {
        self.kernel().touch_between_processes(Access::release(objects::CALLERS));
        self.record(event);
    }
}

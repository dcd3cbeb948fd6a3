//! Logins from their beginning: the relying party keeps what it put aside by `state`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use authloom::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, CodeVerifier, SessionId, State, World,
};
use authloom::prove::UnderTest;
use authloom::sync::OnceCell;
use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier};

use crate::relying_party::RelyingParty;

/// A relying party whose logins begin and end here.
#[async_trait]
pub trait Logins: CallbackHandler {
    /// Begins a login: where to send the user agent.
    async fn begin(&self) -> Result<String, AuthError>;
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[error("no login has begun with this state, or it has ended")]
struct UnknownState;

/// What a login put aside.
#[derive(Clone)]
struct Login {
    nonce: Nonce,
    verifier: CodeVerifier,
    /// What came of it.
    session: Arc<OnceCell<SessionId>>,
}

#[derive(Default)]
struct Pending {
    logins: BTreeMap<State, Login>,
    begun: usize,
}

/// The two variants' common part.
struct Keeper {
    party: RelyingParty,
    pending: Mutex<Pending>,
}

impl Keeper {
    fn new(world: &World) -> Self {
        Keeper { party: RelyingParty::new(world), pending: Mutex::default() }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing is drawn at random, so that executions can be repeated.
    async fn begin(&self) -> Result<String, AuthError> {
        let client = self.party.client().await?;
        let mut pending = self.pending();
        pending.begun += 1;
        let number = pending.begun;
        let verifier = format!("verifier-{number}-that-is-as-long-as-it-has-to-be-43");
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(format!("state-{number}")),
                move || Nonce::new(format!("nonce-{number}")),
            )
            .set_pkce_challenge(challenge)
            .url();
        let login = Login { nonce, verifier: CodeVerifier::new(verifier), session: Arc::default() };
        pending.logins.insert(State::new(state.secret().as_str()), login);
        Ok(url.into())
    }

    fn login(&self, state: &State) -> Result<Login, AuthError> {
        let login = self.pending().logins.get(state).cloned();
        login.ok_or(AuthError::other(UnknownState))
    }

    async fn finish(
        &self,
        browser: &BrowserId,
        callback: &Callback,
        login: &Login,
    ) -> Result<SessionId, AuthError> {
        self.party.authenticate(&callback.code, &login.nonce, &login.verifier).await?;
        self.party.session(browser).await
    }
}

/// Forgets a login when it has led to a session: until then, its `state` is good for another.
pub struct ForgetsAfterwards(Keeper);

/// A login happens once, whoever asks; all are given what came of it.
pub struct OncePerLogin(Keeper);

impl ForgetsAfterwards {
    pub fn new(world: &World) -> Self {
        ForgetsAfterwards(Keeper::new(world))
    }
}

impl OncePerLogin {
    pub fn new(world: &World) -> Self {
        OncePerLogin(Keeper::new(world))
    }
}

#[async_trait]
impl CallbackHandler for ForgetsAfterwards {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let login = self.0.login(&callback.state)?;
        let session = self.0.finish(browser, callback, &login).await?;
        self.0.pending().logins.remove(&callback.state);
        Ok(session)
    }
}

#[async_trait]
impl CallbackHandler for OncePerLogin {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let login = self.0.login(&callback.state)?;
        let session = login.session.get_or_try_init(|| self.0.finish(browser, callback, &login));
        session.await.cloned()
    }
}

#[async_trait]
impl Logins for ForgetsAfterwards {
    async fn begin(&self) -> Result<String, AuthError> {
        self.0.begin().await
    }
}

#[async_trait]
impl Logins for OncePerLogin {
    async fn begin(&self) -> Result<String, AuthError> {
        self.0.begin().await
    }
}

impl UnderTest<dyn Logins> for ForgetsAfterwards {
    fn under_test(self) -> Arc<dyn Logins> {
        Arc::new(self)
    }
}

impl UnderTest<dyn Logins> for OncePerLogin {
    fn under_test(self) -> Arc<dyn Logins> {
        Arc::new(self)
    }
}

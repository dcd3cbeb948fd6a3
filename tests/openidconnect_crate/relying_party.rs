//! What an adopter writes: logins with the `openidconnect` crate, over the HTTP double.

use async_trait::async_trait;
use authloom::auth::{
    AuthError, AuthorizationCode, BrowserId, CLIENT_ID, Callback, CallbackHandler, Capability,
    CodeVerifier, HttpDouble, ISSUER, OAuthErrorCode, REDIRECT_URI, SessionId, SessionStore as _,
    SessionStoreDouble, StoreError, World,
};
use authloom::sync::OnceCell;
use authloom::world::{Clock as _, WorldClock};
use chrono::DateTime;
use openidconnect::core::{
    CoreClient, CoreErrorResponseType, CoreIdTokenVerifier, CoreProviderMetadata,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, ClientId, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    SubjectIdentifier, TokenResponse as _,
};

pub type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What all variants are made of.
pub struct RelyingParty {
    pub http: HttpDouble,
    sessions: SessionStoreDouble,
    clock: WorldClock,
    provider: OnceCell<CoreProviderMetadata>,
}

/// What is wrong with an answer of the provider.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    #[error("the answer has no ID token")]
    NoIdToken,
    #[error("the access token is not the one that the ID token was issued with")]
    OtherAccessToken,
}

impl RelyingParty {
    pub fn new(world: &World) -> Self {
        RelyingParty {
            http: world.http(),
            sessions: world.session_store(Capability::UniqueInsert),
            clock: world.clock(),
            provider: OnceCell::new(),
        }
    }

    /// The client, as the provider's metadata and keys have it. They are fetched once.
    pub async fn client(&self) -> Result<Client, AuthError> {
        let provider = self.provider.get_or_try_init(|| self.discover()).await?;
        let id = ClientId::new(CLIENT_ID.to_owned());
        let redirect = RedirectUrl::new(REDIRECT_URI.to_owned()).expect("it is a URL");
        Ok(CoreClient::from_provider_metadata(provider.clone(), id, None)
            .set_redirect_uri(redirect))
    }

    pub async fn discover(&self) -> Result<CoreProviderMetadata, AuthError> {
        let issuer = IssuerUrl::new(ISSUER.to_owned()).expect("it is a URL");
        let http = |request: HttpRequest| self.http.send(request);
        CoreProviderMetadata::discover_async(issuer, &http).await.map_err(AuthError::other)
    }

    pub async fn exchange(
        &self,
        client: &Client,
        code: &AuthorizationCode,
        verifier: &CodeVerifier,
    ) -> Result<CoreTokenResponse, AuthError> {
        let code = openidconnect::AuthorizationCode::new(code.secret().to_owned());
        let http = |request: HttpRequest| self.http.send(request);
        client
            .exchange_code(code)
            .map_err(AuthError::other)?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.secret().to_owned()))
            .request_async(&http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(response)
                    if *response.error() == CoreErrorResponseType::InvalidGrant =>
                {
                    AuthError::Refused(OAuthErrorCode::InvalidGrant)
                }
                other => AuthError::other(other),
            })
    }

    /// The crate's verifier, told the time by the world.
    pub fn verifier<'a>(&self, client: &'a Client) -> CoreIdTokenVerifier<'a> {
        let clock = self.clock.clone();
        client.id_token_verifier().set_time_fn(move || DateTime::UNIX_EPOCH + clock.now().0)
    }

    /// Who has logged in, once the ID token has been verified: its signature, issuer, audience and
    /// age, the nonce, and that the access token belongs to it.
    pub fn subject(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<SubjectIdentifier, AuthError> {
        let id_token = answer.id_token().ok_or(AuthError::other(Unsound::NoIdToken))?;
        let verifier = self.verifier(client);
        let claims = id_token.claims(&verifier, nonce).map_err(AuthError::other)?;
        let hash = AccessTokenHash::from_token(
            answer.access_token(),
            id_token.signing_alg().map_err(AuthError::other)?,
            id_token.signing_key(&verifier).map_err(AuthError::other)?,
        );
        if claims.access_token_hash() != Some(&hash.map_err(AuthError::other)?) {
            return Err(AuthError::other(Unsound::OtherAccessToken));
        }
        Ok(claims.subject().clone())
    }

    /// The UserInfo of an access token, which must be of that subject.
    pub async fn user_info(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        subject: SubjectIdentifier,
    ) -> Result<CoreUserInfoClaims, AuthError> {
        let request = client.user_info(answer.access_token().clone(), Some(subject));
        let http = |request: HttpRequest| self.http.send(request);
        request.map_err(AuthError::other)?.request_async(&http).await.map_err(AuthError::other)
    }

    /// Everything between a redirect and a session.
    pub async fn authenticate(
        &self,
        code: &AuthorizationCode,
        nonce: &Nonce,
        verifier: &CodeVerifier,
    ) -> Result<(), AuthError> {
        let client = self.client().await?;
        let answer = self.exchange(&client, code, verifier).await?;
        let subject = self.subject(&client, &answer, nonce)?;
        self.user_info(&client, &answer, subject).await?;
        Ok(())
    }

    /// The session of a browser: a new one, unless it has one.
    pub async fn session(&self, browser: &BrowserId) -> Result<SessionId, AuthError> {
        match self.sessions.insert_unique(browser).await {
            Ok(session) | Err(StoreError::Conflict { existing: Some(session) }) => Ok(session.id),
            Err(other) => Err(AuthError::from(other)),
        }
    }
}

/// Takes nonce and verifier from what the scenario says the login had put aside, so that it can be
/// put into the ready-made scenarios.
pub struct Plain(pub RelyingParty);

#[async_trait]
impl CallbackHandler for Plain {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let nonce = Nonce::new(callback.nonce.secret().to_owned());
        self.0.authenticate(&callback.code, &nonce, &callback.verifier).await?;
        self.0.session(browser).await
    }
}

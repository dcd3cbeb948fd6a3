//! The published `oauth2` crate, unmodified, refreshing over the HTTP double. This is what an
//! adopter writes: the glue to their client, and one line for the proof.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, CLIENT_ID, HttpDouble, OAuthErrorCode, RefreshToken, TOKEN_URL,
    TokenRefresher, TokenStore, TokenStoreDouble, Tokens, UserId,
};
use authloom::prove::Conclusion;
use authloom::report;
use authloom::world::{Clock, WorldClock};
use authloom_scenarios::refresh;
use oauth2::basic::{BasicClient, BasicErrorResponseType};
use oauth2::{
    ClientId, EndpointNotSet, EndpointSet, RequestTokenError, TokenResponse as _, TokenUrl,
};
use tokio::sync::Mutex;

type Client =
    BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What both variants are made of.
struct App {
    client: Client,
    http: HttpDouble,
    store: TokenStoreDouble,
    clock: WorldClock,
}

impl App {
    fn new(http: HttpDouble, store: TokenStoreDouble, clock: WorldClock) -> Self {
        let token_url = TokenUrl::new(TOKEN_URL.to_owned()).expect("it is a URL");
        let client = BasicClient::new(ClientId::new(CLIENT_ID.to_owned())).set_token_uri(token_url);
        App { client, http, store, clock }
    }

    /// The tokens of `user`, and whether the access token has ended.
    async fn tokens(&self, user: &UserId) -> Result<(Tokens, bool), AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let is_expired = tokens.is_expired(self.clock.now());
        Ok((tokens, is_expired))
    }

    /// Refreshes with the crate's client and stores what it answers.
    async fn refresh(&self, user: &UserId, tokens: &Tokens) -> Result<AccessToken, AuthError> {
        let refresh_token = oauth2::RefreshToken::new(tokens.refresh_token.secret().to_owned());
        let http = |request: oauth2::HttpRequest| self.http.send(request);
        let answer =
            self.client.exchange_refresh_token(&refresh_token).request_async(&http).await.map_err(
                |error| match error {
                    RequestTokenError::ServerResponse(response)
                        if *response.error() == BasicErrorResponseType::InvalidGrant =>
                    {
                        AuthError::Refused(OAuthErrorCode::InvalidGrant)
                    }
                    other => AuthError::other(other),
                },
            )?;
        let expires_in = answer.expires_in().unwrap_or_default();
        let renewed = Tokens {
            access_token: AccessToken::new(answer.access_token().secret().as_str()),
            refresh_token: answer.refresh_token().map_or_else(
                || tokens.refresh_token.clone(),
                |token| RefreshToken::new(token.secret().as_str()),
            ),
            expires_at: self.clock.now().plus(expires_in),
        };
        self.store.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

/// Refreshes whenever it finds the token expired.
struct Naive(App);

#[async_trait]
impl TokenRefresher for Naive {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        match self.0.tokens(user).await? {
            (tokens, true) => self.0.refresh(user, &tokens).await,
            (tokens, false) => Ok(tokens.access_token),
        }
    }
}

/// Lets one caller refresh at a time; whoever waited looks again.
struct Serialized {
    app: App,
    refresh_lock: Mutex<()>,
}

#[async_trait]
impl TokenRefresher for Serialized {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.refresh_lock.lock().await;
        match self.app.tokens(user).await? {
            (tokens, true) => self.app.refresh(user, &tokens).await,
            (tokens, false) => Ok(tokens.access_token),
        }
    }
}

/// The naive variant is violated, and the timeline shows the crate's own call site.
#[test]
fn naive_refresh_spends_the_token_twice() {
    let verdict = refresh::concurrent_callers(2)
        .verdict(|world| Naive(App::new(world.http(), world.token_store(), world.clock())));
    let violation = verdict.conclusion.violation().expect("a schedule breaks it");
    assert_eq!(violation.property.name, "refresh-token-presented-once");
    insta::assert_snapshot!("oauth2_crate_naive", report::verdict_text(&verdict));
}

/// The serialized variant is proved.
#[test]
fn serialized_refresh_is_proved() {
    let scenario = refresh::concurrent_callers(3);
    scenario.prove(|world| Serialized {
        app: App::new(world.http(), world.token_store(), world.clock()),
        refresh_lock: Mutex::new(()),
    });
}

/// Over HTTP and typed, the same design has the same executions: the transport adds no steps.
#[test]
fn http_and_typed_calls_are_the_same_steps() {
    let over_http = refresh::concurrent_callers(2)
        .verdict(|world| Naive(App::new(world.http(), world.token_store(), world.clock())));
    let typed = refresh::concurrent_callers(2).verdict(|world| {
        authloom_models::refresh::CheckThenAct::new(
            world.token_endpoint(),
            world.token_store(),
            world.clock(),
        )
    });
    assert!(matches!(typed.conclusion, Conclusion::Violated(_)));
    assert_eq!((over_http.executions, over_http.steps), (typed.executions, typed.steps));
}

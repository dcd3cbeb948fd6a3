//! What a world's ledger keeps of the doubles' work, and that no Debug or error text gives a
//! secret's value away.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, AuthorizationCode, BrowserId, Callback, CallbackHandler, Capability,
    CodeVerifier, Event, IdToken, OAuthErrorCode, RefreshToken, SessionId, SessionStore as _,
    SessionStoreDouble, TOKEN_URL, TokenEndpoint as _, TokenEndpointDouble, TokenRefresher,
    TokenResponse, TokenStore as _, TokenStoreDouble, UserId, World,
};
use http::Request;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn alice() -> UserId {
    UserId::new("alice")
}

fn laptop() -> BrowserId {
    BrowserId::new("laptop")
}

fn verifier() -> CodeVerifier {
    CodeVerifier::new(VERIFIER)
}

async fn refresh(world: &World, token: &str) {
    // What the ledger says is the same for an answer and for a refusal.
    let _ = world.token_endpoint().refresh(&RefreshToken::new(token)).await;
}

async fn post(world: &World, body: &str) -> u16 {
    let request = Request::post(TOKEN_URL).body(body.as_bytes().to_vec());
    let request = request.expect("the request is well-formed");
    let response = world.http().send(request).await.expect("there is a server at the token URL");
    response.status().as_u16()
}

/// In order, with repeats: what was granted, what was refused, what was never issued, and what
/// came over HTTP. What met a failure was not looked at; a code is no refresh token; nor is a form
/// that cannot be read.
#[tokio::test]
async fn the_ledger_names_the_refresh_tokens_presented() {
    let world = World::by_hand();
    world.server().log_in_expired(&alice());
    assert!(world.ledger().refresh_tokens_presented().is_empty());
    refresh(&world, "rt-1").await;
    refresh(&world, "rt-9").await;
    world.server().fail_next_token_request();
    refresh(&world, "rt-1.2").await;
    post(&world, "grant_type=refresh_token&client_id=app&refresh_token=rt-1.2").await;
    post(&world, "grant_type=refresh_token&client_id=other&refresh_token=rt-1.3").await;
    let _ = world.token_endpoint().exchange(&AuthorizationCode::new("code-1"), &verifier()).await;
    refresh(&world, "rt-1").await;
    let presented = ["rt-1", "rt-9", "rt-1.2", "rt-1"];
    assert_eq!(world.ledger().refresh_tokens_presented(), presented);
}

/// A ledger that a test has taken is of that moment.
#[tokio::test]
async fn a_ledger_does_not_grow_once_taken() {
    let world = World::by_hand();
    refresh(&world, "rt-1").await;
    let taken = world.ledger();
    let before = taken.entries().len();
    refresh(&world, "rt-1.2").await;
    assert_eq!(taken.entries().len(), before);
    assert_eq!(taken.refresh_tokens_presented(), ["rt-1"]);
    assert_eq!(world.ledger().refresh_tokens_presented(), ["rt-1", "rt-1.2"]);
}

/// Each error that the endpoint answers with, typed or over HTTP, whether the request could be
/// read or not.
#[tokio::test]
async fn every_refusal_is_in_the_ledger() {
    let world = World::by_hand();
    refresh(&world, "rt-1").await;
    for (body, status) in [
        ("grant_type=refresh_token&client_id=app&refresh_token=rt-1", 400),
        ("grant_type=refresh_token&client_id=other&refresh_token=rt-1", 401),
        ("grant_type=refresh_token&client_id=app", 400),
        ("grant_type=password&client_id=app", 400),
    ] {
        assert_eq!(post(&world, body).await, status, "to {body}");
    }
    let ledger = world.ledger();
    let refusals = ledger.entries().iter().filter_map(|entry| match entry.event {
        Event::TokenRequestRefused { error } => Some(error),
        _ => None,
    });
    let expected = [
        OAuthErrorCode::InvalidGrant,
        OAuthErrorCode::InvalidGrant,
        OAuthErrorCode::InvalidClient,
        OAuthErrorCode::InvalidRequest,
        OAuthErrorCode::UnsupportedGrantType,
    ];
    assert_eq!(refusals.collect::<Vec<_>>(), expected);
}

#[test]
fn tokens_and_callbacks_do_not_show_their_secrets() {
    let world = World::by_hand();
    let tokens = world.server().log_in_expired(&alice());
    let shown = "Tokens { access_token: AccessToken(..), refresh_token: RefreshToken(..), \
        expires_at: Timestamp(0ns) }";
    assert_eq!(format!("{tokens:?}"), shown);

    let response = TokenResponse {
        access_token: tokens.access_token,
        refresh_token: Some(tokens.refresh_token),
        id_token: Some(IdToken::new("id-token")),
        expires_in: std::time::Duration::from_secs(60),
        expires_at: tokens.expires_at,
    };
    let shown = "TokenResponse { access_token: AccessToken(..), \
        refresh_token: Some(RefreshToken(..)), id_token: Some(IdToken(..)), expires_in: 60s, \
        expires_at: Timestamp(0ns) }";
    assert_eq!(format!("{response:?}"), shown);

    let callback = world.server().issue_callback(&verifier());
    let shown = "Callback { code: AuthorizationCode(..), state: State(..), nonce: Nonce(..), \
        verifier: CodeVerifier(..) }";
    assert_eq!(format!("{callback:?}"), shown);
    assert_eq!(format!("{:?}", callback.verifier.s256()), "CodeChallenge(..)");
}

/// A client that refreshes once, and logs in once, without care for races.
struct App {
    endpoint: TokenEndpointDouble,
    tokens: TokenStoreDouble,
    sessions: SessionStoreDouble,
}

#[async_trait]
impl TokenRefresher for App {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.tokens.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let response = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(response, tokens.expires_at);
        self.tokens.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

#[async_trait]
impl CallbackHandler for App {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        self.endpoint.exchange(&callback.code, &callback.verifier).await?;
        self.sessions.find(browser).await;
        let session = self.sessions.insert_unique(browser).await?;
        self.sessions.acquire(&session.id).await;
        Ok(session.id)
    }
}

/// A world in which each event that carries a secret has happened: a refresh and a reuse, a login
/// and a conflict.
async fn world_with_every_secret() -> World {
    let world = World::by_hand();
    let app = App {
        endpoint: world.token_endpoint(),
        tokens: world.token_store(),
        sessions: world.session_store(Capability::UniqueInsert),
    };
    world.server().log_in_expired(&alice());
    world.ask_for_token(&app, &alice()).await.expect("the first refresh succeeds");
    refresh(&world, "rt-1").await;
    world.ask_for_token(&app, &alice()).await.expect_err("the family is revoked");
    let callback = world.server().issue_callback(&verifier());
    world.deliver_callback(&app, &laptop(), &callback).await.expect("the login succeeds");
    let callback = world.server().issue_callback(&verifier());
    let refused = world.deliver_callback(&app, &laptop(), &callback).await;
    // The error holds the row that is there, and the ledger holds the error.
    let error = refused.expect_err("the browser has a session");
    assert_eq!(error.to_string(), "the browser's session is another one");
    world
}

#[tokio::test]
async fn the_ledger_does_not_show_secrets() {
    let world = world_with_every_secret().await;
    let text = format!("{:?} {:#?}", world.ledger(), world.ledger().entries());
    // Otherwise the absence below would say little.
    for event in [
        "RefreshTokenPresented",
        "Refreshed",
        "FamilyRevoked",
        "CodePresented",
        "CodeRedeemed",
        "TokensLoaded",
        "TokensSaved",
        "SessionLookedUp",
        "SessionCreated",
        "SessionConflicted",
        "SessionAcquired",
        "Returned(Token",
        "Returned(Session",
        "Returned(TokenFailed",
        "Returned(CallbackFailed",
    ] {
        assert!(text.contains(event), "{event} has not happened");
    }
    for secret in ["at-", "rt-", "code-", "session-", VERIFIER, CHALLENGE] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

/// The URL is the caller's: a client that puts its form into the query must not see it printed.
#[tokio::test]
async fn an_http_error_does_not_show_a_query() {
    let world = World::by_hand();
    let url = format!("{TOKEN_URL}?grant_type=refresh_token&refresh_token=rt-1");
    let request = Request::post(url).body(Vec::new()).expect("the request is well-formed");
    let error = world.http().send(request).await.expect_err("nobody is there");
    let shown = "NoServer { url: \"https://as.test/token?..\" }";
    assert_eq!(format!("{error:?}"), shown);
    let text = "no server at https://as.test/token?..: \
        the endpoints of this world are those of https://as.test";
    assert_eq!(error.to_string(), text);
}

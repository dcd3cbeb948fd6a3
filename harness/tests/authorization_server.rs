//! The authorization server's transitions, typed and outside an exploration: rotation, reuse
//! detection, expiry by the virtual clock, single-use codes with PKCE.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    ACCESS_TOKEN_TTL, AccessToken, AuthError, AuthorizationCode, CodeVerifier, Event,
    OAuthErrorCode, Outcome, RefreshToken, TokenEndpoint as _, TokenError, TokenRefresher,
    TokenResponse, TokenStore as _, Tokens, UserId, World, operations,
};
use authloom::world::{Clock as _, Timestamp};
use tokio_test::{assert_pending, task};

const REFUSED: TokenError = TokenError::Refused(OAuthErrorCode::InvalidGrant);

fn alice() -> UserId {
    UserId::new("alice")
}

fn at(name: &str) -> AccessToken {
    AccessToken::new(format!("at-{name}"))
}

fn rt(name: &str) -> RefreshToken {
    RefreshToken::new(format!("rt-{name}"))
}

/// The answer that carries the tokens of this name: `1.3` is the third pair of the first family.
fn pair(name: &str) -> TokenResponse {
    TokenResponse {
        access_token: at(name),
        refresh_token: Some(rt(name)),
        id_token: None,
        expires_in: ACCESS_TOKEN_TTL,
        expires_at: Timestamp(ACCESS_TOKEN_TTL),
    }
}

async fn refresh(world: &World, name: &str) -> Result<TokenResponse, TokenError> {
    world.token_endpoint().refresh(&rt(name)).await
}

async fn exchange(world: &World, code: usize, verifier: &str) -> Result<TokenResponse, TokenError> {
    let code = AuthorizationCode::new(format!("code-{code}"));
    world.token_endpoint().exchange(&code, &CodeVerifier::new(verifier)).await
}

fn issue_code(world: &World, verifier: &str) -> AuthorizationCode {
    world.server().issue_code(CodeVerifier::new(verifier).s256())
}

/// A refresher that hands out one token, whatever became of it.
struct HandsOut(AccessToken);

#[async_trait]
impl TokenRefresher for HandsOut {
    async fn access_token(&self, _: &UserId) -> Result<AccessToken, AuthError> {
        Ok(self.0.clone())
    }
}

/// Whether the server takes the access token at this moment, as the ledger tells it.
async fn is_live(world: &World, name: &str) -> bool {
    let handed_out = world.ask_for_token(&HandsOut(at(name)), &alice()).await;
    assert_eq!(handed_out.expect("the token is handed out"), at(name));
    match world.ledger().entries().last().map(|entry| &entry.event) {
        Some(Event::Returned(Outcome::Token { is_live, .. })) => *is_live,
        other => panic!("the ledger ends with {other:?}"),
    }
}

#[tokio::test]
async fn a_login_leaves_its_tokens_with_the_client() {
    let world = World::by_hand();
    let (live, expired) = (Timestamp(ACCESS_TOKEN_TTL), Timestamp(Duration::ZERO));
    let tokens = world.server().log_in_live(&alice());
    assert_eq!(tokens, Tokens { access_token: at("1"), refresh_token: rt("1"), expires_at: live });
    assert_eq!(world.token_store().load(&alice()).await, Some(tokens));
    let tokens = world.server().log_in_expired(&alice());
    assert_eq!(
        tokens,
        Tokens { access_token: at("2"), refresh_token: rt("2"), expires_at: expired }
    );
    assert_eq!(world.token_store().load(&alice()).await, Some(tokens));
    assert_eq!(world.token_store().load(&UserId::new("bob")).await, None);
    assert!(is_live(&world, "1").await);
    assert!(!is_live(&world, "1.2").await);
}

#[tokio::test]
async fn each_refresh_rotates() {
    let world = World::by_hand();
    world.server().log_in_expired(&alice());
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    assert_eq!(refresh(&world, "1.2").await, Ok(pair("1.3")));
}

/// A guess revokes nothing, not even the guess at a token that is issued later.
#[tokio::test]
async fn a_token_that_was_never_issued_is_refused() {
    let world = World::by_hand();
    world.server().log_in_expired(&alice());
    assert_eq!(refresh(&world, "1.2").await, Err(REFUSED));
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    assert_eq!(refresh(&world, "1.2").await, Ok(pair("1.3")));
}

/// The oldest of three tokens comes back: no token of the family works any more.
#[tokio::test]
async fn reuse_revokes_the_family() {
    let world = World::by_hand();
    world.server().log_in_live(&alice());
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    assert_eq!(refresh(&world, "1.2").await, Ok(pair("1.3")));
    assert!(is_live(&world, "1.3").await);
    assert_eq!(refresh(&world, "1").await, Err(REFUSED));
    for name in ["1", "1.2", "1.3"] {
        assert!(!is_live(&world, name).await, "at-{name}");
        assert_eq!(refresh(&world, name).await, Err(REFUSED), "rt-{name}");
    }
}

#[tokio::test]
async fn two_users_are_independent() {
    let world = World::by_hand();
    world.server().log_in_live(&alice());
    world.server().log_in_live(&UserId::new("bob"));
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    assert_eq!(refresh(&world, "1").await, Err(REFUSED));
    assert!(!is_live(&world, "1.2").await);
    assert!(is_live(&world, "2").await);
    assert_eq!(refresh(&world, "2").await, Ok(pair("2.2")));
}

/// Two devices of one user: each login is a family of its own.
#[tokio::test]
async fn two_logins_of_a_user_are_independent() {
    let world = World::by_hand();
    world.server().log_in_live(&alice());
    world.server().log_in_live(&alice());
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    assert_eq!(refresh(&world, "1").await, Err(REFUSED));
    assert_eq!(refresh(&world, "2").await, Ok(pair("2.2")));
}

/// Both the server and the client see the token end at its last moment, not after it. A refresh
/// half-way leaves the old token alone, and the new one ends later.
#[tokio::test]
async fn an_access_token_ends_by_the_virtual_clock() {
    let (world, moment) = (World::by_hand(), Duration::from_nanos(1));
    let tokens = world.server().log_in_live(&alice());
    world.clock().advance(ACCESS_TOKEN_TTL / 2);
    let expires_at = Timestamp(ACCESS_TOKEN_TTL / 2 + ACCESS_TOKEN_TTL);
    let second = TokenResponse { expires_at, ..pair("1.2") };
    assert_eq!(refresh(&world, "1").await, Ok(second));

    world.clock().advance(ACCESS_TOKEN_TTL / 2 - moment);
    assert!(!tokens.is_expired(world.clock().now()));
    assert!(is_live(&world, "1").await);
    world.clock().advance(moment);
    assert!(tokens.is_expired(world.clock().now()));
    assert!(!is_live(&world, "1").await);

    world.clock().advance(ACCESS_TOKEN_TTL / 2 - moment);
    assert!(is_live(&world, "1.2").await);
    world.clock().advance(moment);
    assert!(!is_live(&world, "1.2").await);
}

/// RFC 6749, section 4.1.2. The reuse costs the tokens of the first exchange, and only those.
#[tokio::test]
async fn a_code_is_for_a_single_use() {
    let world = World::by_hand();
    assert_eq!(issue_code(&world, "one").secret(), "code-1");
    assert_eq!(issue_code(&world, "two").secret(), "code-2");
    assert_eq!(exchange(&world, 1, "one").await, Ok(pair("1")));
    assert_eq!(exchange(&world, 2, "two").await, Ok(pair("2")));
    assert_eq!(exchange(&world, 1, "one").await, Err(REFUSED));
    assert!(!is_live(&world, "1").await);
    assert_eq!(refresh(&world, "1").await, Err(REFUSED));
    assert!(is_live(&world, "2").await);
    assert_eq!(refresh(&world, "2").await, Ok(pair("2.2")));
}

/// The family goes, so the successors of the first exchange's refresh token go with it. Whoever
/// brings the code back need not know the verifier.
#[tokio::test]
async fn a_code_that_comes_back_revokes_the_successors_too() {
    let world = World::by_hand();
    issue_code(&world, "one");
    assert_eq!(exchange(&world, 1, "one").await, Ok(pair("1")));
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    assert_eq!(exchange(&world, 1, "guess").await, Err(REFUSED));
    assert!(!is_live(&world, "1.2").await);
    assert_eq!(refresh(&world, "1.2").await, Err(REFUSED));
}

/// RFC 7636, section 4.6. The challenge and another login's verifier do not do; what was refused
/// has not used the code up.
#[tokio::test]
async fn a_wrong_verifier_is_refused_and_the_code_stays_usable() {
    let world = World::by_hand();
    issue_code(&world, "one");
    issue_code(&world, "two");
    let verifier = CodeVerifier::new("one");
    let challenge = verifier.s256();
    for wrong in ["two", challenge.secret(), "", "One", "one "] {
        assert_eq!(exchange(&world, 1, wrong).await, Err(REFUSED), "with \"{wrong}\"");
    }
    assert_eq!(exchange(&world, 1, "one").await, Ok(pair("1")));
    assert_eq!(exchange(&world, 3, "one").await, Err(REFUSED), "a code that was never issued");
    assert!(is_live(&world, "1").await);
}

#[tokio::test]
async fn a_callback_brings_a_code_and_its_verifier() {
    let world = World::by_hand();
    let callback = world.server().issue_callback(&CodeVerifier::new("one"));
    assert_eq!(callback.code.secret(), "code-1");
    let answer = world.token_endpoint().exchange(&callback.code, &callback.verifier).await;
    let answer = answer.expect("the code is good");
    assert_eq!(answer.id_token.is_some(), cfg!(feature = "openid"));
    assert_eq!(TokenResponse { id_token: None, ..answer }, pair("1"));
}

/// One failure, taken by whichever request comes first; the token and the code stay usable.
#[tokio::test]
async fn a_failure_is_for_one_request_and_changes_nothing() {
    let world = World::by_hand();
    world.server().log_in_expired(&alice());
    issue_code(&world, "one");
    world.server().fail_next_token_request();
    assert_eq!(refresh(&world, "1").await, Err(TokenError::Unavailable));
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    world.server().fail_next_token_request();
    assert_eq!(exchange(&world, 1, "one").await, Err(TokenError::Unavailable));
    assert_eq!(exchange(&world, 1, "one").await, Ok(pair("2")));
}

/// RFC 6585, section 4. The next moment has room again; what was over the limit changed nothing.
#[tokio::test]
async fn requests_over_the_limit_of_a_moment_change_nothing() {
    let world = World::by_hand();
    world.server().log_in_expired(&alice());
    issue_code(&world, "one");
    world.server().limit_token_requests(1);
    assert_eq!(refresh(&world, "1").await, Ok(pair("1.2")));
    for _ in 0..2 {
        let refused = refresh(&world, "1.2").await;
        assert!(matches!(refused, Err(TokenError::TooManyRequests { .. })), "{refused:?}");
    }
    world.clock().advance(Duration::from_secs(1));
    let later = pair("1.3").expires_at.plus(Duration::from_secs(1));
    let answer = TokenResponse { expires_at: later, ..pair("1.3") };
    assert_eq!(refresh(&world, "1.2").await, Ok(answer));
    let refused = exchange(&world, 1, "one").await;
    assert!(matches!(refused, Err(TokenError::TooManyRequests { .. })), "{refused:?}");
}

/// A caller that is gone before its answer: the server has consumed the token all the same.
#[tokio::test]
async fn a_refresh_that_nobody_hears_of_has_happened() {
    let world = World::by_hand();
    world.server().log_in_expired(&alice());
    let gate = world.hold(&operations::TOKEN);
    let mut lost = task::spawn(refresh(&world, "1"));
    assert_pending!(lost.poll());
    gate.arrived().await;
    drop(lost);
    gate.release();
    assert_eq!(refresh(&world, "1").await, Err(REFUSED));
}

/// RFC 6749, section 6: an answer may leave the refresh token out.
#[test]
fn renewed_tokens_keep_the_refresh_token_that_the_answer_leaves_out() {
    let held = Tokens {
        access_token: at("1"),
        refresh_token: rt("1"),
        expires_at: Timestamp(Duration::ZERO),
    };
    let now = Timestamp(Duration::from_secs(60));
    let expires_at = Timestamp(Duration::from_secs(60) + ACCESS_TOKEN_TTL);
    let without = TokenResponse { refresh_token: None, ..pair("1.2") };
    let kept = Tokens { access_token: at("1.2"), refresh_token: rt("1"), expires_at };
    assert_eq!(held.renewed(without, now), kept);
    let replaced = Tokens { access_token: at("1.2"), refresh_token: rt("1.2"), expires_at };
    assert_eq!(held.renewed(pair("1.2"), now), replaced);
}

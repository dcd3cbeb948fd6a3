//! What a client sees of each preset: one test a row of the table of servers.
//!
//! Each logs a user in with `at-1` and `rt-1`, refreshes to `at-1.2` and `rt-1.2`, and has `rt-1`
//! come back.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, BlastRadius, CodeReuse, CodeVerifier, Event, Forgiven, OAuthErrorCode,
    Outcome, Reach, RefreshToken, ReuseAnswer, ServerPolicy, TokenEndpoint as _, TokenError,
    TokenRefresher, UserId, Window, World, presets,
};

/// A world with a user who is logged in, at a server with this policy.
fn logged_in(policy: ServerPolicy) -> World {
    let world = World::by_hand();
    world.server().set_policy(policy);
    world.server().log_in_live(&UserId::new("alice"));
    world
}

/// A world in which `rt-1` was spent.
async fn rotated(policy: ServerPolicy) -> World {
    let world = logged_in(policy);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.2 rt-1.2");
    world
}

/// What a refresh is answered with, in words.
async fn refresh(world: &World, token: &str) -> String {
    match world.token_endpoint().refresh(&RefreshToken::new(token)).await {
        Ok(answer) => {
            let refresh_token = answer.refresh_token;
            let refresh_token = refresh_token.as_ref().map_or("-", RefreshToken::secret);
            format!("{} {refresh_token}", answer.access_token.secret())
        }
        Err(TokenError::Refused(OAuthErrorCode::InvalidGrant)) => String::from("invalid_grant"),
        Err(error) => panic!("{error}"),
    }
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
async fn is_live(world: &World, token: &str) -> bool {
    let refresher = HandsOut(AccessToken::new(token));
    let _ = world.ask_for_token(&refresher, &UserId::new("alice")).await;
    match world.ledger().entries().last().map(|entry| &entry.event) {
        Some(Event::Returned(Outcome::Token { is_live, .. })) => *is_live,
        other => panic!("the ledger ends with {other:?}"),
    }
}

fn wait(world: &World, seconds: u64) {
    world.clock().advance(Duration::from_secs(seconds));
}

/// Without a window, a token that comes back ends the family: refresh and access tokens.
async fn assert_ends_the_family(policy: ServerPolicy) {
    let world = rotated(policy).await;
    assert!(is_live(&world, "at-1.2").await);
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert_eq!(refresh(&world, "rt-1.2").await, "invalid_grant");
    assert!(!is_live(&world, "at-1.2").await);
}

/// Without a window, a token that comes back is refused and everything else goes on.
async fn assert_only_refuses(policy: ServerPolicy) {
    let world = rotated(policy).await;
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert!(is_live(&world, "at-1.2").await);
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.3 rt-1.3");
}

/// Within `seconds` the previous token gives a new pair, at that moment no more.
async fn assert_new_pair_within(seconds: u64, policy: ServerPolicy) {
    let world = rotated(policy).await;
    wait(&world, seconds - 1);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.3 rt-1.3");
    // Both branches go on.
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.4 rt-1.4");
    assert_eq!(refresh(&world, "rt-1.3").await, "at-1.5 rt-1.5");

    let world = rotated(policy).await;
    wait(&world, seconds);
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");

    // No grandparent is forgiven.
    let world = rotated(policy).await;
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.3 rt-1.3");
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
}

#[tokio::test]
async fn auth0() {
    assert_ends_the_family(presets::AUTH0).await;
}

#[tokio::test]
async fn auth0_with_overlap() {
    assert_new_pair_within(10, presets::AUTH0_WITH_OVERLAP).await;
}

#[tokio::test]
async fn okta() {
    assert_new_pair_within(30, presets::OKTA).await;
    let world = rotated(presets::OKTA).await;
    wait(&world, 30);
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert_eq!(refresh(&world, "rt-1.2").await, "invalid_grant");
    assert!(!is_live(&world, "at-1.2").await);
    assert!(!is_live(&world, "at-1").await);
}

#[tokio::test]
async fn keycloak() {
    let world = logged_in(presets::KEYCLOAK);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.2 rt-1");
    assert_eq!(refresh(&world, "rt-1").await, "at-1.3 rt-1");
    assert!(is_live(&world, "at-1.2").await);
}

#[tokio::test]
async fn keycloak_revoking() {
    assert_ends_the_family(presets::KEYCLOAK_REVOKING).await;
}

#[tokio::test]
async fn supabase() {
    // The parent of the active token, however late.
    let world = rotated(presets::SUPABASE).await;
    wait(&world, 1_000);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.3 rt-1.2");
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.4 rt-1.3");

    // An older one within ten seconds, and not after.
    let world = rotated(presets::SUPABASE).await;
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.3 rt-1.3");
    wait(&world, 9);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.4 rt-1.3");
    wait(&world, 1);
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert_eq!(refresh(&world, "rt-1.3").await, "invalid_grant");
}

#[tokio::test]
async fn hydra() {
    assert_ends_the_family(presets::HYDRA).await;
}

#[tokio::test]
async fn hydra_with_grace() {
    assert_new_pair_within(300, presets::HYDRA_WITH_GRACE).await;
}

#[tokio::test]
async fn cognito() {
    assert_new_pair_within(60, presets::COGNITO).await;
}

#[tokio::test]
async fn entra() {
    let world = rotated(presets::ENTRA).await;
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.3 rt-1.3");
    wait(&world, 3_599);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.4 rt-1.4");
    assert_eq!(refresh(&world, "rt-1.3").await, "at-1.5 rt-1.5");
    assert!(is_live(&world, "at-1.3").await);
}

#[tokio::test]
async fn google() {
    let world = logged_in(presets::GOOGLE);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.2 -");
    assert_eq!(refresh(&world, "rt-1").await, "at-1.3 -");
}

#[tokio::test]
async fn spotify() {
    assert_only_refuses(presets::SPOTIFY).await;
}

#[tokio::test]
async fn github_apps() {
    let world = logged_in(presets::GITHUB_APPS);
    assert!(is_live(&world, "at-1").await);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.2 rt-1.2");
    assert!(!is_live(&world, "at-1").await);
    assert!(is_live(&world, "at-1.2").await);
    assert_only_refuses(presets::GITHUB_APPS).await;
}

#[tokio::test]
async fn atproto() {
    assert_ends_the_family(presets::ATPROTO).await;
}

#[tokio::test]
async fn dex() {
    assert_only_refuses(presets::DEX).await;
}

#[tokio::test]
async fn dex_with_window() {
    let world = rotated(presets::DEX_WITH_WINDOW).await;
    wait(&world, 2);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.3 rt-1.2");
    wait(&world, 1);
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.4 rt-1.3");
}

#[tokio::test]
async fn matrix_authentication_service() {
    let world = rotated(presets::MATRIX_AUTHENTICATION_SERVICE).await;
    wait(&world, 1_000);
    assert_eq!(refresh(&world, "rt-1").await, "at-1.3 rt-1.3");
    assert_eq!(refresh(&world, "rt-1.3").await, "at-1.4 rt-1.4");
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.5 rt-1.5");
}

/// No preset has these, a team's own server may.
#[tokio::test]
async fn a_window_by_count_closes() {
    const TWICE: ServerPolicy = ServerPolicy {
        forgiven: &[Forgiven {
            window: Window::Count(2),
            reach: Reach::Ancestor,
            answer: ReuseAnswer::Newest,
        }],
        ..ServerPolicy::STRICT
    };
    let world = rotated(TWICE).await;
    assert_eq!(refresh(&world, "rt-1").await, "at-1.3 rt-1.2");
    assert_eq!(refresh(&world, "rt-1").await, "at-1.4 rt-1.2");
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert_eq!(refresh(&world, "rt-1.2").await, "invalid_grant");
}

#[tokio::test]
async fn a_window_that_answers_with_an_error_ends_nothing_within_it() {
    const QUIET: ServerPolicy = ServerPolicy {
        forgiven: &[Forgiven {
            window: Window::Time(Duration::from_secs(5)),
            reach: Reach::Parent,
            answer: ReuseAnswer::Error,
        }],
        ..ServerPolicy::STRICT
    };
    let world = rotated(QUIET).await;
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert!(is_live(&world, "at-1.2").await);
    wait(&world, 5);
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert!(!is_live(&world, "at-1.2").await);
}

/// Another login of the same user is ended too, another user's is not.
#[tokio::test]
async fn a_blast_can_reach_all_of_a_user() {
    const USER: ServerPolicy =
        ServerPolicy { blast_radius: BlastRadius::User, ..ServerPolicy::STRICT };
    let world = rotated(USER).await;
    world.server().log_in_live(&UserId::new("alice"));
    world.server().log_in_live(&UserId::new("bob"));
    assert_eq!(refresh(&world, "rt-1").await, "invalid_grant");
    assert_eq!(refresh(&world, "rt-2").await, "invalid_grant");
    assert!(!is_live(&world, "at-2").await);
    assert_eq!(refresh(&world, "rt-3").await, "at-3.2 rt-3.2");
}

#[tokio::test]
async fn a_code_that_comes_back_can_be_denied_only() {
    const DENIED: ServerPolicy =
        ServerPolicy { code_reuse: CodeReuse::Denied, ..ServerPolicy::STRICT };
    let world = World::by_hand();
    world.server().set_policy(DENIED);
    let verifier = CodeVerifier::new("verifier");
    let code = world.server().issue_code(verifier.s256());
    world.token_endpoint().exchange(&code, &verifier).await.expect("the first use");
    let again = world.token_endpoint().exchange(&code, &verifier).await;
    assert_eq!(again, Err(TokenError::Refused(OAuthErrorCode::InvalidGrant)));
    assert_eq!(refresh(&world, "rt-1").await, "at-1.2 rt-1.2");
}

/// The server has rotated, the client was not told.
#[tokio::test]
async fn a_lost_answer_was_served() {
    let world = logged_in(ServerPolicy::STRICT);
    world.server().lose_next_answer();
    let answer = world.token_endpoint().refresh(&RefreshToken::new("rt-1")).await;
    assert_eq!(answer, Err(TokenError::NoAnswer));
    assert_eq!(refresh(&world, "rt-1.2").await, "at-1.3 rt-1.3");
}

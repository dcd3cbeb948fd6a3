//! The README's code, run. Each Rust block of the README stands in this file to the letter, and the
//! timeline it shows is the one that the block leads to.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenEndpointDouble, TokenRefresher, TokenStore,
    TokenStoreDouble, UserId,
};
use authloom::report;
use authloom::world::{Clock, WorldClock};
use authloom_scenarios::refresh;

const README: &str = include_str!("../README.md");
const THIS_FILE: &str = include_str!("readme.rs");

struct MyAuth {
    endpoint: TokenEndpointDouble,
    tokens: TokenStoreDouble,
    clock: WorldClock,
}

#[async_trait]
impl TokenRefresher for MyAuth {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.tokens.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let answer = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(answer, self.clock.now());
        self.tokens.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

#[should_panic(expected = "rt-1 presented twice: by realtime, by sync")]
#[test]
fn a_refresh_token_is_never_spent_twice() {
    refresh::concurrent_callers(2).prove(|world| MyAuth {
        endpoint: world.token_endpoint(),
        tokens: world.token_store(),
        clock: world.clock(),
    });
}

mod by_hand {
    use authloom::auth::{TokenRefresher, UserId, World, operations};
    use authloom_models::refresh::SerializedWithRecheck;
    use tokio_test::{assert_pending, assert_ready_ok, task};

    #[tokio::test]
    async fn the_second_caller_waits_for_the_first() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        world.server().log_in_expired(&alice);
        let refresh = world.hold(&operations::TOKEN);
        let auth =
            SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock());
        let mut first = task::spawn(auth.access_token(&alice));
        let mut second = task::spawn(auth.access_token(&alice));
        assert_pending!(first.poll());
        refresh.arrived().await; // the server has rotated the token, its answer is held
        assert_pending!(second.poll());
        refresh.release();
        assert_ready_ok!(first.poll());
        assert_ready_ok!(second.poll());
        assert_eq!(world.ledger().refresh_tokens_presented(), ["rt-1"]);
    }
}

/// The timeline in the README is what `a_refresh_token_is_never_spent_twice` prints.
#[test]
fn the_timeline_is_the_one_that_is_printed() {
    let verdict = refresh::concurrent_callers(2).verdict(|world| MyAuth {
        endpoint: world.token_endpoint(),
        tokens: world.token_store(),
        clock: world.clock(),
    });
    let violation = verdict.conclusion.violation().expect("a schedule breaks it");
    let text = report::violation_text(violation);
    assert!(README.contains(&text), "the README lacks\n{text}");
}

/// Every line of the README's Rust blocks is in this file, in one run.
#[test]
fn every_rust_block_stands_in_this_file() {
    let unindented: String =
        THIS_FILE.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
    let blocks: Vec<&str> = README
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let block: String = block.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
        assert!(unindented.contains(&block), "not in tests/readme.rs:\n{block}");
    }
}

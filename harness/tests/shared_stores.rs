//! What several processes share: stores of tokens, a lease, a lock on a file; and the
//! clock that clients read.

use std::time::Duration;

use authloom::auth::{
    AccountStore as _, Event, LeaseStore as _, MarkStore as _, RefreshToken, TokenEndpoint as _,
    TokenFile as _, TokenStore as _, UserId, World,
};
use authloom::world::{Clock as _, Skew, Timer as _, Timestamp};
use tokio_test::{assert_pending, assert_ready, task};

const TTL: Duration = Duration::from_secs(2);

fn alice() -> UserId {
    UserId::new("alice")
}

/// Both handles are on the same tokens.
#[tokio::test]
async fn the_shared_store_has_the_tokens_of_the_login() {
    let world = World::by_hand();
    let tokens = world.server().log_in_live(&alice());
    assert_eq!(world.shared_token_store().load(&alice()).await, Some(tokens));
    world.shared_token_store().remove(&alice()).await;
    assert_eq!(world.token_store().load(&alice()).await, None);
}

/// The store compares the refresh token that is there, in both doubles.
#[tokio::test]
async fn a_replacement_needs_the_token_that_is_there() {
    let world = World::by_hand();
    let old = world.server().log_in_expired(&alice());
    let answer = world.token_endpoint().refresh(&old.refresh_token).await.expect("it is fresh");
    let renewed = old.renewed(answer, world.clock().now());
    let (shared, own) = (world.shared_token_store(), world.token_store());

    let other = RefreshToken::new("another");
    assert!(!shared.replace(&alice(), &other, Some(renewed.clone())).await);
    assert!(!own.replace(&alice(), &other, None).await);
    assert_eq!(own.load(&alice()).await, Some(old.clone()));

    assert!(shared.replace(&alice(), &old.refresh_token, Some(renewed.clone())).await);
    assert_eq!(own.load(&alice()).await, Some(renewed.clone()));
    assert!(own.replace(&alice(), &renewed.refresh_token, None).await);
    assert!(!shared.replace(&alice(), &renewed.refresh_token, Some(renewed.clone())).await);
}

#[tokio::test]
async fn a_lease_ends_with_its_time() {
    let world = World::by_hand();
    let leases = world.lease_store();
    let first = leases.try_acquire("alice", TTL).await.expect("it is free");
    assert_eq!(leases.try_acquire("alice", TTL).await, None);
    world.clock().advance(TTL);
    let second = leases.try_acquire("alice", TTL).await.expect("the first has ended");
    assert!(second.number > first.number);
    // Whoever has lost the lease does not give back another's.
    leases.release(first).await;
    assert_eq!(leases.try_acquire("alice", TTL).await, None);
    leases.release(second).await;
    assert!(leases.try_acquire("alice", TTL).await.is_some());
}

/// What frees a lease by its key does not ask whose it is.
#[tokio::test]
async fn a_lease_can_be_looked_at_and_freed_by_anybody() {
    let world = World::by_hand();
    let leases = world.lease_store();
    let first = leases.try_acquire("alice", TTL).await.expect("it is free");
    assert_eq!(leases.holder("alice").await, Some(first));
    assert_eq!(leases.holder("bob").await, None);
    world.clock().advance(TTL);
    assert_eq!(leases.holder("alice").await, None);
    let second = leases.try_acquire("alice", TTL).await.expect("the first has ended");
    leases.free("alice").await;
    assert_eq!(leases.holder("alice").await, None);
    leases.free("alice").await;
    let freed: Vec<_> = world.ledger().entries().iter().map(|entry| entry.event.clone()).collect();
    assert!(freed.contains(&Event::LeaseFreed { present: Some(second) }));
    assert!(freed.contains(&Event::LeaseFreed { present: None }));
}

/// All handles of a world are the same lock.
#[tokio::test]
async fn a_file_lock_excludes_other_processes() {
    let world = World::by_hand();
    let (one, other) = (world.file_lock(), world.file_lock());
    let guard = one.lock().await;
    let mut waits = task::spawn(other.lock());
    assert_pending!(waits.poll());
    drop(guard);
    let _guard = assert_ready!(waits.poll());
}

/// Whatever is written of an account makes another version of it.
#[tokio::test]
async fn an_account_is_written_in_the_version_that_was_read() {
    let world = World::by_hand();
    let tokens = world.server().log_in_live(&alice());
    let accounts = world.account_store();
    let read = accounts.load(&alice()).await.expect("she is signed in");
    assert_eq!(read.tokens, tokens);
    accounts.write_quota(&alice()).await;
    assert!(!accounts.swap(&alice(), read.version, tokens.clone()).await);
    let again = accounts.load(&alice()).await.expect("she is signed in");
    assert_ne!(again.version, read.version);
    assert!(accounts.swap(&alice(), again.version, tokens.clone()).await);
    assert!(!accounts.swap(&alice(), again.version, tokens.clone()).await);
    let third = accounts.load(&alice()).await.expect("she is signed in");
    world.token_store().save(&alice(), tokens.clone()).await;
    assert!(!accounts.swap(&alice(), third.version, tokens).await);
}

/// Between opening and writing there is nothing to read.
#[tokio::test]
async fn a_file_is_empty_until_it_is_written_and_never_when_it_is_renamed_over() {
    let world = World::by_hand();
    let tokens = world.server().log_in_live(&alice());
    let file = world.token_file();
    file.truncate(&alice()).await;
    assert_eq!(file.read(&alice()).await, None);
    file.write(&alice(), tokens.clone()).await;
    assert_eq!(file.read(&alice()).await, Some(tokens.clone()));
    file.rename_over(&alice(), tokens.clone()).await;
    assert_eq!(file.read(&alice()).await, Some(tokens));
}

#[tokio::test]
async fn a_mark_is_about_one_token() {
    let (world, token) = (World::by_hand(), RefreshToken::new("one"));
    world.mark_store().mark(&token).await;
    assert!(world.mark_store().is_marked(&token).await);
    assert!(!world.mark_store().is_marked(&RefreshToken::new("another")).await);
}

/// The server goes by its own clock, clients by theirs.
#[tokio::test]
async fn a_skewed_clock_is_the_clients() {
    let world = World::by_hand();
    world.clock().advance(TTL);
    world.skew_clocks(Skew::Ahead(TTL));
    assert_eq!(world.clock().now(), Timestamp(2 * TTL));
    world.skew_clocks(Skew::Behind(TTL));
    assert_eq!(world.clock().now(), Timestamp::default());
    assert_eq!(world.server().log_in_expired(&alice()).expires_at, Timestamp(TTL));
}

/// Who sleeps goes on when the clock has gone on by as much, and no sooner.
#[tokio::test]
async fn a_sleeper_wakes_when_its_time_has_come() {
    let world = World::by_hand();
    let mut sleeper = task::spawn(world.clock().sleep(TTL));
    assert_pending!(sleeper.poll());
    world.clock().advance(TTL / 2);
    assert!(!sleeper.is_woken());
    assert_pending!(sleeper.poll());
    world.clock().advance(TTL / 2);
    assert!(sleeper.is_woken());
    assert_ready!(sleeper.poll());
    assert_ready!(task::spawn(world.clock().sleep(Duration::ZERO)).poll());
}

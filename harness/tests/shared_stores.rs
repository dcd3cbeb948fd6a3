//! What several processes share: a store of tokens, a lease, a lock on a file.

use std::time::Duration;

use authloom::auth::{
    Event, LeaseStore as _, RefreshToken, TokenEndpoint as _, TokenStore as _, UserId, World,
};
use authloom::world::Clock as _;
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

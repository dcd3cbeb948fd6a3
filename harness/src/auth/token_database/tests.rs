//! What transactions see of each other, by hand: without an exploration, a statement is carried out
//! when it is polled, and waits only for a row.

use tokio_test::{assert_pending, assert_ready, task};

use super::*;
use crate::auth::{AccessToken, RefreshToken, TokenStore as _};
use crate::world::Timestamp;

const BOTH: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::Serializable];

fn alice() -> UserId {
    UserId::new("alice")
}

fn tokens(name: &str) -> Tokens {
    Tokens {
        access_token: AccessToken::new(name),
        refresh_token: RefreshToken::new(name),
        expires_at: Timestamp::default(),
    }
}

async fn world() -> World {
    let world = World::by_hand();
    world.token_store().save(&alice(), tokens("old")).await;
    world
}

async fn stored(world: &World) -> Option<Tokens> {
    world.token_store().load(&alice()).await
}

#[tokio::test]
async fn nobody_sees_what_is_not_committed_but_who_wrote_it() {
    for isolation in BOTH {
        let world = world().await;
        let mut one = world.token_database(isolation).begin();
        one.write(&alice(), Some(tokens("new"))).await.unwrap();
        assert_eq!(one.load(&alice()).await, Ok(Some(tokens("new"))));
        let mut other = world.token_database(isolation).begin();
        assert_eq!(other.load(&alice()).await, Ok(Some(tokens("old"))));
        assert_eq!(stored(&world).await, Some(tokens("old")));
        one.commit().await.unwrap();
        assert_eq!(stored(&world).await, Some(tokens("new")));
    }
}

/// What a transaction reads before and after another commits.
async fn read_twice(isolation: Isolation) -> [Option<Tokens>; 2] {
    let world = world().await;
    let database = world.token_database(isolation);
    let (mut reader, mut writer) = (database.begin(), database.begin());
    let before = reader.load(&alice()).await.unwrap();
    writer.write(&alice(), None).await.unwrap();
    writer.commit().await.unwrap();
    let after = reader.load(&alice()).await.unwrap();
    assert_eq!(reader.commit().await, Ok(()), "what only reads is never in the way");
    [before, after]
}

#[tokio::test]
async fn a_second_look_sees_other_commits_only_at_read_committed() {
    assert_eq!(read_twice(Isolation::ReadCommitted).await, [Some(tokens("old")), None]);
    let old = || Some(tokens("old"));
    assert_eq!(read_twice(Isolation::Serializable).await, [old(), old()]);
}

#[tokio::test]
async fn a_write_after_a_look_that_is_out_of_date_fails_only_where_serializable() {
    for isolation in BOTH {
        let world = world().await;
        let database = world.token_database(isolation);
        let (mut one, mut other) = (database.begin(), database.begin());
        one.load(&alice()).await.unwrap();
        other.write(&alice(), None).await.unwrap();
        other.commit().await.unwrap();
        let written = one.write(&alice(), Some(tokens("back"))).await;
        if isolation == Isolation::Serializable {
            assert_eq!(written, Err(SerializationFailure));
            assert_eq!(one.load(&alice()).await, Err(SerializationFailure), "it is over");
            assert_eq!(one.commit().await, Err(SerializationFailure));
            assert_eq!(stored(&world).await, None);
        } else {
            assert_eq!(one.commit().await, Ok(()));
            assert_eq!(stored(&world).await, Some(tokens("back")), "the lost update");
        }
    }
}

/// Each reads the row that the other writes: no row is written twice, yet in no order could both
/// have run alone.
#[tokio::test]
async fn write_skew_passes_only_at_read_committed() {
    for isolation in BOTH {
        let (world, bob) = (world().await, UserId::new("bob"));
        let database = world.token_database(isolation);
        let (mut one, mut other) = (database.begin(), database.begin());
        one.load(&bob).await.unwrap();
        other.load(&alice()).await.unwrap();
        one.write(&alice(), None).await.unwrap();
        other.write(&bob, Some(tokens("new"))).await.unwrap();
        assert_eq!(one.commit().await, Ok(()));
        let is_refused = other.commit().await.is_err();
        assert_eq!(is_refused, isolation == Isolation::Serializable, "{isolation:?}");
    }
}

#[tokio::test]
async fn who_wants_a_locked_row_waits_until_the_transaction_ends() {
    for is_committed in [true, false] {
        let world = world().await;
        let database = world.token_database(Isolation::ReadCommitted);
        let mut one = database.begin();
        one.load_for_update(&alice()).await.unwrap();
        let (mut other, user) = (database.begin(), alice());
        let mut locking = task::spawn(other.load_for_update(&user));
        assert_pending!(locking.poll());
        one.write(&alice(), Some(tokens("new"))).await.unwrap();
        assert_pending!(locking.poll());
        let expected = if is_committed {
            one.commit().await.unwrap();
            tokens("new")
        } else {
            drop(one);
            tokens("old")
        };
        assert!(locking.is_woken());
        assert_eq!(assert_ready!(locking.poll()), Ok(Some(expected)));
    }
}

#[tokio::test]
async fn a_serializable_transaction_that_has_waited_for_a_changed_row_fails() {
    let world = world().await;
    let database = world.token_database(Isolation::Serializable);
    let mut one = database.begin();
    one.write(&alice(), Some(tokens("new"))).await.unwrap();
    let (mut other, user) = (database.begin(), alice());
    let mut locking = task::spawn(other.load_for_update(&user));
    assert_pending!(locking.poll());
    one.commit().await.unwrap();
    assert_eq!(assert_ready!(locking.poll()), Err(SerializationFailure));
}

#[tokio::test]
async fn who_stops_waiting_is_in_nobodys_way() {
    let world = world().await;
    let database = world.token_database(Isolation::ReadCommitted);
    let mut one = database.begin();
    one.load_for_update(&alice()).await.unwrap();
    let (mut second, mut third, user) = (database.begin(), database.begin(), alice());
    let mut cancelled = task::spawn(second.load_for_update(&user));
    assert_pending!(cancelled.poll());
    let mut waiting = task::spawn(third.load_for_update(&user));
    assert_pending!(waiting.poll());
    drop(cancelled);
    drop(second);
    drop(one);
    assert!(waiting.is_woken());
    assert!(assert_ready!(waiting.poll()).is_ok());
}

#[tokio::test]
async fn what_is_dropped_is_rolled_back() {
    let world = world().await;
    let mut one = world.token_database(Isolation::ReadCommitted).begin();
    one.write(&alice(), None).await.unwrap();
    drop(one);
    assert_eq!(stored(&world).await, Some(tokens("old")));
}

//! The session store outside an exploration: what each capability does to the rows, and what a
//! handle answers that does not claim it.

use authloom::auth::{
    BrowserId, Capability, Event, Session, SessionId, SessionStore as _, SessionStoreDouble,
    StoreError, World,
};

fn laptop() -> BrowserId {
    BrowserId::new("laptop")
}

fn phone() -> BrowserId {
    BrowserId::new("phone")
}

/// The id of the browser's so many-eth session.
fn id(number: usize, browser: &BrowserId) -> SessionId {
    SessionId::new(format!("session-{number}-of-{browser}"))
}

fn row(number: usize, browser: BrowserId) -> Session {
    Session { id: id(number, &browser), browser }
}

fn conflict(existing: Option<Session>) -> StoreError {
    StoreError::Conflict { existing }
}

fn store(offers: Capability) -> SessionStoreDouble {
    World::by_hand().session_store(offers)
}

#[tokio::test]
async fn a_store_begins_empty() {
    assert_eq!(store(Capability::PlainPut).find(&laptop()).await, None);
}

/// The second row is there too, but a lookup finds the oldest; another browser has its own.
#[tokio::test]
async fn a_plain_put_adds_a_row_whatever_is_there() {
    let store = store(Capability::PlainPut);
    assert_eq!(store.put(&laptop()).await, row(1, laptop()));
    assert_eq!(store.put(&laptop()).await, row(2, laptop()));
    assert_eq!(store.put(&phone()).await, row(1, phone()));
    assert_eq!(store.find(&laptop()).await, Some(row(1, laptop())));
    assert_eq!(store.find(&phone()).await, Some(row(1, phone())));
}

#[tokio::test]
async fn a_unique_insert_conflicts_with_the_row_that_is_there() {
    let store = store(Capability::UniqueInsert);
    assert_eq!(store.insert_unique(&laptop()).await, Ok(row(1, laptop())));
    for _ in 0..2 {
        let refused = store.insert_unique(&laptop()).await;
        assert_eq!(refused, Err(conflict(Some(row(1, laptop())))));
    }
    assert_eq!(store.insert_unique(&phone()).await, Ok(row(1, phone())));
    assert_eq!(store.find(&laptop()).await, Some(row(1, laptop())));
}

/// Rows that got there by plain puts count; the oldest is the one reported.
#[tokio::test]
async fn a_unique_insert_conflicts_with_the_oldest_of_several_rows() {
    let store = store(Capability::UniqueInsert);
    store.put(&laptop()).await;
    store.put(&laptop()).await;
    let refused = store.insert_unique(&laptop()).await;
    assert_eq!(refused, Err(conflict(Some(row(1, laptop())))));
}

#[tokio::test]
async fn a_swap_that_expects_no_row_adds_the_first_one_only() {
    let store = store(Capability::CompareAndSwap);
    assert_eq!(store.compare_and_swap(&laptop(), None).await, Ok(row(1, laptop())));
    let refused = store.compare_and_swap(&laptop(), None).await;
    assert_eq!(refused, Err(conflict(Some(row(1, laptop())))));
    assert_eq!(store.compare_and_swap(&phone(), None).await, Ok(row(1, phone())));
}

/// The row that was read is replaced, not added to; whoever read it earlier comes too late.
#[tokio::test]
async fn a_swap_with_the_right_expectation_replaces_the_row() {
    let store = store(Capability::CompareAndSwap);
    store.put(&laptop()).await;
    store.put(&phone()).await;
    let swapped = store.compare_and_swap(&laptop(), Some(&id(1, &laptop()))).await;
    assert_eq!(swapped, Ok(row(2, laptop())));
    assert_eq!(store.find(&laptop()).await, Some(row(2, laptop())));
    let late = store.compare_and_swap(&laptop(), Some(&id(1, &laptop()))).await;
    assert_eq!(late, Err(conflict(Some(row(2, laptop())))));
    assert_eq!(store.find(&phone()).await, Some(row(1, phone())));
}

#[tokio::test]
async fn a_swap_with_a_wrong_expectation_changes_nothing() {
    let store = store(Capability::CompareAndSwap);
    let nobody = store.compare_and_swap(&laptop(), Some(&id(1, &laptop()))).await;
    assert_eq!(nobody, Err(conflict(None)));
    store.put(&laptop()).await;
    store.put(&phone()).await;
    let of_another = store.compare_and_swap(&laptop(), Some(&id(2, &laptop()))).await;
    assert_eq!(of_another, Err(conflict(Some(row(1, laptop())))));
    assert_eq!(store.find(&laptop()).await, Some(row(1, laptop())));
    assert_eq!(store.find(&phone()).await, Some(row(1, phone())));
}

/// The whole table of claims and operations, with the right expectation for each. Lookups and plain
/// puts need no claim; what is refused leaves no row and gives no number away.
#[tokio::test]
async fn an_operation_that_is_not_claimed_is_not_offered() {
    use Capability::{CompareAndSwap, PlainPut, UniqueInsert};

    for claimed in [PlainPut, UniqueInsert, CompareAndSwap] {
        let store = store(claimed);
        if claimed != UniqueInsert {
            let refused = store.insert_unique(&laptop()).await;
            assert_eq!(refused, Err(StoreError::NotOffered(UniqueInsert)), "{claimed:?}");
        }
        if claimed != CompareAndSwap {
            let refused = store.compare_and_swap(&laptop(), None).await;
            assert_eq!(refused, Err(StoreError::NotOffered(CompareAndSwap)), "{claimed:?}");
        }
        assert_eq!(store.find(&laptop()).await, None, "{claimed:?}");
        assert_eq!(store.put(&laptop()).await, row(1, laptop()), "{claimed:?}");
    }
}

/// A handle that does not claim a capability does not even say whether there is a row.
#[tokio::test]
async fn a_refusal_comes_before_a_conflict() {
    let store = store(Capability::PlainPut);
    store.put(&laptop()).await;
    let refused = store.insert_unique(&laptop()).await;
    assert_eq!(refused, Err(StoreError::NotOffered(Capability::UniqueInsert)));
    let refused = store.compare_and_swap(&laptop(), Some(&id(2, &laptop()))).await;
    assert_eq!(refused, Err(StoreError::NotOffered(Capability::CompareAndSwap)));
}

#[test]
fn each_refusal_says_why() {
    let refusal = StoreError::NotOffered(Capability::UniqueInsert);
    assert_eq!(refusal.to_string(), "the session store was not claimed to offer UniqueInsert");
    let refusal = conflict(Some(row(1, laptop())));
    assert_eq!(refusal.to_string(), "the browser's session is another one");
}

/// Whatever they claim, all handles of a world see the same rows; another world has its own.
#[tokio::test]
async fn all_handles_of_a_world_are_one_store() {
    let world = World::by_hand();
    let plain = world.session_store(Capability::PlainPut);
    let unique = world.clone().session_store(Capability::UniqueInsert);
    assert_eq!(unique.insert_unique(&laptop()).await, Ok(row(1, laptop())));
    assert_eq!(plain.clone().find(&laptop()).await, Some(row(1, laptop())));
    assert_eq!(plain.put(&laptop()).await, row(2, laptop()));
    assert_eq!(store(Capability::PlainPut).find(&laptop()).await, None);
}

/// The final session call is for the record: it changes no row.
#[tokio::test]
async fn an_acquired_session_is_in_the_ledger() {
    let world = World::by_hand();
    let store = world.session_store(Capability::PlainPut);
    let session = store.put(&laptop()).await;
    store.acquire(&session.id).await;
    let ledger = world.ledger();
    let events: Vec<&Event> = ledger.entries().iter().map(|entry| &entry.event).collect();
    let [Event::SessionCreated { browser, session: created }, Event::SessionAcquired { session }] =
        events[..]
    else {
        panic!("another ledger: {events:?}");
    };
    assert_eq!((browser, created, session), (&laptop(), &id(1, &laptop()), &id(1, &laptop())));
    assert_eq!(store.find(&laptop()).await, Some(row(1, laptop())));
}

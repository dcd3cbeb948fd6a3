//! Outside an exploration, the types are the originals; in one at level `lock`, they suspend once.

use super::{Mutex, Notify, OnceCell, RwLock, Semaphore, oneshot, watch};
use tokio_test::{assert_pending, assert_ready, task};

#[test]
fn outside_an_exploration_nothing_suspends() {
    let (mutex, lock, semaphore) = (Mutex::new(1), RwLock::new(2), Semaphore::new(1));
    assert_eq!(*assert_ready!(task::spawn(mutex.lock()).poll()), 1);
    assert_eq!(*assert_ready!(task::spawn(lock.read()).poll()), 2);
    *assert_ready!(task::spawn(lock.write()).poll()) += 1;
    assert_eq!(lock.into_inner(), 3);
    assert_ready!(task::spawn(semaphore.acquire()).poll()).expect("it is open").forget();
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn a_mutex_is_held_until_its_guard_is_dropped() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().expect("nobody holds it");
    let mut other = task::spawn(mutex.lock());
    assert_pending!(other.poll());
    assert!(mutex.try_lock().is_err());
    drop(guard);
    assert!(other.is_woken());
    drop(assert_ready!(other.poll()));
}

/// `notify_waiters` reaches whoever asked before it, polled or not; nobody else.
#[test]
fn a_notification_of_all_counts_from_the_call() {
    let notify = Notify::new();
    let mut before = task::spawn(notify.notified());
    notify.notify_waiters();
    assert_ready!(before.poll());
    assert_pending!(task::spawn(notify.notified()).poll());
}

#[tokio::test]
async fn values_go_through() {
    let (sender, receiver) = oneshot::channel();
    sender.send(1).expect("the receiver is there");
    assert_eq!(receiver.await, Ok(1));

    let (sender, mut receiver) = watch::channel(0);
    sender.send(2).expect("the receiver is there");
    assert_eq!(receiver.wait_for(|value| *value == 2).await.map(|value| *value).ok(), Some(2));
    drop(sender);
    assert!(receiver.changed().await.is_err());

    let cell = OnceCell::new();
    assert_eq!(*cell.get_or_init(|| async { 3 }).await, 3);
    assert!(cell.set(4).is_err());
    assert_eq!(cell.get(), Some(&3));
}

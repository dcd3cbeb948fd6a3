//! Outside an exploration, the types are the originals.

use std::pin::pin;
use std::sync::Arc;
use std::thread;

use super::{
    Mutex, Notify, OnceCell, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    Semaphore, blocking, broadcast, mpsc, oneshot, watch,
};
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

#[test]
fn what_is_made_with_one_end_or_a_value_is_as_the_original() {
    let sender = watch::Sender::new(1);
    assert_eq!((sender.receiver_count(), *sender.borrow()), (0, 1));
    let (other, mut receiver) = (sender.clone(), sender.subscribe());
    drop(sender);
    assert_eq!(receiver.has_changed().ok(), Some(false));
    receiver.mark_changed();
    assert_eq!(receiver.has_changed().ok(), Some(true));
    receiver.mark_unchanged();
    assert_eq!(receiver.has_changed().ok(), Some(false));
    drop(other);
    assert!(receiver.has_changed().is_err());
    assert_eq!(*watch::Sender::<u8>::default().borrow(), 0);

    let sender = broadcast::Sender::new(2);
    assert!(sender.send(1).is_err());
    let mut receiver = sender.subscribe();
    assert_eq!((sender.send(2).ok(), receiver.try_recv().ok()), (Some(1), Some(2)));

    assert_eq!(OnceCell::from(3).get(), Some(&3));
    assert_eq!(OnceCell::<u8>::new_with(None).get(), None);

    let (sender, mut receiver) = oneshot::channel();
    assert!(receiver.is_empty() && !receiver.is_terminated());
    sender.send(4).expect("there is a receiver");
    assert!(!receiver.is_empty());
    assert_eq!(receiver.try_recv(), Ok(4));
    assert!(receiver.is_terminated());
}

/// As with tokio: a map of `Weak`s, a lock a key, finds those that are held.
#[test]
fn what_is_held_by_an_owned_guard_is_kept_alive() {
    let mutex = Arc::new(Mutex::new(1));
    let weak = Arc::downgrade(&mutex);
    let guard = mutex.try_lock_owned().expect("nobody holds it");
    assert!(Arc::ptr_eq(&weak.upgrade().expect("it is held"), OwnedMutexGuard::mutex(&guard)));
    drop(guard);
    assert!(weak.upgrade().is_none());

    let mutex = Arc::new(Mutex::new(1));
    let guard = assert_ready!(task::spawn(Arc::clone(&mutex).lock_owned()).poll());
    let mutex = Arc::try_unwrap(mutex).expect_err("it is held");
    drop(guard);
    assert_eq!(Arc::try_unwrap(mutex).expect("nobody holds it").into_inner(), 1);

    let lock = Arc::new(RwLock::new(2));
    let reading = assert_ready!(task::spawn(Arc::clone(&lock).read_owned()).poll());
    let also_reading = Arc::clone(&lock).try_read_owned().expect("nobody writes");
    assert_eq!(Arc::strong_count(OwnedRwLockReadGuard::rwlock(&reading)), 3);
    drop((reading, also_reading));
    let writing = assert_ready!(task::spawn(Arc::clone(&lock).write_owned()).poll());
    assert_eq!(Arc::strong_count(OwnedRwLockWriteGuard::rwlock(&writing)), 2);
    drop(writing);
    drop(Arc::clone(&lock).try_write_owned().expect("nobody has it"));
    assert_eq!(Arc::try_unwrap(lock).expect("nobody holds it").into_inner(), 2);

    let semaphore = Arc::new(Semaphore::new(2));
    let permit = assert_ready!(task::spawn(Arc::clone(&semaphore).acquire_owned()).poll());
    let permit = permit.expect("it is open");
    let also = Arc::clone(&semaphore).try_acquire_owned().expect("one is left");
    assert_eq!(Arc::strong_count(permit.semaphore()), 3);
    permit.forget();
    drop(also);
    assert_eq!((Arc::strong_count(&semaphore), semaphore.available_permits()), (1, 1));
}

/// It spends the budget that tokio gives a task, as the original does.
#[tokio::test]
async fn a_task_that_never_waits_lets_others_run() {
    let mutex = Mutex::new(());
    let other = tokio::spawn(async {});
    for _ in 0..1_000 {
        drop(mutex.lock().await);
    }
    assert!(other.is_finished());

    let other = tokio::spawn(async {});
    for value in 0..1_000 {
        let (sender, receiver) = oneshot::channel();
        sender.send(value).expect("the receiver is there");
        assert_eq!(receiver.await, Ok(value));
    }
    assert!(other.is_finished());

    let other = tokio::spawn(async {});
    let (sender, mut receiver) = watch::channel(0);
    for value in 0..1_000 {
        sender.send(value).expect("the receiver is there");
        assert!(receiver.changed().await.is_ok());
    }
    assert!(other.is_finished());

    let other = tokio::spawn(async {});
    let (sender, mut receiver) = broadcast::channel(1);
    for value in 0..1_000 {
        assert_eq!(sender.send(value).expect("the receiver is there"), 1);
        assert_eq!(receiver.recv().await, Ok(value));
    }
    assert!(other.is_finished());
}

/// What was sent before the sender went counts, as with the original.
#[tokio::test]
async fn the_last_value_is_told_before_the_end() {
    let (sender, mut receiver) = watch::channel(0);
    sender.send(1).expect("the receiver is there");
    drop(sender);
    assert!(receiver.changed().await.is_ok());
    assert!(receiver.changed().await.is_err());

    let (sender, receiver) = oneshot::channel::<()>();
    drop(sender);
    assert!(receiver.await.is_err());
}

/// As the original, which would not take the value of another receiving either.
#[test]
#[should_panic(expected = "an operation is not polled once it is done")]
fn a_receiving_that_is_done_takes_nothing_more() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    sender.send(1).expect("the receiver is there");
    sender.send(2).expect("the receiver is there");
    let mut receiving = task::spawn(receiver.recv());
    assert_eq!(assert_ready!(receiving.poll()), Some(1));
    let _ = receiving.poll();
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

#[test]
fn an_owned_guard_holds_like_any_other() {
    let (mutex, lock) = (Arc::new(Mutex::new(1)), Arc::new(RwLock::new(2)));
    let semaphore = Arc::new(Semaphore::new(1));
    let held = assert_ready!(task::spawn(Arc::clone(&mutex).lock_owned()).poll());
    let read = assert_ready!(task::spawn(Arc::clone(&lock).read_owned()).poll());
    let permit = assert_ready!(task::spawn(Arc::clone(&semaphore).acquire_owned()).poll());
    assert!(mutex.try_lock().is_err() && Arc::clone(&mutex).try_lock_owned().is_err());
    assert!(lock.try_read().is_ok() && Arc::clone(&lock).try_write_owned().is_err());
    assert!(semaphore.try_acquire().is_err());
    assert_eq!((*held, *read, permit.expect("it is open").num_permits()), (1, 2, 1));
    drop((held, read));
    assert!(mutex.try_lock().is_ok() && lock.try_write().is_ok());
    assert_eq!(semaphore.available_permits(), 1);
    let mutex = Arc::into_inner(mutex).expect("nobody holds it");
    assert_eq!(mutex.into_inner(), 1);
}

/// Who is enabled is first in the queue, before its first poll.
#[test]
fn a_notified_that_is_enabled_waits_already() {
    let notify = Notify::new();
    let mut first = pin!(notify.notified());
    assert!(!first.as_mut().enable());
    let mut second = task::spawn(notify.notified());
    assert_pending!(second.poll());
    notify.notify_one();
    assert!(first.enable());
    assert_pending!(second.poll());
}

#[tokio::test]
async fn values_go_through_channels_of_many() {
    let (sender, mut receiver) = mpsc::channel(2);
    sender.send(1).await.expect("the receiver is there");
    sender.reserve().await.expect("the receiver is there").send(2);
    assert!(matches!(sender.try_send(3), Err(mpsc::error::TrySendError::Full(3))));
    assert_eq!((receiver.recv().await, receiver.try_recv()), (Some(1), Ok(2)));
    assert_eq!(receiver.try_recv(), Err(mpsc::error::TryRecvError::Empty));
    drop(sender);
    assert_eq!(receiver.recv().await, None);

    let (sender, mut receiver) = mpsc::unbounded_channel();
    let other = sender.clone();
    other.send(1).expect("the receiver is there");
    drop((sender, other));
    let mut values = Vec::new();
    assert_eq!(receiver.recv_many(&mut values, 8).await, 1);
    assert_eq!((values, receiver.recv().await), (vec![1], None));

    let (sender, mut receiver) = broadcast::channel(1);
    let mut other = sender.subscribe();
    assert_eq!(sender.send(1).expect("they are there"), 2);
    assert_eq!(receiver.recv().await, Ok(1));
    assert_eq!(sender.send(2).expect("they are there"), 2);
    assert_eq!(other.recv().await, Err(broadcast::error::RecvError::Lagged(1)));
    drop(sender);
    assert_eq!((other.recv().await, receiver.recv().await), (Ok(2), Ok(2)));
    assert_eq!(other.recv().await, Err(broadcast::error::RecvError::Closed));
}

/// On threads of their own, as outside an exploration.
#[test]
fn threads_wait_for_each_other() {
    let shared = (blocking::Mutex::new(false), blocking::Condvar::new());
    let (cell, mutex) = (blocking::OnceLock::new(), Mutex::new(0));
    let (sender, receiver) = oneshot::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = shared.0.lock().expect("nobody panics");
            let held = shared.1.wait_while(held, |is_ready| !*is_ready).expect("nobody panics");
            cell.get_or_init(|| *held);
            *mutex.blocking_lock() += 1;
            sender.send(()).expect("the receiver is there");
        });
        *shared.0.lock().expect("nobody panics") = true;
        shared.1.notify_all();
        *mutex.blocking_lock() += 1;
        assert_eq!(receiver.blocking_recv(), Ok(()));
    });
    assert_eq!((cell.get(), cell.set(false)), (Some(&true), Err(false)));
    assert_eq!(mutex.into_inner(), 2);
}

#[test]
fn a_lock_that_blocks_is_poisoned_as_the_original() {
    let mutex = blocking::Mutex::new(1);
    let panicked = thread::scope(|scope| {
        let hold = || {
            let _held = mutex.lock();
            // It prints nothing.
            std::panic::resume_unwind(Box::new("while holding it"));
        };
        scope.spawn(hold).join().is_err()
    });
    assert!(panicked && mutex.is_poisoned());
    match mutex.try_lock() {
        Err(blocking::TryLockError::Poisoned(held)) => assert_eq!(**held.get_ref(), 1),
        other => panic!("{other:?}"),
    }
    mutex.clear_poison();
    assert_eq!(mutex.lock().map(|held| *held).ok(), Some(1));
}

/// The same operations on an atomic and its original give the same.
#[test]
fn an_atomic_is_the_original() {
    use super::atomic::{self, Ordering::SeqCst};
    use std::sync::atomic as original;

    macro_rules! told {
        ($atomic:expr, $($operation:ident($($argument:expr),*))*) => {{
            let atomic = $atomic;
            let told = vec![$(format!("{:?}", atomic.$operation($($argument),*))),*];
            (told, format!("{atomic:?}"), atomic.into_inner())
        }};
    }
    macro_rules! number {
        ($atomic:expr) => {
            told!($atomic, load(SeqCst) store(5, SeqCst) swap(12, SeqCst) fetch_add(3, SeqCst)
                fetch_sub(1, SeqCst) fetch_and(11, SeqCst) fetch_or(4, SeqCst)
                fetch_xor(9, SeqCst) fetch_nand(6, SeqCst) fetch_max(100, SeqCst)
                fetch_min(99, SeqCst) compare_exchange(1, 2, SeqCst, SeqCst)
                compare_exchange(99, 8, SeqCst, SeqCst) compare_exchange_weak(1, 2, SeqCst, SeqCst)
                fetch_update(SeqCst, SeqCst, |number| number.checked_sub(8))
                fetch_update(SeqCst, SeqCst, |number| (number > 0).then_some(1))
                load(SeqCst))
        };
    }
    macro_rules! truth {
        ($atomic:expr) => {
            told!($atomic, swap(true, SeqCst) fetch_and(true, SeqCst) fetch_or(false, SeqCst)
                fetch_nand(true, SeqCst) fetch_xor(true, SeqCst)
                compare_exchange(true, false, SeqCst, SeqCst) load(SeqCst))
        };
    }
    assert_eq!(number!(atomic::AtomicU64::new(7)), number!(original::AtomicU64::new(7)));
    assert_eq!(number!(atomic::AtomicI8::from(-7)), number!(original::AtomicI8::from(-7)));
    assert_eq!(truth!(atomic::AtomicBool::default()), truth!(original::AtomicBool::default()));
}

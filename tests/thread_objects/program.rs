//! Two tasks that use an object of `authloom::sync` in any way.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex as StdMutex};
use std::task::Poll;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId};
use authloom::sync::atomic::{AtomicU32, Ordering};
use authloom::sync::{Mutex, Notify, OnceCell, Semaphore, broadcast, mpsc, watch};

use crate::yields::yield_now;

/// What a task does. It has one operation under way at a time.
#[derive(Debug, Clone, Copy)]
pub enum Piece {
    /// Gives up what was under way, begins another and polls it.
    Begin(Waits),
    /// Does one from its beginning to its end.
    Wait(Waits),
    /// Polls again what is under way.
    Look,
    Await,
    GiveUp,
    Do(Act),
}

/// An operation that may wait.
#[derive(Debug, Clone, Copy)]
pub enum Waits {
    Notified,
    Acquire(u32),
    Lock,
    WaitFor,
    Changed,
    Send,
    ReceiveBroadcast,
    Make,
    MakeWhenNotified,
    FailWhenNotified,
}

/// One that does not.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    NotifyOne,
    NotifyAll,
    AddPermit,
    Permits,
    ForgetPermit,
    TryLock,
    Replace(u32),
    IsNewer,
    TrySend,
    TryReceive,
    Broadcast,
    BroadcastLength,
    Set,
    Get,
    Count,
}

use Act::*;
use Waits::*;

/// What there is to do with one kind of object, besides counting.
pub struct Family {
    pub waits: &'static [Waits],
    pub acts: &'static [Act],
}

pub const FAMILIES: [Family; 7] = [
    Family { waits: &[Notified], acts: &[NotifyOne, NotifyAll] },
    Family { waits: &[Acquire(1), Acquire(2)], acts: &[AddPermit, Permits, ForgetPermit] },
    Family { waits: &[Lock], acts: &[TryLock] },
    Family { waits: &[WaitFor, Changed], acts: &[Replace(1), Replace(2), Replace(3), IsNewer] },
    Family { waits: &[Send], acts: &[TrySend, TryReceive] },
    Family { waits: &[ReceiveBroadcast], acts: &[Broadcast, BroadcastLength] },
    Family {
        waits: &[Make, MakeWhenNotified, FailWhenNotified],
        acts: &[Set, Get, NotifyOne, NotifyAll],
    },
];

/// What both share.
pub struct Objects {
    notify: Notify,
    semaphore: Semaphore,
    mutex: Mutex<u32>,
    watched: watch::Sender<u32>,
    watching: watch::Receiver<u32>,
    sender: mpsc::Sender<u32>,
    receiver: StdMutex<mpsc::Receiver<u32>>,
    broadcast: broadcast::Sender<u32>,
    _listens: broadcast::Receiver<u32>,
    cell: OnceCell<u32>,
    count: AtomicU32,
}

impl Objects {
    pub fn new() -> Self {
        let (watched, watching) = watch::channel(0);
        let (sender, receiver) = mpsc::channel(1);
        let (broadcast, _listens) = broadcast::channel(1);
        Objects {
            notify: Notify::new(),
            semaphore: Semaphore::new(1),
            mutex: Mutex::new(0),
            watched,
            watching,
            sender,
            receiver: StdMutex::new(receiver),
            broadcast,
            _listens,
            cell: OnceCell::new(),
            count: AtomicU32::new(0),
        }
    }

    fn act(&self, act: Act) -> u32 {
        match act {
            NotifyOne => self.notify.notify_one(),
            NotifyAll => self.notify.notify_waiters(),
            AddPermit => self.semaphore.add_permits(1),
            Permits => return self.semaphore.available_permits() as u32,
            ForgetPermit => return self.semaphore.forget_permits(1) as u32,
            TryLock => return self.mutex.try_lock().map_or(LATER, |mut count| add_one(&mut count)),
            Replace(value) => return self.watched.send_replace(value),
            IsNewer => return u32::from(self.watching.has_changed().unwrap_or_default()),
            TrySend => return u32::from(self.sender.try_send(5).is_ok()),
            TryReceive => {
                // On threads, the other may be at it: then that is what comes of it.
                let receiver = self.receiver.try_lock();
                return receiver.map_or(LATER, |mut it| it.try_recv().unwrap_or(LATER));
            }
            Broadcast => return self.broadcast.send(5).map_or(LATER, |count| count as u32),
            BroadcastLength => return self.broadcast.len() as u32,
            Set => return u32::from(self.cell.set(8).is_ok()),
            Get => return self.cell.get().copied().unwrap_or(LATER),
            Count => return self.count.fetch_add(1, Ordering::AcqRel),
        }
        0
    }

    /// Lets an operation of the other task come to its end.
    fn let_go_on(&self, waits: Waits) {
        match waits {
            Notified | MakeWhenNotified | FailWhenNotified => self.notify.notify_one(),
            Acquire(_) => self.semaphore.add_permits(4),
            WaitFor | Changed => drop(self.watched.send_replace(100)),
            ReceiveBroadcast => drop(self.broadcast.send(100)),
            Lock | Send | Make => {}
        }
    }
}

/// What an operation comes to that is not ready, or something that is not there.
const LATER: u32 = 1_000;

/// What an operation comes to that fails.
const FAILED: u32 = 2_000;

fn add_one(count: &mut u32) -> u32 {
    *count += 1;
    *count
}

type Operation = Pin<Box<dyn Future<Output = u32> + std::marker::Send>>;

fn begin(objects: &Arc<Objects>, waits: Waits) -> Operation {
    let it = Arc::clone(objects);
    match waits {
        Notified => Box::pin(async move {
            it.notify.notified().await;
            1
        }),
        Acquire(count) => Box::pin(async move {
            drop(it.semaphore.acquire_many(count).await);
            1
        }),
        Lock => Box::pin(async move { add_one(&mut *it.mutex.lock().await) }),
        WaitFor => Box::pin(async move {
            let mut watching = it.watched.subscribe();
            let is_wanted = |value: &u32| *value == 2 || *value >= 100;
            watching.wait_for(is_wanted).await.map_or(FAILED, |value| *value)
        }),
        Changed => Box::pin(async move {
            let mut watching = it.watched.subscribe();
            let _ = watching.changed().await;
            *watching.borrow()
        }),
        Send => Box::pin(async move { u32::from(it.sender.send(7).await.is_ok()) }),
        ReceiveBroadcast => Box::pin(async move {
            let mut listening = it.broadcast.subscribe();
            listening.recv().await.unwrap_or(FAILED)
        }),
        Make => Box::pin(async move { *it.cell.get_or_init(async || 4).await }),
        MakeWhenNotified => Box::pin(async move {
            let make = async || {
                it.notify.notified().await;
                3
            };
            *it.cell.get_or_init(make).await
        }),
        FailWhenNotified => Box::pin(async move {
            let make = async || {
                it.notify.notified().await;
                Err(FAILED)
            };
            it.cell.get_or_try_init(make).await.copied().unwrap_or_else(|failed| failed)
        }),
    }
}

/// What each task's pieces came to.
pub type Told = [Vec<u32>; 2];

/// Both tasks, and who is told what they came to.
pub struct Program {
    pub objects: Arc<Objects>,
    pub scripts: [Vec<Piece>; 2],
    /// Whether they let others run before each piece.
    pub yields: bool,
    pub told: StdMutex<[Option<Vec<u32>>; 2]>,
    pub ended: Box<dyn Fn(Told) + std::marker::Send + Sync>,
}

impl Program {
    async fn run(&self, task: usize) -> Vec<u32> {
        let (mut under_way, mut told) = (None::<Operation>, Vec::new());
        for &piece in &self.scripts[task] {
            if self.yields {
                yield_now().await;
            }
            if let Piece::Begin(_) | Piece::GiveUp = piece {
                under_way = None;
            }
            told.push(match piece {
                Piece::Do(act) => self.objects.act(act),
                Piece::GiveUp => 0,
                Piece::Begin(waits) => {
                    look(under_way.insert(begin(&self.objects, waits))).await.unwrap_or(LATER)
                }
                Piece::Wait(waits) => begin(&self.objects, waits).await,
                Piece::Look => match &mut under_way {
                    Some(operation) => look(operation).await.unwrap_or(LATER),
                    None => LATER,
                },
                Piece::Await => match under_way.take() {
                    Some(operation) => operation.await,
                    None => LATER,
                },
            });
            let is_done = told.last() != Some(&LATER);
            if is_done && matches!(piece, Piece::Begin(_) | Piece::Look) {
                under_way = None;
            }
        }
        if self.yields {
            yield_now().await;
        }
        for &piece in &self.scripts[1 - task] {
            if let Piece::Begin(waits) | Piece::Wait(waits) = piece {
                self.objects.let_go_on(waits);
            }
        }
        told
    }
}

/// Polls an operation once.
async fn look(operation: &mut Operation) -> Option<u32> {
    let poll = poll_fn(|cx| Poll::Ready(operation.as_mut().poll(cx))).await;
    match poll {
        Poll::Ready(told) => Some(told),
        Poll::Pending => None,
    }
}

#[async_trait]
impl TokenRefresher for Program {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let task = usize::from(user.as_str() == "second");
        let told = self.run(task).await;
        let mut all = self.told.lock().expect("nobody panics");
        all[task] = Some(told);
        if let [Some(first), Some(second)] = &*all {
            (self.ended)([first.clone(), second.clone()]);
        }
        Err(AuthError::NotSignedIn)
    }
}

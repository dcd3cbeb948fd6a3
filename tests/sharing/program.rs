//! Runs a script of operations on objects of `authloom::sync` as if it were somebody's refresher,
//! and keeps a log of what each task is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, BrowserId, Capability, SessionStore as _, TokenRefresher, UserId, World,
};
use authloom::sync::atomic::{AtomicU32, Ordering};
use authloom::sync::{
    self, Notify, OnceCell, OwnedMutexGuard, OwnedSemaphorePermit, RwLock, Semaphore, blocking,
    broadcast, mpsc, oneshot, watch,
};
use authloom::world::Spawner as _;
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
pub enum Op {
    Lock,
    Unlock,
    TryLock,
    Add,
    Read,
    Write,
    Acquire,
    Release,
    Notify,
    Notified,
    /// Begins to wait for a notification, and gives up later without having waited.
    Enable,
    /// Waits for nothing: looks at an object as a person would.
    Print,
    Make,
    Get,
    Send,
    Receive,
    TryReceive,
    CloseQueue,
    Publish,
    Look,
    Changed,
    EndWatch,
    Offer,
    TakeOffer,
    DropOffer,
    Count,
    Counted,
    Put,
    Have,
    /// Sends through what several tasks have a handle on.
    Shout,
    Listen,
    /// Lets go of that handle.
    LetGo,
    /// Makes a channel, and gives another task a handle on its sender, which it does not use.
    Give,
    /// Looks whether that channel still has a sender.
    Hear,
    Find,
    Insert,
    SpawnAdd,
}

const ALL: [Op; 37] = [
    Op::Lock,
    Op::Unlock,
    Op::TryLock,
    Op::Add,
    Op::Read,
    Op::Write,
    Op::Acquire,
    Op::Release,
    Op::Notify,
    Op::Notified,
    Op::Enable,
    Op::Print,
    Op::Make,
    Op::Get,
    Op::Send,
    Op::Receive,
    Op::TryReceive,
    Op::CloseQueue,
    Op::Publish,
    Op::Look,
    Op::Changed,
    Op::EndWatch,
    Op::Offer,
    Op::TakeOffer,
    Op::DropOffer,
    Op::Count,
    Op::Counted,
    Op::Put,
    Op::Have,
    Op::Shout,
    Op::Listen,
    Op::LetGo,
    Op::Give,
    Op::Hear,
    Op::Find,
    Op::Insert,
    Op::SpawnAdd,
];

pub fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(ALL.as_slice())
}

/// What each task was told so far in an execution.
pub type Told = BTreeMap<String, String>;

/// Where what is told goes. No program looks at it.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Told>>);

impl Log {
    fn say(&self, me: &str, what: &str) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = told.entry(me.to_owned()).or_default();
        line.push_str(what);
        line.push(' ');
    }

    pub fn told(&self) -> Told {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Something whose last handle takes a sender along.
struct Hand {
    sender: broadcast::Sender<u32>,
}

pub struct Program {
    world: World,
    scripts: Vec<Vec<Op>>,
    log: Log,
    lock: Arc<sync::Mutex<u32>>,
    rw_lock: RwLock<u32>,
    semaphore: Arc<Semaphore>,
    notify: Notify,
    cell: OnceCell<u32>,
    queue: blocking::Mutex<Option<mpsc::Sender<u32>>>,
    queued: sync::Mutex<mpsc::Receiver<u32>>,
    news: blocking::Mutex<Option<watch::Sender<u32>>>,
    watched: watch::Receiver<u32>,
    offer: blocking::Mutex<Option<oneshot::Sender<u32>>>,
    counter: AtomicU32,
    value: blocking::RwLock<u32>,
    hands: Vec<blocking::Mutex<Option<Arc<Hand>>>>,
    ear: sync::Mutex<broadcast::Receiver<u32>>,
    given: blocking::Mutex<Option<mpsc::UnboundedReceiver<u32>>>,
}

/// What a task has in its hands.
#[derive(Default)]
struct Held {
    guard: Option<OwnedMutexGuard<u32>>,
    permit: Option<OwnedSemaphorePermit>,
    hand: Option<Arc<Hand>>,
    given: Option<Arc<mpsc::UnboundedSender<u32>>>,
    spawned: usize,
}

impl Program {
    pub fn new(world: &World, scripts: Vec<Vec<Op>>, log: Log) -> Self {
        let (queue, queued) = mpsc::channel(1);
        let (news, watched) = watch::channel(0);
        let (sender, ear) = broadcast::channel(4);
        let hand = Arc::new(Hand { sender });
        let hands = scripts.iter().map(|_| blocking::Mutex::new(Some(Arc::clone(&hand))));
        Program {
            world: world.clone(),
            log,
            lock: Arc::new(sync::Mutex::new(0)),
            rw_lock: RwLock::new(0),
            semaphore: Arc::new(Semaphore::new(1)),
            notify: Notify::new(),
            cell: OnceCell::new(),
            queue: blocking::Mutex::new(Some(queue)),
            queued: sync::Mutex::new(queued),
            news: blocking::Mutex::new(Some(news)),
            watched,
            offer: blocking::Mutex::new(None),
            counter: AtomicU32::new(0),
            value: blocking::RwLock::new(0),
            hands: hands.collect(),
            ear: sync::Mutex::new(ear),
            given: blocking::Mutex::default(),
            scripts,
        }
    }

    async fn find(&self) -> bool {
        let store = self.world.session_store(Capability::UniqueInsert);
        store.find(&BrowserId::new("browser")).await.is_some()
    }

    async fn run(&self, me: usize, op: Op, held: &mut Held) {
        let number = me as u32 + 1;
        let name = me.to_string();
        let say = |what: String| self.log.say(&name, &what);
        match op {
            Op::Lock => {
                if held.guard.is_none() {
                    held.guard = Some(Arc::clone(&self.lock).lock_owned().await);
                }
            }
            Op::Unlock => held.guard = None,
            Op::TryLock => say(format!("{:?}", self.lock.try_lock().map(|value| *value).ok())),
            Op::Add => {
                if held.guard.is_none() {
                    let mut value = self.lock.lock().await;
                    *value = *value * 10 + number;
                    say(format!("{value}"));
                }
            }
            Op::Read => say(format!("{}", *self.rw_lock.read().await)),
            Op::Write => *self.rw_lock.write().await += number,
            Op::Acquire => {
                if held.permit.is_none() {
                    held.permit = Arc::clone(&self.semaphore).acquire_owned().await.ok();
                }
            }
            Op::Release => held.permit = None,
            Op::Notify => self.notify.notify_one(),
            Op::Notified => self.notify.notified().await,
            Op::Enable => {
                let mut notified = std::pin::pin!(self.notify.notified());
                say(format!("{}", notified.as_mut().enable()));
                self.find().await;
            }
            Op::Print => say(format!("{:?} {:?}", self.counter, self.value)),
            Op::Make => {
                let make = async || {
                    self.find().await;
                    number
                };
                say(format!("{}", self.cell.get_or_init(make).await));
            }
            Op::Get => say(format!("{:?}", self.cell.get())),
            Op::Send => {
                let sender = self.queue.lock().expect("nobody panics").clone();
                if let Some(sender) = sender {
                    say(format!("{:?}", sender.send(number).await.is_ok()));
                }
            }
            Op::Receive => {
                let mut queued = self.queued.lock().await;
                say(format!("{:?}", queued.recv().await));
            }
            Op::TryReceive => {
                let received = self.queued.try_lock().ok().map(|mut queued| queued.try_recv());
                say(format!("{received:?}"));
            }
            Op::CloseQueue => drop(self.queue.lock().expect("nobody panics").take()),
            Op::Publish => {
                if let Some(news) = &*self.news.lock().expect("nobody panics") {
                    news.send_replace(number);
                }
            }
            Op::Look => say(format!("{}", *self.watched.borrow())),
            Op::Changed => {
                let mut watched = self.watched.clone();
                say(format!("{:?}", watched.changed().await.is_ok()));
            }
            Op::EndWatch => drop(self.news.lock().expect("nobody panics").take()),
            Op::Offer => {
                let (sender, receiver) = oneshot::channel();
                let former = self.offer.lock().expect("nobody panics").replace(sender);
                drop(former);
                say(format!("{:?}", receiver.await.ok()));
            }
            Op::TakeOffer => {
                let offer = self.offer.lock().expect("nobody panics").take();
                say(format!("{:?}", offer.map(|offer| offer.send(number))));
            }
            Op::DropOffer => drop(self.offer.lock().expect("nobody panics").take()),
            Op::Count => say(format!("{}", self.counter.fetch_add(number, Ordering::SeqCst))),
            Op::Counted => say(format!("{}", self.counter.load(Ordering::SeqCst))),
            Op::Put => {
                let mut value = self.value.write().expect("nobody panics");
                *value = *value * 10 + number;
            }
            Op::Have => say(format!("{}", *self.value.read().expect("nobody panics"))),
            Op::Shout => {
                if let Some(hand) = &held.hand {
                    say(format!("{:?}", hand.sender.send(number).is_ok()));
                }
            }
            Op::Listen => {
                let heard = self.ear.try_lock().ok().map(|mut ear| ear.try_recv());
                say(format!("{heard:?}"));
            }
            Op::LetGo => held.hand = None,
            Op::Give => {
                let (sender, receiver) = mpsc::unbounded_channel();
                let sender = Arc::new(sender);
                let former = self.given.lock().expect("nobody panics").replace(receiver);
                drop(former);
                let (handle, world) = (Arc::clone(&sender), self.world.clone());
                let task = async move {
                    let store = world.session_store(Capability::UniqueInsert);
                    store.find(&BrowserId::new("another")).await;
                    drop(handle);
                };
                self.world.spawner().spawn("holder", Box::pin(task));
                say(format!("{}", sender.send(number).is_ok()));
                held.given = Some(sender);
            }
            Op::Hear => {
                let mut given = self.given.lock().expect("nobody panics");
                let heard = given.as_mut().map(mpsc::UnboundedReceiver::try_recv);
                say(format!("{heard:?}"));
            }
            Op::Find => say(format!("{}", self.find().await)),
            Op::Insert => {
                let store = self.world.session_store(Capability::UniqueInsert);
                let inserted = store.insert_unique(&BrowserId::new("browser")).await;
                say(format!("{}", inserted.is_ok()));
            }
            Op::SpawnAdd => {
                held.spawned += 1;
                let (lock, log) = (Arc::clone(&self.lock), self.log.clone());
                let (hand, spawned) = (held.hand.clone(), format!("{me}.{}", held.spawned));
                let task = async move {
                    let mut value = lock.lock().await;
                    *value = *value * 10 + 9;
                    log.say(&spawned, &value.to_string());
                    drop(hand);
                };
                self.world.spawner().spawn("spawned", Box::pin(task));
            }
        }
    }
}

#[async_trait]
impl TokenRefresher for Program {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let me: usize = user.as_str().parse().expect("callers are numbers");
        let hand = self.hands[me].lock().expect("nobody panics").take();
        let mut held = Held { hand, ..Held::default() };
        for &op in &self.scripts[me] {
            self.log.say(&me.to_string(), &format!("{op:?}"));
            self.run(me, op, &mut held).await;
        }
        self.log.say(&me.to_string(), "end");
        Err(AuthError::NotSignedIn)
    }
}

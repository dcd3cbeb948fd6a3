//! Runs a script of operations as if it were somebody's refresher, and keeps a log of what it is
//! told.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, BrowserId, Capability, PullError, SessionStore as _,
    TokenEndpoint as _, TokenRefresher, TokenStore as _, UserId, World, operations,
};
use authloom::world::{Clock as _, Gate, Spawner as _};
use proptest::prelude::*;
use tokio::sync::{Notify, OwnedMutexGuard, Semaphore};

use crate::Logs;
use crate::shared::Shared;
use crate::yields::yield_now;

#[derive(Debug, Clone, Copy)]
pub enum Op {
    Lock(usize),
    Unlock(usize),
    Yield,
    Refresh,
    RefreshOfFirst,
    /// The same with the file lock held.
    RefreshLocked,
    Pull,
    BothAtOnce,
    Find,
    Insert,
    Post,
    Wait,
    Notify,
    Notified,
    Time,
    Advance,
    SpawnPull,
    SpawnPost,
    /// Sends a call that others may wait for, and that wakes all of them.
    Share,
    /// The same, that wakes the last of them.
    HandOver,
    AwaitShared,
    PollShared,
    HoldToken,
    LookAtGate,
    ReleaseGate,
    PullWithForeignWaker,
}

pub fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0_usize..2).prop_map(Op::Lock),
        1 => (0_usize..2).prop_map(Op::Unlock),
        1 => Just(Op::Yield),
        3 => Just(Op::Refresh),
        2 => Just(Op::RefreshOfFirst),
        2 => Just(Op::RefreshLocked),
        2 => Just(Op::Pull),
        1 => Just(Op::BothAtOnce),
        1 => Just(Op::Find),
        1 => Just(Op::Insert),
        1 => Just(Op::Post),
        1 => Just(Op::Wait),
        1 => Just(Op::Notify),
        1 => Just(Op::Notified),
        1 => Just(Op::Time),
        1 => Just(Op::Advance),
        1 => Just(Op::SpawnPull),
        1 => Just(Op::SpawnPost),
        2 => Just(Op::Share),
        2 => Just(Op::HandOver),
        1 => Just(Op::AwaitShared),
        2 => Just(Op::PollShared),
        1 => Just(Op::HoldToken),
        1 => Just(Op::LookAtGate),
        1 => Just(Op::ReleaseGate),
        1 => Just(Op::PullWithForeignWaker),
    ]
}

pub struct Interpreter {
    world: World,
    /// One for each caller, or one for all.
    scripts: Vec<Vec<Op>>,
    /// The callers that have begun.
    begun: AtomicUsize,
    locks: [Arc<tokio::sync::Mutex<()>>; 2],
    semaphore: Arc<Semaphore>,
    notify: Notify,
    shared: Mutex<Option<Shared>>,
    gate: Mutex<Option<Gate>>,
    log: Log,
}

/// What was told so far in this execution, to all callers, and where it goes.
#[derive(Clone)]
struct Log {
    lines: Arc<Mutex<String>>,
    all: Arc<Mutex<Logs>>,
}

impl Log {
    fn say(&self, what: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_str(what);
        lines.push(' ');
        self.all.lock().unwrap_or_else(PoisonError::into_inner).insert(lines.clone());
    }
}

impl Interpreter {
    /// One that goes on with what was told so far in this execution.
    pub fn new(
        world: &World,
        scripts: Vec<Vec<Op>>,
        lines: Arc<Mutex<String>>,
        all: Arc<Mutex<Logs>>,
    ) -> Self {
        let log = Log { lines, all };
        log.say("starts");
        Interpreter {
            world: world.clone(),
            scripts,
            begun: AtomicUsize::new(0),
            locks: Default::default(),
            semaphore: Arc::new(Semaphore::new(0)),
            notify: Notify::new(),
            shared: Mutex::default(),
            gate: Mutex::default(),
            log,
        }
    }

    async fn refresh(&self, user: &UserId) -> String {
        let store = self.world.token_store();
        let Some(tokens) = store.load(user).await else { return String::from("none") };
        match self.world.token_endpoint().refresh(&tokens.refresh_token).await {
            Ok(answer) => {
                let renewed = tokens.renewed(answer, self.world.clock().now());
                store.save(user, renewed.clone()).await;
                format!("{} {:?}", renewed.refresh_token.secret(), renewed.expires_at.0)
            }
            Err(error) => error.to_string(),
        }
    }

    async fn both_at_once(&self, say: impl Fn(&str)) {
        let browser = BrowserId::new("browser");
        let store = self.world.session_store(Capability::UniqueInsert);
        let mut pull = Box::pin(self.world.resource_server().pull());
        let mut find = store.find(&browser);
        let mut done = [false; 2];
        poll_fn(|cx| {
            if !done[0]
                && let Poll::Ready(pulled) = pull.as_mut().poll(cx)
            {
                say(&told(pulled));
                done[0] = true;
            }
            done[1] = done[1] || find.as_mut().poll(cx).is_ready();
            say(&format!("{done:?}"));
            if done == [true; 2] { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn current_shared(&self) -> Option<Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn run(
        &self,
        (me, user): (&str, &UserId),
        op: Op,
        guards: &mut [Option<OwnedMutexGuard<()>>; 2],
    ) {
        let say = |what: &str| self.log.say(&format!("{me}:{what}"));
        let world = &self.world;
        match op {
            Op::Lock(index) => {
                if guards[index].is_none() {
                    guards[index] = Some(Arc::clone(&self.locks[index]).lock_owned().await);
                }
            }
            Op::Unlock(index) => guards[index] = None,
            Op::Yield => yield_now().await,
            Op::Refresh => say(&self.refresh(user).await),
            Op::RefreshOfFirst => say(&self.refresh(&UserId::new("0")).await),
            Op::RefreshLocked => {
                let _guard = world.file_lock().lock().await;
                say(&self.refresh(&UserId::new("0")).await);
            }
            Op::Pull => say(&told(world.resource_server().pull().await)),
            Op::BothAtOnce => self.both_at_once(say).await,
            Op::Find | Op::Insert => {
                let (browser, store) =
                    (BrowserId::new("browser"), world.session_store(Capability::UniqueInsert));
                let found = match op {
                    Op::Find => store.find(&browser).await,
                    _ => store.insert_unique(&browser).await.ok(),
                };
                say(&format!("{:?}", found.map(|session| session.id.secret().to_owned())));
            }
            Op::Post => self.semaphore.add_permits(1),
            Op::Wait => self.semaphore.acquire().await.expect("nobody closes it").forget(),
            Op::Notify => self.notify.notify_one(),
            Op::Notified => self.notify.notified().await,
            Op::Time => say(&format!("{:?}", world.clock().now().0)),
            Op::Advance => world.clock().advance(Duration::from_secs(1_800)),
            Op::SpawnPull | Op::SpawnPost => {
                let (pull, log) = (world.resource_server().pull(), self.log.clone());
                let semaphore = Arc::clone(&self.semaphore);
                let task = async move {
                    if matches!(op, Op::SpawnPull) {
                        log.say(&told(pull.await));
                    }
                    semaphore.add_permits(1);
                    log.say("spawned:done");
                };
                world.spawner().spawn("spawned", Box::pin(task));
            }
            Op::Share | Op::HandOver => {
                let pull = world.resource_server().pull();
                let pull = async move {
                    let _ = pull.await;
                };
                let mut shared = match op {
                    Op::Share => Shared::waking_all(pull),
                    _ => Shared::waking_last(pull),
                };
                *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared.clone());
                say(&format!("shares {}", is_ready_now(&mut shared).await));
            }
            Op::AwaitShared => {
                if let Some(shared) = self.current_shared() {
                    say(&format!("drove {}", shared.await));
                }
            }
            Op::PollShared => {
                if let Some(mut shared) = self.current_shared() {
                    say(&format!("polls {}", is_ready_now(&mut shared).await));
                }
            }
            Op::HoldToken => {
                let gate = world.hold(&operations::TOKEN);
                *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = Some(gate);
            }
            Op::LookAtGate => {
                // Not across an await: the guard is no async one.
                let mut looked = String::from("no gate");
                poll_fn(|cx| {
                    let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(gate) = &*gate {
                        let mut arrived = std::pin::pin!(gate.arrived());
                        looked = format!("{:?}", arrived.as_mut().poll(cx));
                    }
                    Poll::Ready(())
                })
                .await;
                say(&looked);
            }
            Op::ReleaseGate => {
                let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner).take();
                drop(gate);
            }
            Op::PullWithForeignWaker => {
                let mut pull = Box::pin(world.resource_server().pull());
                let pulled = poll_fn(|cx| {
                    let note = Note { inner: cx.waker().clone(), log: self.log.clone() };
                    pull.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(note))))
                })
                .await;
                say(&told(pulled));
            }
        }
    }
}

#[async_trait]
impl TokenRefresher for Interpreter {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        // Callers with one script are identical, but for the order in which they begin.
        let place = self.begun.fetch_add(1, Ordering::Relaxed).to_string();
        let (me, script) = match self.scripts.as_slice() {
            [script] => (place.as_str(), script),
            scripts => {
                let index: usize = user.as_str().parse().expect("callers are numbers");
                (user.as_str(), &scripts[index])
            }
        };
        let mut guards = [None, None];
        for &op in script {
            self.log.say(&format!("{me}:{op:?}"));
            self.run((me, user), op, &mut guards).await;
        }
        self.log.say(&format!("{me}:end"));
        Err(AuthError::NotSignedIn)
    }
}

fn told(pulled: Result<(), PullError>) -> String {
    pulled.map_or_else(|error| error.to_string(), |()| String::from("pulled"))
}

/// A waker that does something of its own before it wakes the task.
struct Note {
    inner: Waker,
    log: Log,
}

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.log.say("woken");
        self.inner.wake_by_ref();
    }
}

async fn is_ready_now(shared: &mut Shared) -> bool {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *shared).poll(cx).is_ready())).await
}

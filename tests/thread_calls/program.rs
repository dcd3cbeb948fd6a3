//! What callers do beside their calls.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex as StdMutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, RefreshToken, TokenEndpoint as _, TokenRefresher, TokenStore as _,
    UserId, World,
};
use authloom::sync::{Mutex, Notify};
use authloom::world::{Spawner as _, timeout};

use crate::yields::yield_now;

/// What a caller does.
#[derive(Debug, Clone, Copy)]
pub enum Piece {
    Request,
    Load,
    Count,
    Notify,
    RequestWithDeadline,
    LoadWithDeadline,
    /// Until it is notified, or answered.
    RequestUnlessNotified,
    NotifiedOrLoad,
    RequestGivenUp,
    RequestBesideRequest,
    RequestBesideLoad,
    RequestBesideCount,
    /// The lock is locked first.
    CountBesideRequest,
    RequestBesideYieldAndCount,
    /// By a task of its own, which then ends.
    RequestLeftBehind,
    /// Looked at, and after counting once more.
    RequestLookedAtAgain,
    /// The wait begins first; after it, another request.
    NotifiedBesideRequestGivenUp,
    /// Each lock is let go of by a destructor, if it is cancelled.
    RequestUnderTwoLocks,
    /// Whether they were taken, whether the first to be let go of is free, two loads, and whether
    /// the other is.
    TryBothLocks,
}

use Piece::*;

pub const ALONE: [Piece; 4] = [Request, Load, Count, Notify];

pub const BESIDE: [Piece; 12] = [
    RequestWithDeadline,
    LoadWithDeadline,
    RequestUnlessNotified,
    NotifiedOrLoad,
    RequestGivenUp,
    RequestBesideRequest,
    RequestBesideLoad,
    RequestBesideCount,
    CountBesideRequest,
    RequestBesideYieldAndCount,
    RequestLeftBehind,
    RequestLookedAtAgain,
];

/// What each caller was told.
pub type Told = [Vec<String>; 2];

/// Does what the callers' scripts say.
pub struct Program {
    world: World,
    token: RefreshToken,
    scripts: [Vec<Piece>; 2],
    count: Mutex<usize>,
    locks: [Mutex<()>; 2],
    notify: Notify,
    told: Arc<StdMutex<Told>>,
}

impl Program {
    pub fn new(world: &World, scripts: [Vec<Piece>; 2], told: Arc<StdMutex<Told>>) -> Self {
        let token = world.server().log_in_expired(&UserId::new("0")).refresh_token;
        let (count, notify, locks) = (Mutex::new(0), Notify::new(), Default::default());
        Program { world: world.clone(), token, scripts, count, locks, notify, told }
    }

    async fn request(&self) -> String {
        let answer = self.world.token_endpoint().refresh(&self.token).await;
        answer.map_or_else(|error| error.to_string(), |_| String::from("refreshed"))
    }

    async fn load(&self) -> String {
        let tokens = self.world.shared_token_store().load(&UserId::new("0")).await;
        String::from(if tokens.is_some() { "tokens" } else { "nothing" })
    }

    async fn count(&self) -> String {
        let mut count = self.count.lock().await;
        *count += 1;
        count.to_string()
    }

    async fn within_deadline(&self, call: impl Future<Output = String>) -> String {
        let told = timeout(&self.world.clock(), Duration::from_secs(1), call).await;
        told.unwrap_or_else(|_| String::from("too late"))
    }

    async fn play(&self, piece: Piece) -> String {
        match piece {
            Request => self.request().await,
            Load => self.load().await,
            Count => self.count().await,
            Notify => {
                self.notify.notify_one();
                String::new()
            }
            RequestWithDeadline => self.within_deadline(self.request()).await,
            LoadWithDeadline => self.within_deadline(self.load()).await,
            RequestUnlessNotified => tokio::select! {
                biased;
                told = self.request() => told,
                () = self.notify.notified() => String::from("notified"),
            },
            NotifiedOrLoad => tokio::select! {
                biased;
                () = self.notify.notified() => String::from("notified"),
                told = self.load() => told,
            },
            RequestGivenUp => {
                give_up(self.request()).await;
                String::new()
            }
            RequestLeftBehind => {
                let (endpoint, token) = (self.world.token_endpoint(), self.token.clone());
                let request = async move { give_up(endpoint.refresh(&token)).await };
                self.world.spawner().spawn("left", Box::pin(request));
                String::new()
            }
            NotifiedBesideRequestGivenUp => {
                let (mut notified, mut polls) = (pin!(self.notify.notified()), 0);
                let waits = poll_fn(|cx| {
                    polls += 1;
                    notified.as_mut().poll(cx)
                });
                tokio::join!(waits, give_up(self.request()));
                format!("{} after {polls}", self.request().await)
            }
            RequestLookedAtAgain => {
                let mut request = pin!(self.request());
                let early = poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await;
                let count = self.count().await;
                let late = poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await;
                format!("{early:?} {count} {late:?}")
            }
            RequestUnderTwoLocks => {
                let _later = self.locks[1].lock().await;
                let _first = self.locks[0].lock().await;
                self.count().await;
                self.request().await
            }
            TryBothLocks => {
                let count = self.count().await;
                let first = self.locks[0].try_lock().is_ok();
                self.load().await;
                self.load().await;
                format!("{count} {:?}", (first, self.locks[1].try_lock().is_ok()))
            }
            RequestBesideRequest => format!("{:?}", tokio::join!(self.request(), self.request())),
            RequestBesideLoad => format!("{:?}", tokio::join!(self.request(), self.load())),
            RequestBesideCount => format!("{:?}", tokio::join!(self.request(), self.count())),
            CountBesideRequest => format!("{:?}", tokio::join!(self.count(), self.request())),
            RequestBesideYieldAndCount => {
                let late = async {
                    yield_now().await;
                    self.count().await
                };
                format!("{:?}", tokio::join!(self.request(), late))
            }
        }
    }
}

/// Begins it and goes on.
async fn give_up(request: impl Future) {
    let mut request = pin!(request);
    poll_fn(|cx| {
        let _ = request.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

#[async_trait]
impl TokenRefresher for Program {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let caller: usize = user.to_string().parse().expect("a caller is a number");
        for &piece in &self.scripts[caller] {
            let told = self.play(piece).await;
            self.told.lock().expect("nobody panics")[caller].push(told);
        }
        Err(AuthError::NotSignedIn)
    }
}

//! A future that several tasks wait for: whoever polls it, drives it, and all are woken.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Clone)]
pub struct Shared(Arc<Mutex<Inner>>);

struct Inner {
    future: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    wakers: Arc<WakeAll>,
}

#[derive(Default)]
struct WakeAll(Mutex<Vec<Waker>>);

impl Wake for WakeAll {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Shared {
    pub fn new(future: impl Future<Output = ()> + Send + 'static) -> Self {
        let future: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(future);
        Shared(Arc::new(Mutex::new(Inner { future: Some(future), wakers: Arc::default() })))
    }
}

impl Future for Shared {
    /// Whether this poll is the one that drove it to its end.
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { future, wakers } = &mut *inner;
        let Some(running) = future else { return Poll::Ready(false) };
        let mut waiting = wakers.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(cx.waker().clone());
        drop(waiting);
        let waker = Waker::from(Arc::clone(wakers));
        match running.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                *future = None;
                Poll::Ready(true)
            }
        }
    }
}

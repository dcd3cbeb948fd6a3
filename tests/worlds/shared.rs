//! A future that several tasks wait for: whoever polls it, drives it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Clone)]
pub struct Shared(Arc<Mutex<Inner>>);

struct Inner {
    future: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Without it, only who polled last is woken, and directly.
    wakers: Option<Arc<WakeAll>>,
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
    /// All who wait are woken.
    pub fn waking_all(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::new(future, Some(Arc::default()))
    }

    /// Who polled last is woken, by their own waker.
    pub fn waking_last(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::new(future, None)
    }

    fn new(
        future: impl Future<Output = ()> + Send + 'static,
        wakers: Option<Arc<WakeAll>>,
    ) -> Self {
        Shared(Arc::new(Mutex::new(Inner { future: Some(Box::pin(future)), wakers })))
    }
}

impl Future for Shared {
    /// Whether this poll is the one that drove it to its end.
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { future, wakers } = &mut *inner;
        let Some(running) = future else { return Poll::Ready(false) };
        let all = wakers.as_ref().map(|wakers| {
            let mut waiting = wakers.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(cx.waker().clone());
            Waker::from(Arc::clone(wakers))
        });
        let waker = all.as_ref().unwrap_or(cx.waker());
        match running.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                *future = None;
                Poll::Ready(true)
            }
        }
    }
}

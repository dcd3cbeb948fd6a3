//! An operation that may wait.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{Explored, Progress};

pin_project! {
    /// An operation that may wait: outside an exploration, the original and a word that says so. A
    /// future of its own: an `async fn` would move the original once more, which is half of what
    /// an operation costs.
    #[must_use = "an operation is done by awaiting it"]
    pub(in crate::sync) struct Operation<F> {
        progress: Progress,
        #[pin]
        original: F,
    }
}

impl<F: Future> Operation<F> {
    #[inline]
    pub(in crate::sync) fn new(progress: Progress, original: F) -> Self {
        Operation { progress, original }
    }
}

impl<F: Future> Future for Operation<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.progress.poll(cx, |cx| this.original.poll(cx))
    }
}

pin_project! {
    /// An operation that may wait and ends with something to hold.
    #[must_use = "an operation is done by awaiting it"]
    pub(in crate::sync) struct Taking<F, H> {
        progress: Progress,
        #[pin]
        original: F,
        hold: H,
    }
}

impl<F, H, R> Taking<F, H>
where
    F: Future,
    H: Fn(Option<&Explored>, F::Output) -> R,
{
    /// `hold` is told of the exploration that it is one of.
    #[inline]
    pub(in crate::sync) fn new(progress: Progress, original: F, hold: H) -> Self {
        Taking { progress, original, hold }
    }
}

impl<F, H, R> Future for Taking<F, H>
where
    F: Future,
    H: Fn(Option<&Explored>, F::Output) -> R,
{
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        // The word is asked once, for the operation and for what holds its result.
        match this.progress.explored() {
            None => this.original.poll(cx).map(|taken| (this.hold)(None, taken)),
            Some(explored) => {
                let taken = ready!(explored.poll(cx, |cx| this.original.poll(cx)));
                Poll::Ready((this.hold)(Some(explored), taken))
            }
        }
    }
}

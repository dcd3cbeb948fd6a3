//! What is done at once if it need not wait.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tokio::task::coop;

pin_project! {
    /// What `start` does, or else the original that it gives, which waits. The original would begin
    /// with the same step, but within futures of futures, which cost more than the rest of it.
    #[must_use = "an operation is done by awaiting it"]
    pub(in crate::sync) struct AtOnce<S, F> {
        start: Option<S>,
        #[pin]
        original: Option<F>,
    }
}

/// An operation that `start` either does or gives the original of, which waits.
#[inline]
pub(in crate::sync) fn at_once<S, F>(start: S) -> AtOnce<S, F>
where
    S: FnOnce() -> Result<F::Output, F>,
    F: Future,
{
    AtOnce { start: Some(start), original: None }
}

impl<S, F> Future for AtOnce<S, F>
where
    S: FnOnce() -> Result<F::Output, F>,
    F: Future,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        if this.start.is_some() {
            // As the original does: a task that never waits has to let others run at times.
            let budget = ready!(coop::poll_proceed(cx));
            if let Some(start) = this.start.take() {
                match start() {
                    Ok(done) => {
                        budget.made_progress();
                        return Poll::Ready(done);
                    }
                    Err(original) => this.original.set(Some(original)),
                }
            }
        }
        wait(this.original, cx)
    }
}

/// Out of the way, so that the rest is inlined.
#[inline(never)]
fn wait<F: Future>(original: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Poll<F::Output> {
    original.as_pin_mut().expect("an operation is not polled once it is done").poll(cx)
}

//! Waiting for something, but not longer than for a time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::timer::Timer;

/// The time was over first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the deadline has passed")]
pub struct Elapsed;

/// Waits for `future` until the clock has gone on by as much, and drops it then: what
/// `tokio::time::timeout` is on a runtime, which an exploration does not have.
///
/// Around a call it is the deadline of an HTTP client. The request of a call that is given up
/// arrives all the same, before or after that: the server may do what was asked, and the client
/// never hears of it. That the time passes is for the bounds to say, or for a caller.
///
/// # Errors
/// [`Elapsed`], if `future` is not ready by then. If it is ready at the same moment, it is heard.
pub async fn timeout<F: Future>(
    timer: &(impl Timer + ?Sized),
    duration: Duration,
    future: F,
) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut sleep = timer.sleep(duration);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| Err(Elapsed)),
    })
    .await
}

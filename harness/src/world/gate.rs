//! A two-sided barrier on an operation of a double.
//!
//! ```text
//!   the test                    the gate                     the code under test
//!   hold(TOKEN) ------------->  waiting
//!                               holding  <---- call arrives  (the double's transition is done)
//!   arrived().await  <--------     |                         pending
//!   release()  -------------->  open     ----- answer ---->  goes on
//! ```
//!
//! A gate takes one call: the first of its operation that no earlier gate took. In an exploration,
//! what a gate still holds is let go when nothing else can move.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::call::Operation;
use super::kernel::Kernel;
use crate::explore::Lane;

/// When an exploration lets a held answer go, besides [`Gate::release`]: when nothing else can
/// move, or sooner.
#[derive(Debug, Clone, Copy)]
pub enum Release {
    /// Not before.
    WhenNothingElseMoves,
    /// As soon as that many calls of an operation have arrived.
    AfterArrivals {
        /// The operation to wait for.
        operation: &'static Operation,
        /// How many of its calls must have arrived.
        count: usize,
    },
}

pub(super) struct GateState {
    operation: &'static Operation,
    release: Release,
    position: Position,
    /// Whether it takes all calls of the lane whose call it took first.
    is_withholding: bool,
    follows: Option<Lane>,
    waiting: Vec<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Waiting,
    Holding,
    Open,
}

impl GateState {
    /// A gate that takes one call.
    pub(super) fn holding(operation: &'static Operation) -> Self {
        GateState {
            operation,
            release: Release::WhenNothingElseMoves,
            position: Position::Waiting,
            is_withholding: false,
            follows: None,
            waiting: Vec::new(),
        }
    }

    /// A gate that takes the first call and all others of the same lane.
    pub(super) fn withholding(operation: &'static Operation, release: Release) -> Self {
        GateState { release, is_withholding: true, ..Self::holding(operation) }
    }

    /// Whether a call of `operation` that arrives now, made by `lane`, is for this gate.
    pub(super) fn wants(&self, operation: &'static Operation, lane: Lane) -> bool {
        let is_next = match self.position {
            Position::Waiting => true,
            Position::Holding => self.follows == Some(lane),
            Position::Open => false,
        };
        is_next && std::ptr::eq(self.operation, operation)
    }

    /// Takes a call of `lane` in. Returns who waits for that.
    pub(super) fn take_in(&mut self, lane: Lane) -> Vec<Waker> {
        self.position = Position::Holding;
        if self.is_withholding {
            self.follows = Some(lane);
        }
        std::mem::take(&mut self.waiting)
    }

    /// Lets go for good. Returns who waits for an arrival.
    pub(super) fn open(&mut self) -> Vec<Waker> {
        self.position = Position::Open;
        std::mem::take(&mut self.waiting)
    }

    /// Whether the call inside has to stay.
    pub(super) fn holds(&self, arrivals: impl Fn(&'static Operation) -> usize) -> bool {
        self.position == Position::Holding
            && match self.release {
                Release::WhenNothingElseMoves => true,
                Release::AfterArrivals { operation, count } => arrivals(operation) < count,
            }
    }
}

/// A hold on one call, let go by [`Gate::release`] or when the gate is dropped.
#[must_use = "a gate that is dropped holds nothing"]
pub struct Gate {
    kernel: Kernel,
    index: usize,
}

impl Gate {
    /// Holds the next call of `operation` that no earlier gate takes.
    pub(crate) fn hold(kernel: &Kernel, operation: &'static Operation) -> Self {
        Gate { kernel: kernel.clone(), index: kernel.add_gate(GateState::holding(operation)) }
    }

    /// Completes when the call has arrived: the double has made its transition and the answer is
    /// being held. Also when the gate was released before that: then it takes no call any more.
    pub fn arrived(&self) -> impl Future<Output = ()> + Send + '_ {
        Arrived { gate: self }
    }

    /// Lets the answer go. A call that has not arrived yet will pass unheld.
    pub fn release(&self) {
        let wakers = self.kernel.lock().release(self.index);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.release();
    }
}

struct Arrived<'a> {
    gate: &'a Gate,
}

impl Future for Arrived<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.gate.kernel.lock();
        let gate = &mut state.gates[self.gate.index];
        match gate.position {
            Position::Waiting => {
                gate.waiting.push(cx.waker().clone());
                Poll::Pending
            }
            Position::Holding | Position::Open => Poll::Ready(()),
        }
    }
}

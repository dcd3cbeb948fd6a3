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
use super::driving::note_wait;
use super::kernel::Kernel;
use super::objects::gates;
use super::team::note_not_here;
use crate::explore::Access;

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
    pub(super) fn new(operation: &'static Operation, release: Release) -> Self {
        GateState { operation, release, position: Position::Waiting, waiting: Vec::new() }
    }

    /// Whether a call of `operation` that arrives now is for this gate.
    pub(super) fn wants(&self, operation: &'static Operation) -> bool {
        self.position == Position::Waiting && std::ptr::eq(self.operation, operation)
    }

    /// Takes a call in. Returns who waits for that.
    pub(super) fn take_in(&mut self) -> Vec<Waker> {
        self.position = Position::Holding;
        std::mem::take(&mut self.waiting)
    }

    /// The operations whose arrivals change what the gate does: the one that it takes, and the one
    /// that it counts.
    pub(super) fn operations(&self) -> impl Iterator<Item = &'static Operation> + use<> {
        let counted = match self.release {
            Release::WhenNothingElseMoves => None,
            Release::AfterArrivals { operation, .. } => Some(operation),
        };
        std::iter::once(self.operation).chain(counted)
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
        // Neither looking at it nor letting go of it is behind a turn.
        note_not_here("holds a gate by hand");
        let gate = GateState::new(operation, Release::WhenNothingElseMoves);
        Gate { kernel: kernel.clone(), index: kernel.add_gate(gate) }
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
        // Cloning a waker is foreign code: not while the kernel is locked.
        let waker = cx.waker().clone();
        let mut state = self.gate.kernel.lock();
        let operation = state.gates[self.gate.index].operation;
        state.touch(Access::read(gates(operation)));
        let gate = &mut state.gates[self.gate.index];
        match gate.position {
            Position::Waiting => {
                gate.waiting.push(waker);
                note_wait();
                Poll::Pending
            }
            Position::Holding | Position::Open => Poll::Ready(()),
        }
    }
}

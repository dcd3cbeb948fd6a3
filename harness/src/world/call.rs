//! A call on its way to a double and back.

use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::driving::{NotedWait, forget_wait, note_wait};
use super::fault::{Fault, Lasts};
use super::hash::hash;
use super::kernel::Kernel;
use super::observing::{Action, note_action};
use super::state::Listening;
use crate::explore::Lane;

/// What can be called on a double; also what a gate is for.
#[derive(Debug)]
pub struct Operation {
    /// Its name in timelines and schedules.
    pub name: &'static str,
    pub(super) labels: Labels,
    pub(super) trip: Trip,
    /// What can befall a call of it.
    pub(super) faults: &'static [Fault],
    /// Tells it from other operations, as a part of an object's name. Those that share it are taken
    /// to share their gates.
    pub(super) key: u32,
}

/// How far away a double is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trip {
    /// Across a network: the request and the answer each take a step.
    Network,
    /// A store: the request takes a step, the answer is back with it.
    Store,
}

/// What the steps of an operation's calls are called: its name, and what they do.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) arrives: &'static str,
    pub(crate) responds: &'static str,
    /// Of an arrival that a fault befalls: for each of [`Fault::ALL`], once and from then on.
    pub(crate) faulty: [[&'static str; 2]; 7],
}

impl Labels {
    pub(super) fn of_fault(&self, fault: Fault, lasts: Lasts) -> &'static str {
        self.faulty[fault as usize][lasts as usize]
    }
}

impl Operation {
    pub(crate) const fn new(
        name: &'static str,
        labels: Labels,
        trip: Trip,
        faults: &'static [Fault],
    ) -> Self {
        Operation { name, labels, trip, faults, key: hash(name) }
    }

    /// What can befall a call of it.
    pub(crate) fn faults(&self) -> &'static [Fault] {
        self.faults
    }

    /// What [`store_operation!`](crate::store_operation) makes: no fault befalls it.
    #[doc(hidden)]
    pub const fn of_store(
        name: &'static str,
        arrives: &'static str,
        responds: &'static str,
    ) -> Self {
        let mut at = 0;
        while at < name.len() {
            assert!(!name.as_bytes()[at].is_ascii_whitespace(), "an operation's name is one word");
            at += 1;
        }
        let labels = Labels { arrives, responds, faulty: [[arrives; 2]; 7] };
        Operation::new(name, labels, Trip::Store, &[])
    }
}

/// An [`Operation`](crate::world::Operation) on a store of your own, for a `static`: by its name in
/// timelines and schedules, which is one word and no other operation's.
///
/// Its calls are made with `World::step_on`.
#[macro_export]
macro_rules! store_operation {
    ($name:literal) => {
        $crate::world::Operation::of_store(
            $name,
            ::core::concat!($name, " arrives"),
            ::core::concat!($name, " responds"),
        )
    };
}

/// An [`Operation`] by its name, its trip and what can befall its calls.
macro_rules! operation {
    ($name:literal, $trip:ident) => {
        $crate::world::operation!($name, $trip, &[])
    };
    ($name:literal, $trip:ident, $faults:expr) => {
        $crate::world::operation!(@ $name, $trip, $faults,
            "is lost on its way",
            "arrives and its answer is lost",
            "arrives and fails before anything is done",
            "arrives and fails after all is done",
            "arrives and is one too many",
            "arrives and is refused without cause",
            "arrives and its answer is garbled"
        )
    };
    (@ $name:literal, $trip:ident, $faults:expr, $($does:literal),*) => {
        $crate::world::Operation::new(
            $name,
            $crate::world::Labels {
                arrives: concat!($name, " arrives"),
                responds: concat!($name, " responds"),
                faulty: [$([
                    concat!($name, " ", $does),
                    concat!($name, " ", $does, ", as do all from now on"),
                ]),*],
            },
            $crate::world::Trip::$trip,
            $faults,
        )
    };
}
pub(crate) use operation;

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Sent,
    Arrived,
    Answered,
}

/// What happens at the double when a call arrives.
pub(super) trait Arrival: Send + Sync {
    fn arrive(&self, by: Lane);
}

/// The future of one call. The effect runs when the call *arrives*, whether or not the caller is
/// still there, and is told for which lane it acts.
pub(crate) struct Call<R, F> {
    kernel: Kernel,
    operation: &'static Operation,
    location: &'static Location<'static>,
    progress: CallProgress<R, F>,
    /// When its task last waited for it.
    noted: Option<NotedWait>,
}

enum CallProgress<R, F> {
    Unsent(F),
    Underway { call: usize, parcel: Arc<Parcel<R, F>> },
    Done,
}

/// Carries the effect to the double and its result back.
struct Parcel<R, F>(Mutex<Contents<R, F>>);

enum Contents<R, F> {
    Request(F),
    Answer(R),
    Empty,
}

impl<R, F> Call<R, F>
where
    R: Send + 'static,
    F: FnOnce(Lane) -> R + Send + 'static,
{
    /// `location` is the line that a timeline shows for it.
    pub(crate) fn new(
        kernel: &Kernel,
        operation: &'static Operation,
        location: &'static Location<'static>,
        effect: F,
    ) -> Self {
        let progress = CallProgress::Unsent(effect);
        Call { kernel: kernel.clone(), operation, location, progress, noted: None }
    }

    fn send(&mut self, effect: F, cx: &Context<'_>) {
        let parcel = Arc::new(Parcel(Mutex::new(Contents::Request(effect))));
        let (arrival, waker) = (parcel.clone(), cx.waker().clone());
        let mut state = self.kernel.lock();
        state.assert_may_call(self.operation);
        let call = state.send(self.operation, self.location, arrival, waker);
        let at_once = state.arrives_at_once().then(|| state.take_arrival(call));
        drop(state);
        let (operation, location) = (self.operation.name, self.location);
        note_action(|| Action::Calls { operation, location });
        if let Some((arrival, by)) = at_once {
            self.kernel.deliver(call, arrival, by).into_iter().for_each(Waker::wake);
        }
        self.progress = CallProgress::Underway { call, parcel };
    }
}

// Nothing in a call is pinned.
impl<R, F> Unpin for Call<R, F> {}

impl<R, F> Future for Call<R, F>
where
    R: Send + 'static,
    F: FnOnce(Lane) -> R + Send + 'static,
{
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let (call, parcel) = match std::mem::replace(&mut self.progress, CallProgress::Done) {
            CallProgress::Underway { call, parcel } => {
                self.kernel.stand_before_answer(call);
                (call, parcel)
            }
            CallProgress::Done => panic!("a call was polled after it had been answered"),
            CallProgress::Unsent(effect) => {
                self.send(effect, cx);
                match std::mem::replace(&mut self.progress, CallProgress::Done) {
                    CallProgress::Underway { call, parcel } => (call, parcel),
                    _ => unreachable!("a call that was sent is under way"),
                }
            }
        };
        // Cloning and dropping a waker is foreign code: not while the kernel is locked.
        let waker = cx.waker().clone();
        let listening = self.kernel.lock().listen(call, waker);
        match listening {
            Listening::Answered { .. } => Poll::Ready(parcel.open()),
            Listening::Waits { .. } => {
                self.noted = Some(note_wait());
                self.progress = CallProgress::Underway { call, parcel };
                Poll::Pending
            }
        }
    }
}

impl<R, F> Drop for Call<R, F> {
    fn drop(&mut self) {
        if let CallProgress::Underway { call, .. } = self.progress {
            let _ = self.noted.map(forget_wait);
            self.kernel.dropped_call(call);
        }
    }
}

impl<R, F> Parcel<R, F> {
    fn contents(&self) -> MutexGuard<'_, Contents<R, F>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn open(&self) -> R {
        match std::mem::replace(&mut *self.contents(), Contents::Empty) {
            Contents::Answer(answer) => answer,
            _ => unreachable!("an answered call carries its answer once"),
        }
    }
}

impl<R, F> Arrival for Parcel<R, F>
where
    R: Send,
    F: FnOnce(Lane) -> R + Send,
{
    fn arrive(&self, by: Lane) {
        let contents = std::mem::replace(&mut *self.contents(), Contents::Empty);
        if let Contents::Request(effect) = contents {
            let answer = effect(by);
            *self.contents() = Contents::Answer(answer);
        }
    }
}

impl Kernel {
    /// The call arrives: its effect happens. Returns whom to wake.
    pub(super) fn deliver(
        &self,
        call: usize,
        arrival: Option<Arc<dyn Arrival>>,
        by: Lane,
    ) -> Vec<Waker> {
        if let Some(arrival) = arrival {
            arrival.arrive(by);
        }
        self.lock().arrived(call)
    }
}

//! What stands behind an object, settled when it is made.

mod at_once;
mod blocking;
mod explored;
mod operation;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::Poll;

use super::site::{Comes, Site, note_letting_go};
use crate::world::{
    Driving, Hold, Holdable, Turn, Visible, Wait, acting_lane, driving, stepping_lane,
};

pub(super) use at_once::at_once;
pub(super) use blocking::Lent;
pub(super) use explored::{Explored, Progress};
pub(super) use operation::{Operation, Taking};

/// Stands before each operation of an object. Clones stand behind the same object.
#[derive(Debug, Clone)]
pub(super) enum Driver {
    /// Nothing does.
    Original,
    /// Who waits and who holds is told; in a search, what a step does is seen, and at level `lock`
    /// each async operation is a step before it takes effect.
    Seen(Arc<Seen>),
    /// Each operation is one that other threads come before or after.
    Thread(Arc<Threaded>),
}

/// An object of a search, or of what is run again to be told.
#[derive(Debug)]
pub(super) struct Seen {
    object: Arc<Holdable>,
    visible: Visible,
}

/// An object of threads.
#[derive(Debug)]
pub(super) struct Threaded {
    turn: Turn,
    object: Arc<Holdable>,
    /// How many block who keep out those that come later.
    ahead: AtomicUsize,
    /// How many look at what it holds, which nobody can replace meanwhile.
    lent: AtomicUsize,
}

impl Driver {
    /// That of the exploration that the calling thread is in, if it is in one. `what` is the name
    /// of the object's type.
    #[inline]
    pub(super) fn current(what: &'static str) -> Self {
        match driving() {
            Driving::Nothing => Driver::Original,
            _ => Driver::explored(what),
        }
    }

    /// That of the exploration that the calling thread is in. Out of the way, so that
    /// [`Driver::current`] is inlined.
    #[cold]
    #[inline(never)]
    fn explored(what: &'static str) -> Self {
        let object = Arc::new(Holdable::new(what));
        match Turn::here() {
            Some(turn) => Driver::Thread(Arc::new(Threaded::new(turn, object))),
            None => {
                let visible = Visible::new();
                Driver::Seen(Arc::new(Seen { object, visible }))
            }
        }
    }

    /// Whoever is here holds the object from now on.
    pub(super) fn hold(&self, site: Site) -> Option<Hold> {
        match self {
            Driver::Original => None,
            Driver::Seen(seen) => Some(seen.object.hold(stepping_lane(), site.line)),
            Driver::Thread(threaded) => Some(threaded.object.hold(acting_lane(), site.line)),
        }
    }

    /// Whoever is here waits for the object from now on.
    fn wait(&self, site: Site) -> Option<Wait> {
        match self {
            Driver::Original => None,
            Driver::Seen(seen) => Some(seen.object.wait(stepping_lane(), site.line)),
            Driver::Thread(threaded) => Some(threaded.object.wait(acting_lane(), site.line)),
        }
    }

    /// An operation that may wait.
    #[inline]
    pub(super) fn operate<F: Future>(&self, site: Site, original: F) -> Operation<F> {
        Operation::new(Progress::new(self, site), original)
    }

    /// An operation that may wait or, while `runs` says so, run something of the code under test.
    pub(super) async fn operate_or_run<F: Future>(
        &self,
        site: Site,
        runs: &AtomicBool,
        operation: F,
    ) -> F::Output {
        // It goes away after what stands before that.
        let mut operation = pin!(operation);
        let mut progress = Progress::new(self, site);
        let Some(explored) = progress.explored() else { return operation.await };
        poll_fn(|cx| {
            let poll = explored.poll_or_begin(cx, |cx| operation.as_mut().poll(cx));
            if poll.as_ref().is_some_and(Poll::is_pending) && runs.load(Relaxed) {
                return explored.stay();
            }
            explored.settle(poll)
        })
        .await
    }

    /// An operation that does not wait.
    #[inline]
    pub(super) fn act<R>(&self, site: Site, operation: impl FnOnce() -> R) -> R {
        self.come(site);
        operation()
    }

    /// An operation that does not wait, and may let those go on who are blocked.
    #[inline]
    pub(super) fn change<R>(&self, site: Site, operation: impl FnOnce() -> R) -> R {
        if self.is_original() {
            return operation();
        }
        let result = self.act(site, operation);
        self.unblock();
        result
    }

    /// The same, which lets go of the object.
    pub(super) fn let_go(&self, operation: impl FnOnce()) {
        self.publish();
        self.note_letting_go();
        operation();
        self.unblock();
    }

    /// Lets those go on who are blocked.
    pub(super) fn unblock(&self) {
        match self {
            Driver::Original => {}
            Driver::Seen(seen) => seen.touch(),
            Driver::Thread(threaded) => threaded.turn.unblock(),
        }
    }

    /// Stands before an operation that does not wait.
    #[inline]
    pub(super) fn come(&self, site: Site) {
        if !self.is_original() {
            self.come_explored(site);
        }
    }

    /// Out of the way, so that the rest of [`Driver::come`] is inlined.
    #[cold]
    #[inline(never)]
    fn come_explored(&self, site: Site) {
        self.publish_explored();
        self.note(site, Comes::ToPass);
    }

    /// Says how far an operation has come.
    fn note(&self, site: Site, comes: Comes) {
        if let Some(object) = self.object() {
            site.note(object.object, comes, String::new);
        }
    }

    /// Says that whoever is here lets go of the object.
    pub(super) fn note_letting_go(&self) {
        if let Some(object) = self.object() {
            note_letting_go(object.object);
        }
    }

    fn object(&self) -> Option<&Holdable> {
        match self {
            Driver::Original => None,
            Driver::Seen(seen) => Some(&seen.object),
            Driver::Thread(threaded) => Some(&threaded.object),
        }
    }

    /// Stands before something that others are about to see.
    #[inline]
    pub(super) fn publish(&self) {
        if !self.is_original() {
            self.publish_explored();
        }
    }

    /// Out of the way, so that the rest of [`Driver::publish`] is inlined.
    #[cold]
    #[inline(never)]
    fn publish_explored(&self) {
        match self {
            Driver::Original => {}
            Driver::Seen(seen) => seen.touch(),
            Driver::Thread(threaded) => threaded.turn.take(),
        }
    }

    /// Whether nothing stands before the operations: then they need not go through this.
    #[inline]
    pub(super) fn is_original(&self) -> bool {
        matches!(self, Driver::Original)
    }

    /// Whether a search sees its operations.
    #[inline]
    pub(super) fn is_seen(&self) -> bool {
        matches!(self, Driver::Seen(_))
    }

    /// Whether threads of loom's come in between operations.
    #[inline]
    pub(super) fn is_thread(&self) -> bool {
        matches!(self, Driver::Thread(_))
    }
}

impl Threaded {
    fn new(turn: Turn, object: Arc<Holdable>) -> Self {
        let (ahead, lent) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Threaded { turn, object, ahead, lent }
    }
}

impl Seen {
    fn touch(&self) {
        self.visible.is_written();
    }
}

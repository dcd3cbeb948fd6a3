//! What an exploration has of an atomic.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::model;
use crate::sync::site::{Comes, Site};
use crate::world::{
    Crossing, Driving, Object, Visible, driving, has_to_be_strict, put_off, visible,
    visible_or_put_off,
};

/// What an exploration has of an atomic; what is not in one has none. The original follows it.
pub(super) struct Explored<M> {
    object: Object,
    visible: Visible,
    /// loom's, if it was made for threads of loom's; and what comes before it is read.
    model: Option<Arc<(Crossing, M)>>,
}

impl<M: 'static> Explored<M> {
    /// That of the exploration that the calling thread is in, if it is in one.
    pub(super) fn here(what: &'static str, model: impl FnOnce() -> M) -> Option<Box<Self>> {
        match driving() {
            Driving::Nothing => None,
            driving => {
                let model =
                    (driving == Driving::Threads).then(|| Arc::new((Crossing::new(), model())));
                Some(Box::new(Explored {
                    object: Object::new(what),
                    visible: Visible::new(),
                    model,
                }))
            }
        }
    }

    /// What loom's atomic gives, if there is one and it can be asked. If it cannot be asked now,
    /// `last` is done later: it reads what is the last value then as now.
    #[cold]
    #[inline(never)]
    pub(super) fn read<R>(
        &self,
        order: Ordering,
        operation: impl FnOnce(&M) -> R,
        last: impl FnOnce(&M) + 'static,
    ) -> Option<R> {
        self.visible.is_read();
        let model = self.model.as_ref()?;
        let read = load(order, model, operation);
        if read.is_none() {
            let model = Arc::clone(model);
            put_off(move || ordered(order, &model.1, last));
        }
        read
    }

    /// What a load of loom's atomic gives, if there is one and it can be asked, that stands for an
    /// exchange which fails for what it reads. `None` where it must not.
    #[cold]
    #[inline(never)]
    pub(super) fn glimpse<R>(
        &self,
        (success, failure): (Ordering, Ordering),
        operation: impl FnOnce(&M) -> R,
    ) -> Option<R> {
        use Ordering::{AcqRel, Acquire, Relaxed, SeqCst};
        // Else, what goes on to succeed would have acquired too much.
        let is_harmless = failure == Relaxed || matches!(success, Acquire | AcqRel | SeqCst);
        let model = self.model.as_ref().filter(|_| is_harmless)?;
        load(failure, model, operation)
    }

    /// What loom's atomic gives when it may be changed; if it cannot be now, it is later.
    #[cold]
    #[inline(never)]
    pub(super) fn change<R>(
        &self,
        order: Ordering,
        operation: impl FnOnce(&M) -> R + 'static,
    ) -> Option<R> {
        self.visible.is_written();
        let model = Arc::clone(self.model.as_ref()?);
        visible_or_put_off(move || ordered(order, &model.1, operation))
    }

    /// Says what an operation was given and returned.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&self, site: Site, values: impl FnOnce() -> String) {
        site.note(self.object, Comes::ToPass, values);
    }
}

/// A load of loom's, if it can be asked now.
fn load<M, R>(
    order: Ordering,
    (crossing, atomic): &(Crossing, M),
    operation: impl FnOnce(&M) -> R,
) -> Option<R> {
    visible(|| {
        crossing.cross();
        ordered(order, atomic, operation)
    })
}

/// An operation of loom's in this order. `SeqCst` is no more than `AcqRel` to loom; with a fence
/// before each, it is as much as in C++.
fn ordered<M, R>(order: Ordering, atomic: &M, operation: impl FnOnce(&M) -> R) -> R {
    if order == Ordering::SeqCst && has_to_be_strict() {
        model::fence(order);
    }
    operation(atomic)
}

//! What an exploration has of an atomic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::model;
use crate::sync::site::{Comes, Site};
use crate::world::{
    Driving, Object, Visible, driving, has_to_be_strict, put_off, visible, visible_or_put_off,
};

/// What an exploration has of an atomic; what is not in one has none. The original follows it.
pub(super) struct Explored<M> {
    object: Object,
    visible: Visible,
    /// loom's, if it was made for threads of loom's.
    model: Option<Arc<M>>,
    /// Whether its value was replaced by something that has read it.
    is_replaced: AtomicBool,
}

impl<M: 'static> Explored<M> {
    /// That of the exploration that the calling thread is in, if it is in one.
    pub(super) fn here(what: &'static str, model: impl FnOnce() -> M) -> Option<Box<Self>> {
        match driving() {
            Driving::Nothing => None,
            driving => {
                let model = (driving == Driving::Threads).then(|| Arc::new(model()));
                Some(Box::new(Explored {
                    object: Object::new(what),
                    visible: Visible::new(),
                    model,
                    is_replaced: AtomicBool::new(false),
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
        let read = visible(|| ordered(order, || operation(model)));
        if read.is_none() {
            let model = Arc::clone(model);
            put_off(move || ordered(order, || last(&model)));
        }
        read
    }

    /// What a load of loom's atomic gives, if there is one and it can be asked, where one stands
    /// for what might as well have replaced the value: with which orderings that is done, and that
    /// is loaded.
    #[cold]
    #[inline(never)]
    pub(super) fn glimpse<R>(
        &self,
        (success, load): (Ordering, Ordering),
        operation: impl FnOnce(&M) -> R,
    ) -> Option<R> {
        use Ordering::{AcqRel, Acquire, Relaxed, SeqCst};
        // Else, what goes on to replace it would have acquired too much.
        let is_harmless = load == Relaxed || matches!(success, Acquire | AcqRel | SeqCst);
        let model = self.model.as_ref().filter(|_| is_harmless)?;
        visible(|| ordered(load, || operation(model)))
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
        visible_or_put_off(move || ordered(order, || operation(&model)))
    }

    /// The same for what reads the value and replaces it.
    pub(super) fn replace<R>(
        &self,
        order: Ordering,
        operation: impl FnOnce(&M) -> R + 'static,
    ) -> Option<R> {
        let former = self.change(order, operation);
        self.is_replaced_now();
        former
    }

    /// The same for what may fail to replace it.
    pub(super) fn exchange<T>(
        &self,
        order: Ordering,
        operation: impl FnOnce(&M) -> Result<T, T> + 'static,
    ) -> Option<Result<T, T>> {
        let former = self.change(order, operation);
        if !matches!(former, Some(Err(_))) {
            self.is_replaced_now();
        }
        former
    }

    /// Whether the value was replaced by something that has read it.
    pub(super) fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Relaxed)
    }

    pub(super) fn is_replaced_now(&self) {
        self.is_replaced.store(true, Ordering::Relaxed);
    }

    /// Says what an operation was given and returned.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&self, site: Site, values: impl FnOnce() -> String) {
        site.note(self.object, Comes::ToPass, values);
    }
}

/// An operation of loom's in this order. `SeqCst` is no more than `AcqRel` to loom; with a fence
/// before each, it is as much as in C++.
fn ordered<R>(order: Ordering, operation: impl FnOnce() -> R) -> R {
    if order == Ordering::SeqCst && has_to_be_strict() {
        model::fence(order);
    }
    operation()
}

/// The ordering of the load that is part of what replaces a value in this order.
pub(super) fn loading(order: Ordering) -> Ordering {
    match order {
        Ordering::AcqRel => Ordering::Acquire,
        Ordering::Release => Ordering::Relaxed,
        order => order,
    }
}

//! What holds something of `sync` and keeps it alive, until it is dropped.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Guard;

/// Why an object that is had alone has its original alone: guards have a handle on the object.
pub(super) const NOT_HELD: &str = "nobody holds what nobody else has a handle on";

/// A guard or permit of the original `G` that is nobody's borrow: it has a handle on the object `O`
/// itself, as that of the original has. So `Weak`s on the object can be upgraded while it is held.
#[must_use = "what is held is let go of at once if the guard is not kept"]
pub struct OwnedGuard<O: ?Sized, G> {
    // Goes away first: the object is the last to have the original.
    guard: Guard<G>,
    object: Arc<O>,
}

impl<O: ?Sized, G> OwnedGuard<O, G> {
    /// `guard` holds `object`.
    pub(super) fn new(guard: Guard<G>, object: Arc<O>) -> Self {
        OwnedGuard { guard, object }
    }

    /// The object that is held.
    pub(super) fn object(&self) -> &Arc<O> {
        &self.object
    }

    /// The guard; nothing keeps the object alive for it.
    pub(super) fn into_guard(self) -> Guard<G> {
        self.guard
    }

    /// The guard.
    pub(super) fn guard(&self) -> &Guard<G> {
        &self.guard
    }
}

impl<O: ?Sized, G: Deref> Deref for OwnedGuard<O, G> {
    type Target = G::Target;

    #[inline]
    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<O: ?Sized, G: DerefMut> DerefMut for OwnedGuard<O, G> {
    #[inline]
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

impl<O: ?Sized, G: fmt::Debug> fmt::Debug for OwnedGuard<O, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guard.fmt(f)
    }
}

impl<O: ?Sized, G: fmt::Display> fmt::Display for OwnedGuard<O, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guard.fmt(f)
    }
}

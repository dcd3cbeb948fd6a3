//! What holds something of `sync` until it is dropped.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Driver;
use crate::world::{Hold, Line};

/// A guard or permit of the original `G`: lets go when it is dropped.
#[must_use = "what is held is let go of at once if the guard is not kept"]
pub struct Guard<G> {
    /// In an exploration, what is to be done when it lets go.
    explored: Option<Box<Explored>>,
    /// There until it is dropped.
    original: Option<G>,
}

struct Explored {
    driver: Driver,
    /// That it is held, and since where.
    hold: Option<Hold>,
}

impl<G> Guard<G> {
    /// Holds `original`, which `line` has taken.
    #[inline]
    pub(super) fn new(driver: &Driver, line: Line, original: G) -> Self {
        let explored = match driver {
            Driver::Original => None,
            _ => Some(Box::new(Explored { driver: driver.clone(), hold: driver.hold(line) })),
        };
        Guard { explored, original: Some(original) }
    }

    /// What is held; it is the caller's to let go of.
    pub(super) fn into_original(mut self) -> Option<G> {
        self.explored = None;
        self.original.take()
    }

    /// What is held, to be changed.
    #[inline]
    pub(super) fn original_mut(&mut self) -> &mut G {
        self.original.as_mut().expect("a guard holds until it is dropped")
    }

    /// What is held.
    #[inline]
    pub(super) fn original(&self) -> &G {
        self.original.as_ref().expect("a guard holds until it is dropped")
    }
}

impl<G: Deref> Deref for Guard<G> {
    type Target = G::Target;

    #[inline]
    fn deref(&self) -> &G::Target {
        self.original()
    }
}

impl<G: DerefMut> DerefMut for Guard<G> {
    #[inline]
    fn deref_mut(&mut self) -> &mut G::Target {
        self.original_mut()
    }
}

impl<G> Drop for Guard<G> {
    #[inline]
    fn drop(&mut self) {
        if let Some(explored) = self.explored.take() {
            let Explored { driver, hold } = *explored;
            driver.change(|| drop((self.original.take(), hold)));
        }
    }
}

impl<G: fmt::Debug> fmt::Debug for Guard<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.original().fmt(f)
    }
}

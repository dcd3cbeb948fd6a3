//! What holds something of `sync` until it is dropped.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Driver;
use super::driver::Explored;
use super::site::Site;
use crate::world::Hold;

/// A guard or permit of the original `G`: lets go when it is dropped.
///
/// It is dropped field by field: with a destructor of its own it could not give the original away,
/// and would have to ask each time whether it is still there.
#[must_use = "what is held is let go of at once if the guard is not kept"]
pub struct Guard<G> {
    // Goes away first.
    holds: Holds,
    original: G,
}

/// Stands before the original lets go. Outside an exploration, nothing does.
struct Holds(Option<Box<Held>>);

struct Held {
    driver: Driver,
    /// That it is held, and since where.
    hold: Option<Hold>,
}

impl<G> Guard<G> {
    /// Holds `original`, which was taken at a site.
    #[inline]
    pub(super) fn new(driver: &Driver, site: Site, original: G) -> Self {
        if driver.is_original() {
            return Guard { holds: Holds(None), original };
        }
        Guard { holds: Holds(Some(Held::new(driver, site))), original }
    }

    /// Holds `original`, which an operation has taken: one of an exploration, if it was.
    #[inline]
    pub(super) fn taken(explored: Option<&Explored>, original: G) -> Self {
        match explored {
            None => Guard { holds: Holds(None), original },
            Some(explored) => Guard::new(&explored.driver, explored.site, original),
        }
    }

    /// What is held; it is the caller's to let go of.
    #[inline]
    pub(super) fn into_original(self) -> G {
        let Guard { mut holds, original } = self;
        holds.0 = None;
        original
    }

    /// What is held, to be changed.
    #[inline]
    pub(super) fn original_mut(&mut self) -> &mut G {
        &mut self.original
    }

    /// What is held.
    #[inline]
    pub(super) fn original(&self) -> &G {
        &self.original
    }
}

impl Drop for Holds {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            let_go(self.0.take());
        }
    }
}

impl Held {
    #[cold]
    #[inline(never)]
    fn new(driver: &Driver, site: Site) -> Box<Self> {
        Box::new(Held { driver: driver.clone(), hold: driver.hold(site) })
    }
}

/// Out of the way, as all of an exploration is and as freeing the box is, so that the rest is
/// inlined.
#[cold]
#[inline(never)]
fn let_go(held: Option<Box<Held>>) {
    /// Lets others go on: they do once the original has let go too, since nobody else runs before.
    struct Unblocks(Held);

    impl Drop for Unblocks {
        fn drop(&mut self) {
            self.0.hold = None;
            self.0.driver.note_letting_go();
            self.0.driver.unblock();
        }
    }

    if let Some(held) = held {
        let held = Unblocks(*held);
        if held.0.driver.is_thread() {
            // A turn, in which a crash may unwind.
            held.0.driver.publish();
        }
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

impl<G: fmt::Debug> fmt::Debug for Guard<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.original().fmt(f)
    }
}

impl<G: fmt::Display> fmt::Display for Guard<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.original().fmt(f)
    }
}

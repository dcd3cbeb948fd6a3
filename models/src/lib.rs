//! Implementations to explore: right ones, named after their design, and wrong ones, named after
//! their fault.
//!
//! Each is in its own file, written as an application would write it: it knows the traits it is
//! built on and nothing of being tested. The lists in [`refresh`], [`callback`] and [`sync_engine`]
//! put them on the doubles of a world.

use std::sync::Arc;

use authloom::auth::World;

pub mod callback;
mod keyed;
pub mod refresh;
mod refreshers;
pub mod sync_engine;

/// An implementation of the trait `T` that can be put into a world.
pub struct Model<T: ?Sized> {
    /// Its name.
    pub name: &'static str,
    /// Its design or its fault, in a sentence.
    pub summary: &'static str,
    /// Makes one instance on the doubles of a world.
    pub build: fn(&World) -> Arc<T>,
}

//! What a search sees of an object that nobody waits for.

use crate::explore::{Access, ObjectId};
use crate::world::{Driving, driving, new_object, touch_here};

/// An object's name, if it was made in a search that sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visible(Option<ObjectId>);

impl Visible {
    /// That of an object that is made now.
    pub(super) fn new() -> Self {
        Visible((driving() != Driving::Nothing).then(new_object))
    }

    /// The running step looks at it.
    #[inline]
    pub(super) fn is_read(self) {
        if let Some(object) = self.0 {
            touch_here(Access::read(object));
        }
    }

    /// The running step may change it.
    #[inline]
    pub(super) fn is_written(self) {
        if let Some(object) = self.0 {
            touch_here(Access::write(object));
        }
    }
}

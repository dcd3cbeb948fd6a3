//! The objects of `sync` that a step touches: what they are called, and how they were touched.
//!
//! They are made and used far from any kernel, by code that knows of none; so what is known of the
//! step that is being taken is known to the thread.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::driving::{Driving, driving};
use super::objects::sync_object;
use crate::explore::{Access, Lane, ObjectId};

thread_local! {
    static STEP: RefCell<Step> = RefCell::default();
}

#[derive(Default)]
struct Step {
    /// Whose it is; nobody's before the first step of a world.
    task: Option<Lane>,
    /// How many objects each task of this world has made.
    made: BTreeMap<Option<Lane>, usize>,
    accesses: Vec<Access>,
    ending: Option<Ending>,
}

/// That something goes away whose going away others see.
///
/// It goes when the last handle on it does. Who lets go of an earlier one does nothing that is
/// seen; but in another order, that would have been the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Nobody else has used it. Others may have had a handle until their tasks ended.
    OfOne,
    /// Others have used it, and may have let go of it at any time.
    OfSeveral,
}

/// What a step did to objects of `sync`.
pub(super) struct Touched {
    pub(super) accesses: Vec<Access>,
    pub(super) ending: Option<Ending>,
}

/// A world begins on this thread.
pub(super) fn begin_world() {
    STEP.take();
}

/// A step of a task begins.
pub(super) fn begin_step(task: Lane) {
    STEP.with_borrow_mut(|step| {
        step.task = Some(task);
        step.accesses.clear();
        step.ending = None;
    });
}

/// The step has ended.
pub(super) fn end_step() -> Touched {
    STEP.with_borrow_mut(|step| Touched {
        accesses: std::mem::take(&mut step.accesses),
        ending: step.ending,
    })
}

/// An object's name, if it was made in a search that sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visible(Option<ObjectId>);

impl Visible {
    /// That of an object that is made now: after who makes it, and what they have made before.
    pub(crate) fn new() -> Self {
        Visible(matches!(driving(), Driving::Seen | Driving::Steps).then(|| {
            STEP.with_borrow_mut(|step| {
                let made = step.made.entry(step.task).or_default();
                *made += 1;
                sync_object(step.task, *made - 1)
            })
        }))
    }

    /// The running step looks at it.
    #[inline]
    pub(crate) fn is_read(self) {
        if let Some(object) = self.0 {
            touch(Access::read(object));
        }
    }

    /// The running step may change it.
    #[inline]
    pub(crate) fn is_written(self) {
        if let Some(object) = self.0 {
            touch(Access::write(object));
        }
    }
}

#[cold]
fn touch(access: Access) {
    // Somebody's destructor may run as its thread ends.
    let _ = STEP.try_with(|step| {
        let mut step = step.borrow_mut();
        if !step.accesses.contains(&access) {
            step.accesses.push(access);
        }
    });
}

/// In the step that is being taken, something goes away, which others see.
pub(crate) fn note_ending(ending: Ending) {
    let _ = STEP.try_with(|step| {
        let noted = &mut step.borrow_mut().ending;
        *noted = (*noted).max(Some(ending));
    });
}

/// Whose step is being taken, as a number that is not 0; 0 if it is nobody's.
pub(crate) fn stepping_task() -> u32 {
    let task = STEP.try_with(|step| step.borrow().task);
    task.ok().flatten().map_or(0, |task| u32::from(task.0) + 1)
}

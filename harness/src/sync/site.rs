//! Where code under test uses an object, and what for.

use std::panic::Location;

use crate::world::{Action, Driving, Line, Object, Use, driving, note_action};

/// An operation at a line. Two words, which are handed on in registers: where nobody asks, it
/// costs nothing then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// The function's name.
    pub(super) operation: &'static &'static str,
    pub(super) line: Line,
}

/// The operation of this name, at the line that asks for it.
#[inline]
#[track_caller]
pub(super) fn at(operation: &'static &'static str) -> Site {
    Site { operation, line: Location::caller() }
}

/// How far an operation has come, for whoever looks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comes {
    /// It is the next step.
    Next,
    /// It has to wait.
    ToWait,
    /// It need not wait.
    ToPass,
}

impl Site {
    /// Says that an operation on an object has come so far; `values` is what an atomic
    /// was given and returned.
    pub(super) fn note(self, object: Object, comes: Comes, values: impl FnOnce() -> String) {
        // Where no operation is a step, what need not wait is part of one.
        if !has_steps() && comes != Comes::ToWait {
            return;
        }
        note_action(|| {
            let Site { operation, line: location } = self;
            let used = Use { object, operation, values: values(), location };
            match comes {
                Comes::Next => Action::ComesTo(used),
                Comes::ToWait => Action::WaitsIn(used),
                Comes::ToPass => Action::Uses(used),
            }
        });
    }
}

/// Says that somebody lets go of an object.
pub(super) fn note_letting_go(object: Object) {
    if has_steps() {
        note_action(|| Action::LetsGo(object));
    }
}

/// Whether operations are steps, or turns.
fn has_steps() -> bool {
    matches!(driving(), Driving::Steps | Driving::Threads)
}

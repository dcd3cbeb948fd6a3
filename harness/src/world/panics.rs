//! Panics of code under test: findings with a place, not noise on standard error.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// A line of a source file, as the compiler names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
}

/// What a panic said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panic {
    /// Its message.
    pub message: String,
    /// Where it was.
    pub place: Option<Place>,
}

static HOOK: Once = Once::new();

/// Runs `code` so that a panic in it prints nothing and leaves its place for [`caught`].
///
/// The process's panic hook is replaced once, by one that passes on to the former unless the
/// panicking thread is inside this function.
pub(crate) fn quietly<R>(code: impl FnOnce() -> R) -> R {
    HOOK.call_once(|| {
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if QUIET.get() {
                let place = info.location();
                PLACE.set(place.map(|at| Place { file: at.file().to_owned(), line: at.line() }));
            } else {
                former(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = code();
    QUIET.set(before);
    result
}

/// What the last panic of this thread was.
pub(crate) fn caught(payload: &(dyn Any + Send)) -> Panic {
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| String::from("a value that is not text"));
    Panic { message, place: PLACE.take() }
}

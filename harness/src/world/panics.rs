//! Panics of code under test: findings with a place, not noise on standard error.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Runs `code` so that a panic in it prints nothing and leaves its place for [`message`].
///
/// The process's panic hook is replaced once, by one that passes on to the former unless the
/// panicking thread is inside this function.
pub(crate) fn quietly<R>(code: impl FnOnce() -> R) -> R {
    HOOK.call_once(|| {
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if QUIET.get() {
                let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
                PLACE.set(place);
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

/// What the last panic of this thread said, and where.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| String::from("a value that is not text"));
    match PLACE.take() {
        Some(place) => format!("{text} ({place})"),
        None => text,
    }
}

//! Panics of code under test: findings with a place, not noise on standard error.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::observing::{Action, note_action};

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    /// The place of a panic that has not been caught yet.
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

/// Runs `code`, which may be foreign, and returns what it panicked with if it did. The panic prints
/// nothing, unless it comes on top of another one: that ends the process, and then what was printed
/// is all there is.
///
/// The process's panic hook is replaced once, by one that passes on to the former unless the
/// panicking thread is inside this function.
pub(crate) fn attempt<R>(code: impl FnOnce() -> R) -> Result<R, Panic> {
    HOOK.call_once(install_hook);
    let before = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(code)).map_err(|payload| {
        let panic = caught(&*payload);
        discard(payload);
        panic
    });
    QUIET.set(before);
    result
}

fn install_hook() {
    let former = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_first = PLACE.with_borrow(Option::is_none);
        if !QUIET.get() || !is_first {
            former(info);
        }
        if QUIET.get() && is_first {
            let place = info.location();
            let place = place.map(|at| Place { file: at.file().to_owned(), line: at.line() });
            PLACE.set(place.clone());
            // Before anything unwinds.
            note_action(|| Action::Panics(Panic { message: message(info.payload()), place }));
        }
    }));
}

fn caught(payload: &(dyn Any + Send)) -> Panic {
    Panic { message: message(payload), place: PLACE.take() }
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| String::from("a value that is not text"))
}

/// Drops what a panic carried, whose destructor is foreign code too. If it panics, what that
/// carries is let be.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
    PLACE.take();
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the payload goes off");
        }
    }

    #[test]
    fn tells_what_was_said_and_where() {
        let panic = attempt(|| panic!("boom {}", 1)).unwrap_err();
        assert_eq!(panic.message, "boom 1");
        assert!(panic.place.is_some_and(|place| place.file.ends_with("panics.rs")));
    }

    #[test]
    fn outlives_a_payload_whose_destructor_panics() {
        let panic = attempt(|| panic::panic_any(Bomb)).unwrap_err();
        assert_eq!(panic.message, "a value that is not text");
        assert_eq!(attempt(|| 1), Ok(1));
    }
}

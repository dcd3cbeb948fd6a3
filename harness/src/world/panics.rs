//! Panics of code under test: findings with a place, not noise on standard error.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;
use std::thread;

use super::observing::{Action, note_action};

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    /// What has panicked and was not seen to be caught: what unwinds now, and what code under test
    /// has caught itself since [`attempt`] was last called.
    static PANICS: RefCell<Vec<Panic>> = const { RefCell::new(Vec::new()) };
}

/// A line of a source file, as the compiler names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
}

impl Place {
    /// That of what the compiler knows the line of.
    pub(super) fn of(location: &Location<'_>) -> Self {
        Place { file: location.file().to_owned(), line: location.line() }
    }
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
    if !thread::panicking() {
        // Whatever there was, code under test has caught it.
        PANICS.take();
    }
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
        let is_first = PANICS.with_borrow(Vec::is_empty);
        if !QUIET.get() || !is_first {
            former(info);
        }
        if QUIET.get() {
            let place = info.location().map(Place::of);
            let panic = Panic { message: message(info.payload()), place };
            PANICS.with_borrow_mut(|panics| panics.push(panic.clone()));
            // Before anything unwinds.
            note_action(|| Action::Panics(panic));
        }
    }));
}

/// What this thread has seen of panics, for another task to run in between; and back.
#[cfg(feature = "loom")]
pub(super) fn replace_panics(panics: Vec<Panic>) -> Vec<Panic> {
    PANICS.replace(panics)
}

/// The panic that carried this.
fn caught(payload: &(dyn Any + Send)) -> Panic {
    let message = message(payload);
    PANICS.with_borrow_mut(|panics| {
        let at = panics.iter().rposition(|panic| panic.message == message);
        let caught = at.and_then(|at| panics.drain(at..).next());
        caught.unwrap_or(Panic { message, place: None })
    })
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

    /// Of several panics, the place is that of the one that is caught.
    #[test]
    fn tells_a_panic_from_one_that_was_caught_before() {
        let panic = attempt(|| {
            let _caught = catch_unwind(|| panic!("caught at once"));
            panic!("boom")
        });
        let (panic, line) = (panic.unwrap_err(), line!() - 2);
        assert_eq!(panic.message, "boom");
        assert_eq!(panic.place.map(|place| place.line), Some(line));
    }

    #[test]
    fn outlives_a_payload_whose_destructor_panics() {
        let panic = attempt(|| panic::panic_any(Bomb)).unwrap_err();
        assert_eq!(panic.message, "a value that is not text");
        assert_eq!(attempt(|| 1), Ok(1));
    }
}

//! A place at which a task waits, in words.

use super::places::short_path;
use crate::prove::{AwaitPoint, AwaitedThing, Waiter};

/// `a caller, token at models/src/refresh/check_then_act.rs:40`.
pub fn await_point_text(place: &AwaitPoint) -> String {
    let task = match place.task {
        Waiter::Caller => "a caller",
        Waiter::Spawned => "a task of the code",
    };
    match place.awaited {
        AwaitedThing::Call { operation, location } => match short_path(location.file()) {
            Some(file) => format!("{task}, {operation} at {file}:{}", location.line()),
            None => format!("{task}, {operation}"),
        },
        AwaitedThing::Other => format!("{task}, a lock, a channel or another task"),
    }
}

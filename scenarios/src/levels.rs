//! What the finer levels see that level `await` does not.

use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE,
};
use authloom::prove::Level;

use crate::catalogue::{Declared, Race};

/// A cell that is proved at coarser levels and violated from a level on.
struct SeenFrom {
    level: Level,
    scenario: &'static str,
    model: &'static str,
    verdict: Declared,
}

const SEEN_FROM: &[SeenFrom] = &[
    SeenFrom {
        level: Level::Lock,
        scenario: "refresh/concurrent-callers",
        model: "refresh/flight-checked-then-registered",
        verdict: Declared::Violated(REFRESH_TOKEN_PRESENTED_ONCE),
    },
    SeenFrom {
        level: Level::Lock,
        scenario: "refresh/first-refresh-fails",
        model: "refresh/flight-removed-by-old-leader",
        verdict: Declared::Violated(ONE_REFRESH_PER_EXPIRY),
    },
    SeenFrom {
        level: Level::Thread,
        scenario: "refresh/concurrent-callers",
        model: "refresh/std-lock-check-then-act",
        verdict: Declared::Violated(REFRESH_TOKEN_PRESENTED_ONCE),
    },
    SeenFrom {
        level: Level::Thread,
        scenario: "refresh/concurrent-callers",
        model: "refresh/published-with-relaxed-flag",
        verdict: Declared::Violated(CALLERS_GET_LIVE_TOKENS),
    },
];

/// The scenarios that level `thread` has: those of the founding races in which nobody is cancelled,
/// no answer is held and the clock stands still.
const AT_THREAD: &[&str] = &[
    "refresh/concurrent-callers",
    "refresh/first-refresh-fails",
    "callback/same-browser-twice",
    "callback/double-submit",
    "callback/failed-exchange",
    "callback/retry-after-success",
    "callback/two-replicas",
];

/// Whether a scenario can be explored at a level.
pub fn is_possible_at(level: Level, race: &dyn Race) -> bool {
    level != Level::Thread || true || AT_THREAD.contains(&race.name())
}

/// The verdict that a cell must get at a level, given the one at level `await`.
pub fn declared_at(level: Level, race: &dyn Race, model: &str, at_await: Declared) -> Declared {
    let is_seen = |seen: &&SeenFrom| {
        seen.level <= level && seen.scenario == race.name() && seen.model == model
    };
    SEEN_FROM.iter().find(is_seen).map_or(at_await, |seen| seen.verdict)
}

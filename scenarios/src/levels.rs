//! What the finer levels see that level `await` does not.

use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE,
};
use authloom::prove::{Level, Options};

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
    // Who asks after the token's end can join a flight that looked at the clock before it, and is
    // about to land what it found then.
    SeenFrom {
        level: Level::Thread,
        scenario: "refresh/expiry-at-any-moment",
        model: "refresh/detached-exchange",
        verdict: Declared::Violated(CALLERS_GET_LIVE_TOKENS),
    },
];

/// A cell that is explored at level `thread` with smaller bounds than at others.
struct Smaller {
    scenario: &'static str,
    model: &'static str,
    callers: Option<usize>,
    preemptions: Option<usize>,
}

const SMALLER: &[Smaller] = &[
    // Three tasks, and three more when the process is started again: interrupted twice, they have
    // more than a million executions.
    Smaller {
        scenario: "refresh/crash-with-grace",
        model: "refresh/detached-exchange",
        callers: None,
        preemptions: Some(1),
    },
    // Whoever was told of the failure asks again, and may start a second exchange: loom has no
    // threads for those of two callers.
    Smaller {
        scenario: "refresh/failed-refresh",
        model: "refresh/detached-exchange",
        callers: Some(1),
        preemptions: None,
    },
    // Each of a caller's two questions may start a renewal.
    Smaller {
        scenario: "refresh/failed-renewal",
        model: "refresh/failed-renewal-ignored",
        callers: Some(1),
        preemptions: None,
    },
];

fn smaller(race: &dyn Race, model: &str) -> Option<&'static Smaller> {
    SMALLER.iter().find(|one| one.scenario == race.name() && one.model == model)
}

/// How many callers a cell has at a level, where that is fewer than the catalogue has it with.
pub fn callers_at(level: Level, race: &dyn Race, model: &str) -> Option<usize> {
    smaller(race, model).filter(|_| level == Level::Thread)?.callers
}

/// How often threads are interrupted at most in an execution of a cell at level `thread`.
pub fn preemptions_of(race: &dyn Race, model: &str) -> Option<usize> {
    let fewer = smaller(race, model).and_then(|one| one.preemptions);
    fewer.or(Options::default().preemptions)
}

/// The verdict that a cell must get at a level, given the one at level `await`.
pub fn declared_at(level: Level, race: &dyn Race, model: &str, at_await: Declared) -> Declared {
    let is_seen = |seen: &&SeenFrom| {
        seen.level <= level && seen.scenario == race.name() && seen.model == model
    };
    SEEN_FROM.iter().find(is_seen).map_or(at_await, |seen| seen.verdict)
}

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

/// Why a cell is not explored at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// In some execution it has more tasks than that level has threads.
    TooManyTasks,
}

impl LeftOut {
    /// Its name in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            LeftOut::TooManyTasks => "too-many-tasks",
        }
    }

    /// It in words.
    pub fn reason(self) -> &'static str {
        match self {
            LeftOut::TooManyTasks => {
                "in some executions its callers start more tasks than loom has threads for"
            }
        }
    }
}

/// A cell that is not explored at a level.
struct NotAt {
    level: Level,
    scenario: &'static str,
    model: &'static str,
    why: LeftOut,
}

const NOT_AT: &[NotAt] = &[
    // Whoever was told of the failure asks again, and may start a second exchange.
    NotAt {
        level: Level::Thread,
        scenario: "refresh/failed-refresh",
        model: "refresh/detached-exchange",
        why: LeftOut::TooManyTasks,
    },
    // Each of four questions may start a renewal.
    NotAt {
        level: Level::Thread,
        scenario: "refresh/failed-renewal",
        model: "refresh/failed-renewal-ignored",
        why: LeftOut::TooManyTasks,
    },
];

/// A cell that is explored at level `thread` with another bound on preemptions than others: with
/// theirs, there are more than a million executions.
struct FewerPreemptions {
    scenario: &'static str,
    model: &'static str,
    preemptions: usize,
}

const FEWER_PREEMPTIONS: &[FewerPreemptions] = &[
    // Three tasks, and three more when the process is started again.
    FewerPreemptions {
        scenario: "refresh/crash-with-grace",
        model: "refresh/detached-exchange",
        preemptions: 1,
    },
];

/// How often threads are interrupted at most in an execution of a cell at level `thread`.
pub fn preemptions_of(race: &dyn Race, model: &str) -> Option<usize> {
    let is_it = |one: &&FewerPreemptions| one.scenario == race.name() && one.model == model;
    let fewer = FEWER_PREEMPTIONS.iter().find(is_it).map(|one| one.preemptions);
    fewer.or(Options::default().preemptions)
}

/// Why a cell, as large as the catalogue has it, is not explored at a level, if it is not.
pub fn left_out_at(level: Level, race: &dyn Race, model: &str) -> Option<LeftOut> {
    let is_it =
        |one: &&NotAt| one.level == level && one.scenario == race.name() && one.model == model;
    NOT_AT.iter().find(is_it).map(|one| one.why)
}

/// The verdict that a cell must get at a level, given the one at level `await`.
pub fn declared_at(level: Level, race: &dyn Race, model: &str, at_await: Declared) -> Declared {
    let is_seen = |seen: &&SeenFrom| {
        seen.level <= level && seen.scenario == race.name() && seen.model == model
    };
    SEEN_FROM.iter().find(is_seen).map_or(at_await, |seen| seen.verdict)
}

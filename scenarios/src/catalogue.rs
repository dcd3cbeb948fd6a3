//! Every scenario with the models that are explored in it, and the verdict that each must get at
//! level `await`. What finer levels see besides is in `levels.rs`.

use std::ops::RangeInclusive;
use std::sync::Arc;

use authloom::auth::{CallbackHandler, SyncEngine, TokenRefresher, World};
use authloom::explore::Snapshot;
use authloom::property::{
    CODE_PRESENTED_ONCE, EVERYONE_FINISHES, EXACTLY_ONE_SESSION, FAILED_EXCHANGE_LEAVES_NOTHING,
    NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY, Property, REFRESH_TOKEN_PRESENTED_ONCE,
    STATUS_NEVER_WAITS_ON_NETWORK, UNRELATED_KEYS_NOT_SERIALIZED,
};
use authloom::prove::{Options, ReplayError, Scenario, Schedule, Verdict, Violation};
use authloom_models::Model;
use authloom_models::callback::{
    COMPARE_AND_SWAP, IDEMPOTENCY_KEY, KEYED_LOCK, LOCK_AROUND_FINAL_CALL, LOCK_LEAKED_ON_ERROR,
    PARTIAL_SESSION_BEFORE_EXCHANGE, PROCESS_WIDE_LOCK, UNIQUE_INSERT,
};
use authloom_models::refresh::{
    CHECK_THEN_ACT, DETACHED_EXCHANGE, FLIGHT_CHECKED_THEN_REGISTERED, FLIGHT_JOINED_OR_REGISTERED,
    FLIGHT_REMOVED_BY_ITS_LEADER, FLIGHT_REMOVED_BY_OLD_LEADER, PUBLISHED_WITH_RELAXED_FLAG,
    PUBLISHED_WITH_RELEASE_FLAG, SERIALIZED_PER_SESSION, SERIALIZED_WITH_RECHECK,
    SERIALIZED_WITHOUT_RECHECK, SINGLE_FLIGHT, SINGLE_FLIGHT_FOR_EVERYBODY,
    STD_LOCK_CHECK_THEN_ACT, STD_LOCK_CHECKED_AGAIN,
};
use authloom_models::sync_engine::{CLONE_THEN_RELEASE, LOCK_ACROSS_IO, WAKE_BACKGROUND_LOOP};

use crate::{callback, refresh, sync};

use Declared::{Proved, Violated};

/// The whole catalogue.
pub static CATALOGUE: &[&dyn Race] = &[
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::concurrent_callers,
        callers: 2,
        callers_range: 1..=8,
        cells: &[
            (CHECK_THEN_ACT, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (SERIALIZED_WITHOUT_RECHECK, Violated(ONE_REFRESH_PER_EXPIRY)),
            (SERIALIZED_WITH_RECHECK, Proved),
            (SERIALIZED_PER_SESSION, Proved),
            (SINGLE_FLIGHT, Proved),
            (DETACHED_EXCHANGE, Proved),
            (FLIGHT_CHECKED_THEN_REGISTERED, Proved),
            (FLIGHT_JOINED_OR_REGISTERED, Proved),
            (STD_LOCK_CHECK_THEN_ACT, Proved),
            (STD_LOCK_CHECKED_AGAIN, Proved),
            (PUBLISHED_WITH_RELAXED_FLAG, Proved),
            (PUBLISHED_WITH_RELEASE_FLAG, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::failed_refresh,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (FLIGHT_REMOVED_BY_OLD_LEADER, Proved),
            (FLIGHT_REMOVED_BY_ITS_LEADER, Proved),
            (SERIALIZED_WITH_RECHECK, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::cancelled_caller,
        callers: 2,
        callers_range: 1..=8,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (SERIALIZED_PER_SESSION, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (SINGLE_FLIGHT, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (DETACHED_EXCHANGE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::unrelated_users,
        callers: 2,
        callers_range: 2..=4,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(UNRELATED_KEYS_NOT_SERIALIZED)),
            (SINGLE_FLIGHT_FOR_EVERYBODY, Violated(NO_CROSSED_PRINCIPALS)),
            (SERIALIZED_PER_SESSION, Proved),
            (SINGLE_FLIGHT, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::same_browser_twice,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (LOCK_AROUND_FINAL_CALL, Violated(EXACTLY_ONE_SESSION)),
            (PROCESS_WIDE_LOCK, Proved),
            (KEYED_LOCK, Proved),
            (UNIQUE_INSERT, Proved),
            (COMPARE_AND_SWAP, Proved),
            (IDEMPOTENCY_KEY, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::double_submit,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (LOCK_AROUND_FINAL_CALL, Violated(CODE_PRESENTED_ONCE)),
            (UNIQUE_INSERT, Violated(CODE_PRESENTED_ONCE)),
            (KEYED_LOCK, Proved),
            (IDEMPOTENCY_KEY, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::delayed_exchange,
        callers: 2,
        callers_range: 2..=4,
        cells: &[
            (LOCK_AROUND_FINAL_CALL, Violated(EXACTLY_ONE_SESSION)),
            (PROCESS_WIDE_LOCK, Proved),
            (KEYED_LOCK, Proved),
            (UNIQUE_INSERT, Proved),
            (COMPARE_AND_SWAP, Proved),
            (IDEMPOTENCY_KEY, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::failed_exchange,
        callers: 2,
        callers_range: 1..=3,
        cells: &[
            (PARTIAL_SESSION_BEFORE_EXCHANGE, Violated(FAILED_EXCHANGE_LEAVES_NOTHING)),
            (LOCK_LEAKED_ON_ERROR, Violated(EVERYONE_FINISHES)),
            (PROCESS_WIDE_LOCK, Proved),
            (KEYED_LOCK, Proved),
            (UNIQUE_INSERT, Proved),
            (COMPARE_AND_SWAP, Proved),
            (IDEMPOTENCY_KEY, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::retry_after_success,
        callers: 1,
        callers_range: 1..=2,
        cells: &[
            (PROCESS_WIDE_LOCK, Proved),
            (KEYED_LOCK, Proved),
            (UNIQUE_INSERT, Proved),
            (COMPARE_AND_SWAP, Proved),
            (IDEMPOTENCY_KEY, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::unrelated_browsers,
        callers: 2,
        callers_range: 2..=3,
        cells: &[
            (PROCESS_WIDE_LOCK, Violated(UNRELATED_KEYS_NOT_SERIALIZED)),
            (KEYED_LOCK, Proved),
            (UNIQUE_INSERT, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::two_replicas,
        callers: 2,
        callers_range: 1..=3,
        cells: &[
            (KEYED_LOCK, Violated(EXACTLY_ONE_SESSION)),
            (UNIQUE_INSERT, Proved),
            (COMPARE_AND_SWAP, Proved),
        ],
    },
    &RaceOf::<dyn SyncEngine> {
        scenario: sync::status_during_force_sync,
        callers: 2,
        callers_range: 2..=4,
        cells: &[
            (LOCK_ACROSS_IO, Violated(STATUS_NEVER_WAITS_ON_NETWORK)),
            (WAKE_BACKGROUND_LOOP, Proved),
            (CLONE_THEN_RELEASE, Proved),
        ],
    },
];

/// The verdict that a cell must get.
#[derive(Debug, Clone, Copy)]
pub enum Declared {
    /// Every property holds.
    Proved,
    /// This property is broken.
    Violated(Property),
}

impl Declared {
    /// The verdict's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Proved => "proved",
            Violated(_) => "violated",
        }
    }

    /// The property that must be broken.
    pub fn property(self) -> Option<&'static str> {
        match self {
            Proved => None,
            Violated(property) => Some(property.name),
        }
    }

    /// Whether a verdict is the declared one.
    pub fn agrees_with(self, verdict: &Verdict) -> bool {
        let broken = verdict.conclusion.violation().map(|violation| violation.property.name);
        verdict.conclusion.as_str() == self.as_str() && broken == self.property()
    }
}

/// A scenario and its models, whatever trait they implement.
pub trait Race: Sync {
    /// The scenario's name.
    fn name(&self) -> &'static str;
    /// The scenario in a sentence.
    fn summary(&self) -> &'static str;
    /// The numbers of callers that the scenario can have.
    fn callers_range(&self) -> RangeInclusive<usize>;
    /// The number of callers it has in the catalogue.
    fn callers(&self) -> usize;
    /// The calls that fail in it.
    fn faults(&self) -> usize;
    /// The callers that may be cancelled in it in the catalogue.
    fn cancellations(&self) -> usize;
    /// The models, by name and summary, with the verdicts declared for level `await`.
    fn models(&self) -> Vec<(&'static str, &'static str, Declared)>;
    /// Explores the model at a position in [`Race::models`].
    fn explore(
        &self,
        model: usize,
        size: Size,
        options: &Options,
        watch: &mut dyn FnMut(&Snapshot),
    ) -> Verdict;
    /// Replays a schedule with one model.
    ///
    /// # Errors
    /// When the schedule does not show what it says.
    fn replay(&self, model: usize, schedule: &Schedule) -> Result<Violation, ReplayError>;
}

/// How large to make a scenario; what is `None` is as the catalogue has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    /// How many callers.
    pub callers: Option<usize>,
    /// How many of them may be cancelled.
    pub cancellations: Option<usize>,
}

struct RaceOf<T: ?Sized + 'static> {
    scenario: fn(usize) -> Scenario<T>,
    callers: usize,
    callers_range: RangeInclusive<usize>,
    cells: &'static [(Model<T>, Declared)],
}

impl<T: ?Sized + 'static> RaceOf<T> {
    fn sized(&self, size: Size) -> Scenario<T> {
        let scenario = (self.scenario)(size.callers.unwrap_or(self.callers));
        match size.cancellations {
            Some(cancellations) => scenario.with_cancellations(cancellations),
            None => scenario,
        }
    }

    fn build(&self, model: usize) -> impl Fn(&World) -> Arc<T> + Send + Sync + use<T> {
        self.cells[model].0.build
    }
}

impl<T: ?Sized + 'static> Race for RaceOf<T> {
    fn name(&self) -> &'static str {
        (self.scenario)(self.callers).name
    }

    fn summary(&self) -> &'static str {
        (self.scenario)(self.callers).summary
    }

    fn callers_range(&self) -> RangeInclusive<usize> {
        self.callers_range.clone()
    }

    fn callers(&self) -> usize {
        self.callers
    }

    fn faults(&self) -> usize {
        (self.scenario)(self.callers).bounds.faults
    }

    fn cancellations(&self) -> usize {
        (self.scenario)(self.callers).bounds.cancellations
    }

    fn models(&self) -> Vec<(&'static str, &'static str, Declared)> {
        let model =
            |(model, declared): &(Model<T>, Declared)| (model.name, model.summary, *declared);
        self.cells.iter().map(model).collect()
    }

    fn explore(
        &self,
        model: usize,
        size: Size,
        options: &Options,
        watch: &mut dyn FnMut(&Snapshot),
    ) -> Verdict {
        self.sized(size).explore(self.build(model), options, watch)
    }

    fn replay(&self, model: usize, schedule: &Schedule) -> Result<Violation, ReplayError> {
        let size = Size {
            callers: Some(schedule.bounds.callers),
            cancellations: Some(schedule.bounds.cancellations),
        };
        self.sized(size).replay(self.build(model), schedule)
    }
}

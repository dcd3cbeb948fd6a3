//! Token refreshers in their races.

use authloom::auth::TokenRefresher;
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, EVERYONE_FINISHES, FAILED_REFRESH_POISONS_NOTHING,
    NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE,
    UNRELATED_KEYS_NOT_SERIALIZED,
};
use authloom_models::refresh::{
    CHECK_THEN_ACT, DETACHED_EXCHANGE, FAILED_RENEWAL_IGNORED, FAILED_RENEWAL_PUBLISHED,
    FAILURE_CACHED, LEADER_TAKES_WAITERS_ALONG, NEVER_SETTLES_ON_ERROR, NOTIFIES_AFTER_UNLOCK,
    NOTIFIES_UNDER_LOCK, SERIALIZED_PER_SESSION, SERIALIZED_WITH_RECHECK,
    SERIALIZED_WITHOUT_RECHECK, SINGLE_FLIGHT, SINGLE_FLIGHT_FOR_EVERYBODY, WAITER_CLEARS_SLOT,
    WRITE_GUARD_ACROSS_FETCH,
};

use super::Declared::{Proved, Violated};
use super::{Race, RaceOf};
use crate::refresh;

/// Races of token refreshers.
pub(super) static RACES: &[&dyn Race] = &[
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
            (NOTIFIES_UNDER_LOCK, Violated(EVERYONE_FINISHES)),
            (NOTIFIES_AFTER_UNLOCK, Proved),
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
            (LEADER_TAKES_WAITERS_ALONG, Violated(CALLERS_GET_LIVE_TOKENS)),
            (WAITER_CLEARS_SLOT, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
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
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::failed_refresh,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (FAILURE_CACHED, Violated(FAILED_REFRESH_POISONS_NOTHING)),
            (NEVER_SETTLES_ON_ERROR, Violated(EVERYONE_FINISHES)),
            (SERIALIZED_WITH_RECHECK, Proved),
            (SINGLE_FLIGHT, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (DETACHED_EXCHANGE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::failed_renewal,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (FAILED_RENEWAL_PUBLISHED, Violated(CALLERS_GET_LIVE_TOKENS)),
            (FAILED_RENEWAL_IGNORED, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::slow_neighbour,
        callers: 2,
        callers_range: 2..=4,
        cells: &[
            (WRITE_GUARD_ACROSS_FETCH, Violated(UNRELATED_KEYS_NOT_SERIALIZED)),
            (SERIALIZED_PER_SESSION, Proved),
            (SINGLE_FLIGHT, Proved),
        ],
    },
];

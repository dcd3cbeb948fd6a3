//! Token refreshers in their races, where servers, clocks and processes do what they should.

use authloom::auth::TokenRefresher;
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, EVERYONE_FINISHES, FAILED_REFRESH_POISONS_NOTHING,
    LINEAGE_NEVER_GOES_BACK, NEVER_PANICS, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    REFRESH_TOKEN_PRESENTED_ONCE, REJECTION_DELETES_ONLY_ITS_OWN, SIGNED_OUT_STAYS_SIGNED_OUT,
    UNRELATED_KEYS_NOT_SERIALIZED,
};
use authloom_models::refresh::{
    CHECK_THEN_ACT, COMPARES_AND_DELETES, DELETES_ON_REFUSAL, DETACHED_EXCHANGE,
    FAILED_RENEWAL_IGNORED, FAILED_RENEWAL_PUBLISHED, FAILURE_CACHED, FILE_LOCK_WITH_REREAD,
    FLIGHT_CHECKED_THEN_REGISTERED, FLIGHT_FOR_ALL_TRIGGERS, FLIGHT_FOR_EACH_TRIGGER,
    FLIGHT_JOINED_OR_REGISTERED, FLIGHT_REMOVED_BY_EVERY_CALLER, FLIGHT_REMOVED_BY_ITS_LEADER,
    FLIGHT_REMOVED_BY_OLD_LEADER, FLIGHT_WITHOUT_REREAD, FREES_ITS_OWN_LEASE,
    FREES_LEASE_AFTER_LOOK, FREES_WHOEVER_HAS_THE_LEASE, LEADER_TAKES_WAITERS_ALONG,
    LEASE_OUTLASTS_ANSWER, LEASE_OUTLIVED, LOCK_FOR_EACH_AUDIENCE, LOCK_FOR_EACH_REFRESH_TOKEN,
    LOCK_OF_ONE_PROCESS, LOCKS_ROW_AROUND_REFRESH, LOCKS_ROW_BEFORE_SAVE, NEVER_SETTLES_ON_ERROR,
    NOTIFIES_AFTER_UNLOCK, NOTIFIES_UNDER_LOCK, ONE_THROTTLE_FOR_EVERYBODY,
    PUBLISHED_WITH_RELAXED_FLAG, PUBLISHED_WITH_RELEASE_FLAG, REFERENCE, REMOVES_WHAT_WAS_REFUSED,
    REQUEST_CONTEXT_CAPTURED, REREADS_AT_READ_COMMITTED, REREADS_BEFORE_DELETE,
    REREADS_BEFORE_SAVE, REREADS_SERIALIZABLE, RESULT_TAKEN_ONCE, SAVES_AFTER_SIGN_OUT,
    SAVES_ONLY_IF_UNCHANGED, SERIALIZABLE_AROUND_REFRESH, SERIALIZABLE_LOCK_AROUND,
    SERIALIZABLE_LOCK_BEFORE_SAVE, SERIALIZED_PER_SESSION, SERIALIZED_WITH_RECHECK,
    SERIALIZED_WITHOUT_RECHECK, SINGLE_FLIGHT, SINGLE_FLIGHT_FOR_EVERYBODY,
    SINGLE_FLIGHT_ON_SHARED_STORE, STD_LOCK_CHECK_THEN_ACT, STD_LOCK_CHECKED_AGAIN,
    THROTTLE_FOR_EACH_USER, TRANSACTION_AROUND_REFRESH, UNLOCKED_WHEN_BUSY, WAITER_CLEARS_SLOT,
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
            (FLIGHT_WITHOUT_REREAD, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (RESULT_TAKEN_ONCE, Violated(NEVER_PANICS)),
            (SINGLE_FLIGHT_ON_SHARED_STORE, Proved),
            (NOTIFIES_UNDER_LOCK, Violated(EVERYONE_FINISHES)),
            (NOTIFIES_AFTER_UNLOCK, Proved),
            (FLIGHT_CHECKED_THEN_REGISTERED, Proved),
            (FLIGHT_JOINED_OR_REGISTERED, Proved),
            (STD_LOCK_CHECK_THEN_ACT, Proved),
            (STD_LOCK_CHECKED_AGAIN, Proved),
            (PUBLISHED_WITH_RELAXED_FLAG, Proved),
            (PUBLISHED_WITH_RELEASE_FLAG, Proved),
            (REFERENCE, Proved),
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
            (REFERENCE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::expiry_at_any_moment,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (CHECK_THEN_ACT, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (REQUEST_CONTEXT_CAPTURED, Violated(CALLERS_GET_LIVE_TOKENS)),
            (SERIALIZED_WITH_RECHECK, Proved),
            (SERIALIZED_PER_SESSION, Proved),
            (SINGLE_FLIGHT, Proved),
            (DETACHED_EXCHANGE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::two_audiences,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (LOCK_FOR_EACH_AUDIENCE, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (LOCK_FOR_EACH_REFRESH_TOKEN, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::expired_read_beside_401,
        callers: 2,
        callers_range: 2..=4,
        cells: &[
            (FLIGHT_FOR_EACH_TRIGGER, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (FLIGHT_FOR_ALL_TRIGGERS, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::herd_at_a_limit,
        callers: 3,
        callers_range: 1..=4,
        cells: &[
            (CHECK_THEN_ACT, Violated(CALLERS_GET_LIVE_TOKENS)),
            (SERIALIZED_WITHOUT_RECHECK, Violated(CALLERS_GET_LIVE_TOKENS)),
            (SERIALIZED_WITH_RECHECK, Proved),
            (SINGLE_FLIGHT, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::login_ended_at_server,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (REMOVES_WHAT_WAS_REFUSED, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::first_refresh_fails,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (FLIGHT_REMOVED_BY_OLD_LEADER, Proved),
            (FLIGHT_REMOVED_BY_EVERY_CALLER, Violated(ONE_REFRESH_PER_EXPIRY)),
            (FLIGHT_REMOVED_BY_ITS_LEADER, Proved),
            (SERIALIZED_WITH_RECHECK, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::unrelated_users,
        callers: 2,
        callers_range: 2..=4,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(UNRELATED_KEYS_NOT_SERIALIZED)),
            (SINGLE_FLIGHT_FOR_EVERYBODY, Violated(NO_CROSSED_PRINCIPALS)),
            (ONE_THROTTLE_FOR_EVERYBODY, Violated(CALLERS_GET_LIVE_TOKENS)),
            (THROTTLE_FOR_EACH_USER, Proved),
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
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::two_processes,
        callers: 2,
        callers_range: 1..=3,
        cells: &[
            (LOCK_OF_ONE_PROCESS, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (FILE_LOCK_WITH_REREAD, Proved),
            (UNLOCKED_WHEN_BUSY, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (TRANSACTION_AROUND_REFRESH, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (SERIALIZABLE_AROUND_REFRESH, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (LOCKS_ROW_AROUND_REFRESH, Proved),
            (SERIALIZABLE_LOCK_AROUND, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::slow_answer,
        callers: 2,
        callers_range: 1..=3,
        cells: &[
            (LEASE_OUTLIVED, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (UNLOCKED_WHEN_BUSY, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (LEASE_OUTLASTS_ANSWER, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::expiry_under_a_lease,
        callers: 2,
        callers_range: 2..=2,
        cells: &[
            (FREES_WHOEVER_HAS_THE_LEASE, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (FREES_LEASE_AFTER_LOOK, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (FREES_ITS_OWN_LEASE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::refused_beside_success,
        callers: 2,
        callers_range: 2..=3,
        cells: &[
            (DELETES_ON_REFUSAL, Violated(REJECTION_DELETES_ONLY_ITS_OWN)),
            (REREADS_BEFORE_DELETE, Violated(REJECTION_DELETES_ONLY_ITS_OWN)),
            (COMPARES_AND_DELETES, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::new_login_during_refresh,
        callers: 2,
        callers_range: 2..=2,
        cells: &[
            (DELETES_ON_REFUSAL, Violated(REJECTION_DELETES_ONLY_ITS_OWN)),
            (REREADS_BEFORE_DELETE, Proved),
            (COMPARES_AND_DELETES, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::sign_out_during_refresh,
        callers: 2,
        callers_range: 2..=2,
        cells: &[
            (SAVES_AFTER_SIGN_OUT, Violated(SIGNED_OUT_STAYS_SIGNED_OUT)),
            (REREADS_BEFORE_SAVE, Violated(SIGNED_OUT_STAYS_SIGNED_OUT)),
            (SAVES_ONLY_IF_UNCHANGED, Proved),
            (REREADS_AT_READ_COMMITTED, Violated(SIGNED_OUT_STAYS_SIGNED_OUT)),
            (REREADS_SERIALIZABLE, Proved),
            (LOCKS_ROW_BEFORE_SAVE, Proved),
            (SERIALIZABLE_LOCK_BEFORE_SAVE, Proved),
            (REFERENCE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::overtaken_answer,
        callers: 2,
        callers_range: 2..=3,
        cells: &[
            (CHECK_THEN_ACT, Violated(LINEAGE_NEVER_GOES_BACK)),
            (SAVES_ONLY_IF_UNCHANGED, Proved),
        ],
    },
];

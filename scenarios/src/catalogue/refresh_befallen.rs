//! Token refreshers in their races, where answers are lost, processes crash, files are torn, clocks
//! are wrong or servers at fault.

use authloom::auth::TokenRefresher;
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, ONE_REFRESH_PER_EXPIRY, ONE_SUCCESSOR_PER_GRANT,
    ONLY_DEFINITIVE_ERRORS_END_A_SESSION, REFRESH_TOKEN_PRESENTED_ONCE, REUSE_NEVER_DETECTED,
    SIGNED_IN_STAYS_SIGNED_IN,
};
use authloom_models::refresh::{
    CHECK_THEN_ACT, COMPARES_SERVERS_END, COUNTS_FROM_RECEIPT, COUNTS_FROM_REQUEST,
    DEADLINE_OF_THE_CALLER, DEADLINE_OF_THE_REQUEST, DETACHED_EXCHANGE, LEEWAY_BELOW_SKEW,
    LOCK_OF_ONE_PROCESS, MARKS_AFTER_PRESENTING, MARKS_BEFORE_PRESENTING, NUMBERED_TIMERS,
    ORPHANED_TIMERS, PERSISTS_BEFORE_RETURNING, PERSISTS_DETACHED, REFERENCE,
    REMOVES_ON_ANY_FAILURE, REMOVES_WHAT_WAS_REFUSED, RENAMES_UNDER_LOCK, RETRIES_AT_ONCE,
    SAVES_ONLY_IF_UNCHANGED, SERIALIZED_WITH_RECHECK, STORES_PRESENTED_TOKEN, SWAPS_ONCE,
    SWAPS_UNTIL_WRITTEN, TIMER_FOR_WHOLE_LIFE, TIMER_UNTIL_END, TRUNCATES_THEN_WRITES,
    TRUNCATES_UNDER_LOCK,
};

use super::Declared::{Proved, Violated};
use super::{Race, RaceOf};
use crate::refresh;

/// Races of token refreshers with what befalls them.
pub(super) static RACES: &[&dyn Race] = &[
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::any_failure,
        callers: 2,
        callers_range: 1..=3,
        cells: &[
            (REMOVES_ON_ANY_FAILURE, Violated(SIGNED_IN_STAYS_SIGNED_IN)),
            (REMOVES_WHAT_WAS_REFUSED, Proved),
            (RETRIES_AT_ONCE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::lost_answer,
        callers: 2,
        callers_range: 1..=2,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(ONLY_DEFINITIVE_ERRORS_END_A_SESSION)),
            (RETRIES_AT_ONCE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::lost_answer_without_grace,
        callers: 2,
        callers_range: 1..=2,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(ONLY_DEFINITIVE_ERRORS_END_A_SESSION)),
            (RETRIES_AT_ONCE, Violated(ONLY_DEFINITIVE_ERRORS_END_A_SESSION)),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::lost_answer_until_successor_used,
        callers: 2,
        callers_range: 1..=2,
        cells: &[(SERIALIZED_WITH_RECHECK, Proved), (RETRIES_AT_ONCE, Proved)],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::crash_without_grace,
        callers: 1,
        callers_range: 1..=3,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(CALLERS_GET_LIVE_TOKENS)),
            (DETACHED_EXCHANGE, Violated(CALLERS_GET_LIVE_TOKENS)),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::crash_with_grace,
        callers: 2,
        callers_range: 1..=3,
        cells: &[(SERIALIZED_WITH_RECHECK, Proved), (DETACHED_EXCHANGE, Proved)],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::crash_after_answer,
        callers: 1,
        callers_range: 1..=2,
        cells: &[
            (PERSISTS_DETACHED, Violated(CALLERS_GET_LIVE_TOKENS)),
            (PERSISTS_BEFORE_RETURNING, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::crash_after_send,
        callers: 1,
        callers_range: 1..=3,
        cells: &[
            (SERIALIZED_WITH_RECHECK, Violated(REUSE_NEVER_DETECTED)),
            (MARKS_AFTER_PRESENTING, Violated(REUSE_NEVER_DETECTED)),
            (MARKS_BEFORE_PRESENTING, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::quota_write_during_refresh,
        callers: 2,
        callers_range: 2..=2,
        cells: &[
            (SWAPS_ONCE, Violated(CALLERS_GET_LIVE_TOKENS)),
            (SWAPS_UNTIL_WRITTEN, Proved),
            (SAVES_ONLY_IF_UNCHANGED, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::torn_read,
        callers: 2,
        callers_range: 1..=3,
        cells: &[
            (TRUNCATES_THEN_WRITES, Violated(CALLERS_GET_LIVE_TOKENS)),
            (TRUNCATES_UNDER_LOCK, Violated(CALLERS_GET_LIVE_TOKENS)),
            (RENAMES_UNDER_LOCK, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::second_expiry,
        callers: 1,
        callers_range: 1..=1,
        cells: &[
            (STORES_PRESENTED_TOKEN, Violated(CALLERS_GET_LIVE_TOKENS)),
            (SERIALIZED_WITH_RECHECK, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::renewal_restarted,
        callers: 1,
        callers_range: 1..=1,
        cells: &[
            (ORPHANED_TIMERS, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (NUMBERED_TIMERS, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::aged_token,
        callers: 1,
        callers_range: 1..=1,
        cells: &[
            (TIMER_FOR_WHOLE_LIFE, Violated(CALLERS_GET_LIVE_TOKENS)),
            (TIMER_UNTIL_END, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::late_answer,
        callers: 1,
        callers_range: 1..=1,
        cells: &[
            (COUNTS_FROM_RECEIPT, Violated(CALLERS_GET_LIVE_TOKENS)),
            (COUNTS_FROM_REQUEST, Proved),
            (REFERENCE, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::answer_after_deadline,
        callers: 1,
        callers_range: 1..=2,
        cells: &[
            (DEADLINE_OF_THE_REQUEST, Violated(REFRESH_TOKEN_PRESENTED_ONCE)),
            (DEADLINE_OF_THE_CALLER, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::fast_clock,
        callers: 1,
        callers_range: 1..=1,
        cells: &[
            (COMPARES_SERVERS_END, Violated(ONE_REFRESH_PER_EXPIRY)),
            (LEEWAY_BELOW_SKEW, Violated(ONE_REFRESH_PER_EXPIRY)),
            (SERIALIZED_WITH_RECHECK, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::slow_clock,
        callers: 1,
        callers_range: 1..=1,
        cells: &[
            (COMPARES_SERVERS_END, Violated(CALLERS_GET_LIVE_TOKENS)),
            (LEEWAY_BELOW_SKEW, Violated(CALLERS_GET_LIVE_TOKENS)),
            (SERIALIZED_WITH_RECHECK, Proved),
        ],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::torn_rotation,
        callers: 2,
        callers_range: 2..=3,
        cells: &[(CHECK_THEN_ACT, Violated(ONE_SUCCESSOR_PER_GRANT))],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::atomic_rotation,
        callers: 2,
        callers_range: 2..=3,
        cells: &[(CHECK_THEN_ACT, Proved)],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::everything_at_once,
        callers: 1,
        callers_range: 1..=3,
        cells: &[(REFERENCE, Proved)],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::replicas_without_grace,
        callers: 2,
        callers_range: 1..=3,
        cells: &[(LOCK_OF_ONE_PROCESS, Violated(REUSE_NEVER_DETECTED)), (REFERENCE, Proved)],
    },
    &RaceOf::<dyn TokenRefresher> {
        scenario: refresh::loss_without_grace,
        callers: 1,
        callers_range: 1..=3,
        cells: &[(REFERENCE, Violated(SIGNED_IN_STAYS_SIGNED_IN))],
    },
];

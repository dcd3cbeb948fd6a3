//! Callback handlers in their races.

use authloom::auth::CallbackHandler;
use authloom::property::{
    BEGUN_LOGIN_SUCCEEDS, CODE_PRESENTED_ONCE, EVERYONE_FINISHES, EXACTLY_ONE_SESSION,
    FAILED_EXCHANGE_LEAVES_NOTHING, ONE_SUCCESSOR_PER_GRANT, RETRY_RETURNS_SAME_SESSION,
    UNRELATED_KEYS_NOT_SERIALIZED,
};
use authloom_models::callback::{
    CHECK_THEN_INSERT, COMPARE_AND_SWAP, IDEMPOTENCY_KEY, KEYED_LOCK, LOCK_AROUND_FINAL_CALL,
    LOCK_LEAKED_ON_ERROR, LOGINS_SAVED_TOGETHER, NONCE_CHECKED_THEN_RECORDED, NONCE_CONSUMED_ONCE,
    NONCE_NEVER_CONSUMED, ONE_SLOT_FOR_ALL_LOGINS, PARTIAL_SESSION_BEFORE_EXCHANGE,
    PROCESS_WIDE_LOCK, REFERENCE, RENEWED_ON_RELOAD, SLOT_FOR_EACH_LOGIN, UNIQUE_INSERT,
};

use super::Declared::{Proved, Violated};
use super::{Race, RaceOf};
use crate::callback;

/// Races of callback handlers.
pub(super) static RACES: &[&dyn Race] = &[
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::same_browser_twice,
        callers: 2,
        callers_range: 1..=4,
        cells: &[
            (LOCK_AROUND_FINAL_CALL, Violated(EXACTLY_ONE_SESSION)),
            (CHECK_THEN_INSERT, Violated(EXACTLY_ONE_SESSION)),
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
            (CHECK_THEN_INSERT, Violated(CODE_PRESENTED_ONCE)),
            (UNIQUE_INSERT, Violated(CODE_PRESENTED_ONCE)),
            (NONCE_NEVER_CONSUMED, Violated(CODE_PRESENTED_ONCE)),
            (NONCE_CHECKED_THEN_RECORDED, Violated(CODE_PRESENTED_ONCE)),
            (NONCE_CONSUMED_ONCE, Proved),
            (KEYED_LOCK, Proved),
            (IDEMPOTENCY_KEY, Proved),
            (REFERENCE, Proved),
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
            (RENEWED_ON_RELOAD, Violated(RETRY_RETURNS_SAME_SESSION)),
            (PROCESS_WIDE_LOCK, Proved),
            (KEYED_LOCK, Proved),
            (UNIQUE_INSERT, Proved),
            (COMPARE_AND_SWAP, Proved),
            (IDEMPOTENCY_KEY, Proved),
            (REFERENCE, Proved),
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
            (REFERENCE, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::second_tab,
        callers: 2,
        callers_range: 1..=2,
        cells: &[
            (ONE_SLOT_FOR_ALL_LOGINS, Violated(EXACTLY_ONE_SESSION)),
            (LOGINS_SAVED_TOGETHER, Violated(BEGUN_LOGIN_SUCCEEDS)),
            (SLOT_FOR_EACH_LOGIN, Proved),
        ],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::torn_redemption,
        callers: 2,
        callers_range: 2..=3,
        cells: &[(CHECK_THEN_INSERT, Violated(ONE_SUCCESSOR_PER_GRANT))],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::atomic_redemption,
        callers: 2,
        callers_range: 2..=3,
        cells: &[(CHECK_THEN_INSERT, Proved)],
    },
    &RaceOf::<dyn CallbackHandler> {
        scenario: callback::everything_at_once,
        callers: 2,
        callers_range: 1..=3,
        cells: &[(UNIQUE_INSERT, Violated(CODE_PRESENTED_ONCE))],
    },
];

//! What is put behind the programs: right models, each with the programs that it is right for by
//! its own documentation; and wrong ones.

use authloom::auth::TokenRefresher;
use authloom_models::Model;
use authloom_models::refresh::{
    CHECK_THEN_ACT, DELETES_ON_REFUSAL, DETACHED_EXCHANGE, FILE_LOCK_WITH_REREAD,
    LOCK_OF_ONE_PROCESS, REFERENCE, RESULT_TAKEN_ONCE, SAVES_AFTER_SIGN_OUT,
    SAVES_ONLY_IF_UNCHANGED, SERIALIZED_PER_SESSION, SERIALIZED_WITH_RECHECK,
    SERIALIZED_WITHOUT_RECHECK, SINGLE_FLIGHT, SINGLE_FLIGHT_FOR_EVERYBODY, WAITER_CLEARS_SLOT,
};

use crate::workload::{Login, Passes, Workload};

/// An implementation, and the programs that it is right for.
pub struct RightFor {
    pub model: Model<dyn TokenRefresher>,
    pub is_right_for: fn(&Workload) -> bool,
}

pub const RIGHT: &[RightFor] = &[
    // Where an answer may be slow, several processes need a server that forgives; and who joins a
    // request that has been under way for an hour needs it to have given up by then.
    RightFor {
        model: REFERENCE,
        is_right_for: |it| {
            let is_alone = it.processes.len() == 1 || it.befalls.time.is_none();
            (is_alone || it.is_forgiven()) && (counts_right(it) || it.tasks().count() == 1)
        },
    },
    RightFor {
        model: DETACHED_EXCHANGE,
        is_right_for: |it| it.processes.len() == 1 && it.sign_outs() == 0 && counts_right(it),
    },
    RightFor {
        model: SERIALIZED_WITH_RECHECK,
        is_right_for: |it| is_one_process_that_nobody_leaves(it),
    },
    RightFor {
        model: SERIALIZED_PER_SESSION,
        is_right_for: |it| is_one_process_that_nobody_leaves(it),
    },
    RightFor {
        model: SINGLE_FLIGHT,
        is_right_for: |it| {
            is_one_process_that_nobody_leaves(it)
                && it.befalls.fault.is_none()
                && it.befalls.crashes == 0
        },
    },
    // A crash lets go of the lock while what was sent to the store is still on its way.
    RightFor {
        model: FILE_LOCK_WITH_REREAD,
        is_right_for: |it| {
            it.sign_outs() == 0
                && it.befalls.cancellations == 0
                && it.befalls.crashes == 0
                && counts_right(it)
        },
    },
    // It stores right, and does not keep two requests from spending one token.
    RightFor {
        model: SAVES_ONLY_IF_UNCHANGED,
        is_right_for: |it| {
            it.users().all(|user| it.asks_for(user) <= 1)
                && it.befalls.cancellations == 0
                && it.befalls.crashes == 0
                && counts_right(it)
        },
    },
];

/// `expires_in` counts from when the answer was made (RFC 6749, section 5.1), and these models
/// count from when they got it: a token that was an hour on its way, they take for a live one.
fn counts_right(workload: &Workload) -> bool {
    workload.login == Login::Live || workload.befalls.time != Some(Passes::ForAnHour)
}

/// Nobody is cancelled, and nobody signs out.
fn is_one_process_that_nobody_leaves(workload: &Workload) -> bool {
    workload.processes.len() == 1
        && workload.sign_outs() == 0
        && workload.befalls.cancellations == 0
        && counts_right(workload)
}

pub const WRONG: &[Model<dyn TokenRefresher>] = &[
    CHECK_THEN_ACT,
    SERIALIZED_WITHOUT_RECHECK,
    LOCK_OF_ONE_PROCESS,
    SINGLE_FLIGHT_FOR_EVERYBODY,
    RESULT_TAKEN_ONCE,
    SAVES_AFTER_SIGN_OUT,
    DELETES_ON_REFUSAL,
    WAITER_CLEARS_SLOT,
];

//! What is put behind the programs: right models, each with the programs that it is right for by
//! its own documentation; and wrong ones.

use authloom::auth::TokenRefresher;
use authloom_models::Model;
use authloom_models::refresh::{
    CHECK_THEN_ACT, DETACHED_EXCHANGE, FILE_LOCK_WITH_REREAD, FLIGHT_WITHOUT_REREAD,
    LOCK_OF_ONE_PROCESS, REFERENCE, REREADS_BEFORE_SAVE, RESULT_TAKEN_ONCE, SAVES_AFTER_SIGN_OUT,
    SAVES_ONLY_IF_UNCHANGED, SERIALIZED_PER_SESSION, SERIALIZED_WITH_RECHECK,
    SERIALIZED_WITHOUT_RECHECK, SINGLE_FLIGHT, SINGLE_FLIGHT_FOR_EVERYBODY, WAITER_CLEARS_SLOT,
};

use crate::workload::{Login, Passes, Request, User, Workload};

/// An implementation, and the programs that it is right for.
pub struct RightFor {
    pub model: Model<dyn TokenRefresher>,
    pub is_right_for: fn(&Workload) -> bool,
}

pub const RIGHT: &[RightFor] = &[
    // Where an answer may be slow, several processes need a server that forgives; and who joins a
    // request that has been under way for an hour needs it to have given up by then. A write of a
    // process that is gone, or has been slow, is told by the refresh token that it replaces: at a
    // server that does not rotate, it is the same for ever, and the older access token comes back.
    RightFor {
        model: REFERENCE,
        is_right_for: |it| {
            let is_alone = it.processes.len() == 1 || it.befalls.time.is_none();
            let is_in_time = is_alone || it.is_forgiven();
            let is_told = it.rotates() || (is_alone && it.befalls.crashes == 0);
            is_in_time && is_told && (counts_right(it) || it.tasks().count() == 1)
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
pub fn counts_right(workload: &Workload) -> bool {
    workload.login == Login::Live || workload.befalls.time != Some(Passes::ForAnHour)
}

/// Nobody is cancelled, and nobody signs out.
fn is_one_process_that_nobody_leaves(workload: &Workload) -> bool {
    workload.processes.len() == 1
        && workload.sign_outs() == 0
        && workload.befalls.cancellations == 0
        && counts_right(workload)
}

/// A wrong implementation.
pub struct Wrong {
    pub model: Model<dyn TokenRefresher>,
    /// The programs that are about its own fault: what it was never meant for says nothing of it.
    pub is_about: fn(&Workload) -> bool,
    /// What makes the simplest of these that shows the fault: its tasks by process, and whether
    /// somebody has to be cancelled. Nothing else befalls, at a server that forgives nothing.
    pub simplest: (&'static [&'static [&'static [Request]]], usize),
}

const ASK: &[Request] = &[Request::Token(User::Alice)];

pub const WRONG: &[Wrong] = &[
    // Two have to be at it, or nothing comes between the look and the act.
    Wrong { model: CHECK_THEN_ACT, is_about: is_one_process, simplest: (&[&[ASK, ASK]], 0) },
    // One has to wait for the other.
    Wrong {
        model: SERIALIZED_WITHOUT_RECHECK,
        is_about: is_one_process,
        simplest: (&[&[ASK, ASK]], 0),
    },
    Wrong { model: FLIGHT_WITHOUT_REREAD, is_about: is_one_process, simplest: (&[&[ASK, ASK]], 0) },
    // Only the second who takes the result finds nothing.
    Wrong { model: RESULT_TAKEN_ONCE, is_about: is_one_process, simplest: (&[&[ASK, ASK]], 0) },
    // Within a process its lock is one.
    Wrong {
        model: LOCK_OF_ONE_PROCESS,
        is_about: |it| {
            it.sign_outs() == 0 && it.befalls.cancellations == 0 && it.befalls.crashes == 0
        },
        simplest: (&[&[ASK], &[ASK]], 0),
    },
    // It takes another user to get another's token.
    Wrong {
        model: SINGLE_FLIGHT_FOR_EVERYBODY,
        is_about: |it| is_one_process_that_nobody_leaves(it) && it.befalls.fault.is_none(),
        simplest: (&[&[ASK, &[Request::Token(User::Bob)]]], 0),
    },
    // One request of each kind, or it spends a token twice, which is not the fault meant.
    Wrong {
        model: SAVES_AFTER_SIGN_OUT,
        is_about: |it| is_one_process(it) && it.asks_for(User::Alice) <= 1,
        simplest: (&[&[ASK, &[Request::SignOut(User::Alice)]]], 0),
    },
    Wrong {
        model: REREADS_BEFORE_SAVE,
        is_about: |it| is_one_process(it) && it.asks_for(User::Alice) <= 1,
        simplest: (&[&[ASK, &[Request::SignOut(User::Alice)]]], 0),
    },
    // Who waits has to leave while another comes.
    Wrong { model: WAITER_CLEARS_SLOT, is_about: is_one_process, simplest: (&[&[ASK, ASK]], 1) },
];

fn is_one_process(workload: &Workload) -> bool {
    workload.processes.len() == 1
}

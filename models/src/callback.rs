//! OIDC callback handlers.

use std::sync::Arc;

use authloom::auth::{CallbackHandler, Capability};

use crate::Model;

mod check_then_insert;
mod compare_and_swap;
mod idempotency_key;
mod keyed_lock;
mod lock_around_final_call;
mod lock_leaked_on_error;
mod logins_saved_together;
mod nonce_checked_then_recorded;
mod nonce_consumed_once;
mod nonce_never_consumed;
mod one_slot_for_all_logins;
mod partial_session_before_exchange;
mod process_wide_lock;
mod reference;
mod renewed_on_reload;
mod slot_for_each_login;
mod unique_insert;

pub use check_then_insert::CheckThenInsert;
pub use compare_and_swap::CompareAndSwap;
pub use idempotency_key::IdempotencyKey;
pub use keyed_lock::KeyedLock;
pub use lock_around_final_call::LockAroundFinalCall;
pub use lock_leaked_on_error::LockLeakedOnError;
pub use logins_saved_together::LoginsSavedTogether;
pub use nonce_checked_then_recorded::NonceCheckedThenRecorded;
pub use nonce_consumed_once::NonceConsumedOnce;
pub use nonce_never_consumed::NonceNeverConsumed;
pub use one_slot_for_all_logins::OneSlotForAllLogins;
pub use partial_session_before_exchange::PartialSessionBeforeExchange;
pub use process_wide_lock::ProcessWideLock;
pub use reference::Reference;
pub use renewed_on_reload::RenewedOnReload;
pub use slot_for_each_login::SlotForEachLogin;
pub use unique_insert::UniqueInsert;

/// A model that is built on the token endpoint and a session store that offers a capability, and on
/// what else it keeps.
macro_rules! handler {
    ($type:ident, $capability:ident, $name:literal, $summary:literal $(, $other:ident)*) => {
        Model {
            name: $name,
            summary: $summary,
            build: |world| {
                let store = world.session_store(Capability::$capability);
                Arc::new($type::new(world.token_endpoint(), store, $(world.$other()),*))
            },
        }
    };
}

/// [`LockAroundFinalCall`].
pub const LOCK_AROUND_FINAL_CALL: Model<dyn CallbackHandler> = handler!(
    LockAroundFinalCall,
    PlainPut,
    "callback/lock-around-final-call",
    "checks, exchanges and creates without a lock, and locks the last call"
);

/// [`ProcessWideLock`].
pub const PROCESS_WIDE_LOCK: Model<dyn CallbackHandler> = handler!(
    ProcessWideLock,
    PlainPut,
    "callback/process-wide-lock",
    "one lock for all logins, around check, exchange and creation"
);

/// [`KeyedLock`].
pub const KEYED_LOCK: Model<dyn CallbackHandler> = handler!(
    KeyedLock,
    PlainPut,
    "callback/keyed-lock",
    "a lock for each browser, around check, exchange and creation"
);

/// [`RenewedOnReload`].
pub const RENEWED_ON_RELOAD: Model<dyn CallbackHandler> = handler!(
    RenewedOnReload,
    PlainPut,
    "callback/renewed-on-reload",
    "one lock for all logins, and a new session for each callback"
);

/// [`UniqueInsert`].
pub const UNIQUE_INSERT: Model<dyn CallbackHandler> = handler!(
    UniqueInsert,
    UniqueInsert,
    "callback/unique-insert",
    "no lock; the store refuses a second session and the loser takes the first"
);

/// [`CompareAndSwap`].
pub const COMPARE_AND_SWAP: Model<dyn CallbackHandler> = handler!(
    CompareAndSwap,
    CompareAndSwap,
    "callback/compare-and-swap",
    "no lock; the store swaps only what was read and the loser takes what is there"
);

/// [`IdempotencyKey`].
pub const IDEMPOTENCY_KEY: Model<dyn CallbackHandler> = handler!(
    IdempotencyKey,
    PlainPut,
    "callback/idempotency-key",
    "the first callback of a login does the work, all others get its result"
);

/// [`PartialSessionBeforeExchange`].
pub const PARTIAL_SESSION_BEFORE_EXCHANGE: Model<dyn CallbackHandler> = handler!(
    PartialSessionBeforeExchange,
    PlainPut,
    "callback/partial-session-before-exchange",
    "creates the session first and exchanges the code for it afterwards"
);

/// [`LockLeakedOnError`].
pub const LOCK_LEAKED_ON_ERROR: Model<dyn CallbackHandler> = handler!(
    LockLeakedOnError,
    PlainPut,
    "callback/lock-leaked-on-error",
    "marks the browser as busy and forgets to unmark it when the exchange fails"
);

/// [`OneSlotForAllLogins`].
pub const ONE_SLOT_FOR_ALL_LOGINS: Model<dyn CallbackHandler> = handler!(
    OneSlotForAllLogins,
    UniqueInsert,
    "callback/one-slot-for-all-logins",
    "puts a login's state aside over that of another tab's login",
    login_store
);

/// [`LoginsSavedTogether`].
pub const LOGINS_SAVED_TOGETHER: Model<dyn CallbackHandler> = handler!(
    LoginsSavedTogether,
    UniqueInsert,
    "callback/logins-saved-together",
    "a slot for each login's state, and all slots read and stored as one",
    login_store
);

/// [`SlotForEachLogin`].
pub const SLOT_FOR_EACH_LOGIN: Model<dyn CallbackHandler> = handler!(
    SlotForEachLogin,
    UniqueInsert,
    "callback/slot-for-each-login",
    "puts each login's state aside by itself",
    login_store
);

/// [`NonceNeverConsumed`].
pub const NONCE_NEVER_CONSUMED: Model<dyn CallbackHandler> = handler!(
    NonceNeverConsumed,
    PlainPut,
    "callback/nonce-never-consumed",
    "handles whatever has a good nonce, however often it comes"
);

/// [`NonceCheckedThenRecorded`].
pub const NONCE_CHECKED_THEN_RECORDED: Model<dyn CallbackHandler> = handler!(
    NonceCheckedThenRecorded,
    PlainPut,
    "callback/nonce-checked-then-recorded",
    "looks whether a nonce is used, then records that it is",
    nonce_store
);

/// [`NonceConsumedOnce`].
pub const NONCE_CONSUMED_ONCE: Model<dyn CallbackHandler> = handler!(
    NonceConsumedOnce,
    PlainPut,
    "callback/nonce-consumed-once",
    "records that a nonce is used if it is not, in one operation",
    nonce_store
);

/// [`CheckThenInsert`].
pub const CHECK_THEN_INSERT: Model<dyn CallbackHandler> = handler!(
    CheckThenInsert,
    PlainPut,
    "callback/check-then-insert",
    "looks for a session, exchanges, and creates one if there was none"
);

/// [`Reference`].
pub const REFERENCE: Model<dyn CallbackHandler> = Model {
    name: "callback/reference",
    summary: "the design to copy: claim of the login, exchange of its own, unique insert",
    build: |world| {
        Arc::new(Reference::new(
            world.token_endpoint(),
            world.session_store(Capability::UniqueInsert),
            world.lease_store(),
            world.spawner(),
        ))
    },
};

/// Every callback handler.
pub const MODELS: &[Model<dyn CallbackHandler>] = &[
    REFERENCE,
    LOCK_AROUND_FINAL_CALL,
    PROCESS_WIDE_LOCK,
    KEYED_LOCK,
    RENEWED_ON_RELOAD,
    UNIQUE_INSERT,
    COMPARE_AND_SWAP,
    IDEMPOTENCY_KEY,
    PARTIAL_SESSION_BEFORE_EXCHANGE,
    LOCK_LEAKED_ON_ERROR,
    ONE_SLOT_FOR_ALL_LOGINS,
    LOGINS_SAVED_TOGETHER,
    SLOT_FOR_EACH_LOGIN,
    NONCE_NEVER_CONSUMED,
    NONCE_CHECKED_THEN_RECORDED,
    NONCE_CONSUMED_ONCE,
    CHECK_THEN_INSERT,
];

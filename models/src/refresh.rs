//! Token refreshers.

use std::sync::Arc;

use authloom::auth::TokenRefresher;

use crate::Model;

mod check_then_act;
mod detached_exchange;
mod failed_renewal_ignored;
mod failed_renewal_published;
mod failure_cached;
mod leader_takes_waiters_along;
mod never_settles_on_error;
mod notifies_after_unlock;
mod notifies_under_lock;
mod serialized_per_session;
mod serialized_with_recheck;
mod serialized_without_recheck;
mod single_flight;
mod single_flight_for_everybody;
mod waiter_clears_slot;
mod write_guard_across_fetch;

pub use check_then_act::CheckThenAct;
pub use detached_exchange::DetachedExchange;
pub use failed_renewal_ignored::FailedRenewalIgnored;
pub use failed_renewal_published::FailedRenewalPublished;
pub use failure_cached::FailureCached;
pub use leader_takes_waiters_along::LeaderTakesWaitersAlong;
pub use never_settles_on_error::NeverSettlesOnError;
pub use notifies_after_unlock::NotifiesAfterUnlock;
pub use notifies_under_lock::NotifiesUnderLock;
pub use serialized_per_session::SerializedPerSession;
pub use serialized_with_recheck::SerializedWithRecheck;
pub use serialized_without_recheck::SerializedWithoutRecheck;
pub use single_flight::SingleFlight;
pub use single_flight_for_everybody::SingleFlightForEverybody;
pub use waiter_clears_slot::WaiterClearsSlot;
pub use write_guard_across_fetch::WriteGuardAcrossFetch;

/// A model that is built on the token endpoint, the token store and the clock.
macro_rules! refresher {
    ($type:ident, $name:literal, $summary:literal) => {
        Model {
            name: $name,
            summary: $summary,
            build: |world| {
                Arc::new($type::new(world.token_endpoint(), world.token_store(), world.clock()))
            },
        }
    };
}

/// A model that is built on these and a place to start tasks.
macro_rules! spawning_refresher {
    ($type:ident, $name:literal, $summary:literal) => {
        Model {
            name: $name,
            summary: $summary,
            build: |world| {
                Arc::new($type::new(
                    world.token_endpoint(),
                    world.token_store(),
                    world.clock(),
                    world.spawner(),
                ))
            },
        }
    };
}

/// [`CheckThenAct`].
pub const CHECK_THEN_ACT: Model<dyn TokenRefresher> = refresher!(
    CheckThenAct,
    "refresh/check-then-act",
    "reads the refresh token, lets go of it, exchanges it, stores its successor"
);

/// [`SerializedWithoutRecheck`].
pub const SERIALIZED_WITHOUT_RECHECK: Model<dyn TokenRefresher> = refresher!(
    SerializedWithoutRecheck,
    "refresh/serialized-without-recheck",
    "one refresh at a time, but whoever waited refreshes again"
);

/// [`SerializedWithRecheck`].
pub const SERIALIZED_WITH_RECHECK: Model<dyn TokenRefresher> = refresher!(
    SerializedWithRecheck,
    "refresh/serialized-with-recheck",
    "one refresh at a time; whoever waited looks again whether it is still needed"
);

/// [`SerializedPerSession`].
pub const SERIALIZED_PER_SESSION: Model<dyn TokenRefresher> = refresher!(
    SerializedPerSession,
    "refresh/serialized-per-session",
    "one refresh at a time for each user; whoever waited looks again"
);

/// [`SingleFlight`].
pub const SINGLE_FLIGHT: Model<dyn TokenRefresher> = refresher!(
    SingleFlight,
    "refresh/single-flight",
    "callers of one user share one refresh and its result"
);

/// [`SingleFlightForEverybody`].
pub const SINGLE_FLIGHT_FOR_EVERYBODY: Model<dyn TokenRefresher> = refresher!(
    SingleFlightForEverybody,
    "refresh/single-flight-for-everybody",
    "all callers share one refresh and its result, whoever it is for"
);

/// [`DetachedExchange`].
pub const DETACHED_EXCHANGE: Model<dyn TokenRefresher> = spawning_refresher!(
    DetachedExchange,
    "refresh/detached-exchange",
    "callers share one refresh, which belongs to a task of its own"
);

/// [`FailedRenewalIgnored`].
pub const FAILED_RENEWAL_IGNORED: Model<dyn TokenRefresher> = spawning_refresher!(
    FailedRenewalIgnored,
    "refresh/failed-renewal-ignored",
    "a failed renewal ahead of the end changes nothing"
);

/// [`FailedRenewalPublished`].
pub const FAILED_RENEWAL_PUBLISHED: Model<dyn TokenRefresher> = spawning_refresher!(
    FailedRenewalPublished,
    "refresh/failed-renewal-published",
    "a failed renewal ahead of the end replaces the token that still works"
);

/// [`FailureCached`].
pub const FAILURE_CACHED: Model<dyn TokenRefresher> = refresher!(
    FailureCached,
    "refresh/failure-cached",
    "callers share one refresh, and its failure is kept"
);

/// [`LeaderTakesWaitersAlong`].
pub const LEADER_TAKES_WAITERS_ALONG: Model<dyn TokenRefresher> = refresher!(
    LeaderTakesWaitersAlong,
    "refresh/leader-takes-waiters-along",
    "whoever came first refreshes for all, and takes all along when cancelled"
);

/// [`NeverSettlesOnError`].
pub const NEVER_SETTLES_ON_ERROR: Model<dyn TokenRefresher> = refresher!(
    NeverSettlesOnError,
    "refresh/never-settles-on-error",
    "callers share one refresh, and are not told when it fails"
);

/// [`NotifiesAfterUnlock`].
pub const NOTIFIES_AFTER_UNLOCK: Model<dyn TokenRefresher> = refresher!(
    NotifiesAfterUnlock,
    "refresh/notifies-after-unlock",
    "tells a listener of the new token when the lock is free again"
);

/// [`NotifiesUnderLock`].
pub const NOTIFIES_UNDER_LOCK: Model<dyn TokenRefresher> = refresher!(
    NotifiesUnderLock,
    "refresh/notifies-under-lock",
    "tells a listener, which asks for a token, with the lock held"
);

/// [`WaiterClearsSlot`].
pub const WAITER_CLEARS_SLOT: Model<dyn TokenRefresher> = spawning_refresher!(
    WaiterClearsSlot,
    "refresh/waiter-clears-slot",
    "the refresh is a task of its own, and who stops waiting forgets it"
);

/// [`WriteGuardAcrossFetch`].
pub const WRITE_GUARD_ACROSS_FETCH: Model<dyn TokenRefresher> = refresher!(
    WriteGuardAcrossFetch,
    "refresh/write-guard-across-fetch",
    "a cache whose write guard is held while a token is fetched"
);

/// Every refresher.
pub const MODELS: &[Model<dyn TokenRefresher>] = &[
    CHECK_THEN_ACT,
    SERIALIZED_WITHOUT_RECHECK,
    SERIALIZED_WITH_RECHECK,
    SERIALIZED_PER_SESSION,
    SINGLE_FLIGHT,
    SINGLE_FLIGHT_FOR_EVERYBODY,
    DETACHED_EXCHANGE,
    FAILED_RENEWAL_IGNORED,
    FAILED_RENEWAL_PUBLISHED,
    FAILURE_CACHED,
    LEADER_TAKES_WAITERS_ALONG,
    NEVER_SETTLES_ON_ERROR,
    NOTIFIES_AFTER_UNLOCK,
    NOTIFIES_UNDER_LOCK,
    WAITER_CLEARS_SLOT,
    WRITE_GUARD_ACROSS_FETCH,
];

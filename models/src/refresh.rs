//! Token refreshers.

use std::sync::Arc;

use authloom::auth::TokenRefresher;

use crate::Model;

mod check_then_act;
mod compares_and_deletes;
mod deletes_on_refusal;
mod detached_exchange;
mod failed_renewal_ignored;
mod failed_renewal_published;
mod failure_cached;
mod file_lock_with_reread;
mod flight_checked_then_registered;
mod flight_joined_or_registered;
mod flight_removed_by_its_leader;
mod flight_removed_by_old_leader;
mod flight_without_reread;
mod leader_takes_waiters_along;
mod lease_outlasts_answer;
mod lease_outlived;
mod lock_of_one_process;
mod never_settles_on_error;
mod notifies_after_unlock;
mod notifies_under_lock;
mod published_with_relaxed_flag;
mod published_with_release_flag;
mod rereads_before_delete;
mod rereads_before_save;
mod retries_at_once;
mod saves_after_sign_out;
mod saves_only_if_unchanged;
mod serialized_per_session;
mod serialized_with_recheck;
mod serialized_without_recheck;
mod single_flight;
mod single_flight_for_everybody;
mod std_lock_check_then_act;
mod std_lock_checked_again;
mod unlocked_when_busy;
mod waiter_clears_slot;
mod write_guard_across_fetch;

pub use check_then_act::CheckThenAct;
pub use compares_and_deletes::ComparesAndDeletes;
pub use deletes_on_refusal::DeletesOnRefusal;
pub use detached_exchange::DetachedExchange;
pub use failed_renewal_ignored::FailedRenewalIgnored;
pub use failed_renewal_published::FailedRenewalPublished;
pub use failure_cached::FailureCached;
pub use file_lock_with_reread::FileLockWithReread;
pub use flight_checked_then_registered::FlightCheckedThenRegistered;
pub use flight_joined_or_registered::FlightJoinedOrRegistered;
pub use flight_removed_by_its_leader::FlightRemovedByItsLeader;
pub use flight_removed_by_old_leader::FlightRemovedByOldLeader;
pub use flight_without_reread::FlightWithoutReread;
pub use leader_takes_waiters_along::LeaderTakesWaitersAlong;
pub use lease_outlasts_answer::LeaseOutlastsAnswer;
pub use lease_outlived::LeaseOutlived;
pub use lock_of_one_process::LockOfOneProcess;
pub use never_settles_on_error::NeverSettlesOnError;
pub use notifies_after_unlock::NotifiesAfterUnlock;
pub use notifies_under_lock::NotifiesUnderLock;
pub use published_with_relaxed_flag::PublishedWithRelaxedFlag;
pub use published_with_release_flag::PublishedWithReleaseFlag;
pub use rereads_before_delete::RereadsBeforeDelete;
pub use rereads_before_save::RereadsBeforeSave;
pub use retries_at_once::RetriesAtOnce;
pub use saves_after_sign_out::SavesAfterSignOut;
pub use saves_only_if_unchanged::SavesOnlyIfUnchanged;
pub use serialized_per_session::SerializedPerSession;
pub use serialized_with_recheck::SerializedWithRecheck;
pub use serialized_without_recheck::SerializedWithoutRecheck;
pub use single_flight::SingleFlight;
pub use single_flight_for_everybody::SingleFlightForEverybody;
pub use std_lock_check_then_act::StdLockCheckThenAct;
pub use std_lock_checked_again::StdLockCheckedAgain;
pub use unlocked_when_busy::UnlockedWhenBusy;
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

/// A model that is built on a store that several processes share, and on what else they do.
macro_rules! sharing_refresher {
    ($type:ident, $name:literal, $summary:literal $(, $shared:ident)?) => {
        Model {
            name: $name,
            summary: $summary,
            build: |world| {
                Arc::new($type::new(
                    world.token_endpoint(),
                    world.shared_token_store(),
                    world.clock(),
                    $(world.$shared(),)?
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

/// [`FlightCheckedThenRegistered`].
pub const FLIGHT_CHECKED_THEN_REGISTERED: Model<dyn TokenRefresher> = refresher!(
    FlightCheckedThenRegistered,
    "refresh/flight-checked-then-registered",
    "looks for a running refresh and registers one in two holds of an async lock"
);

/// [`FlightJoinedOrRegistered`].
pub const FLIGHT_JOINED_OR_REGISTERED: Model<dyn TokenRefresher> = refresher!(
    FlightJoinedOrRegistered,
    "refresh/flight-joined-or-registered",
    "looks for a running refresh and registers one in one hold of an async lock"
);

/// [`FlightRemovedByOldLeader`].
pub const FLIGHT_REMOVED_BY_OLD_LEADER: Model<dyn TokenRefresher> = refresher!(
    FlightRemovedByOldLeader,
    "refresh/flight-removed-by-old-leader",
    "a leader removes the flight that is registered, its own or a newcomer's"
);

/// [`FlightRemovedByItsLeader`].
pub const FLIGHT_REMOVED_BY_ITS_LEADER: Model<dyn TokenRefresher> = refresher!(
    FlightRemovedByItsLeader,
    "refresh/flight-removed-by-its-leader",
    "a leader removes its own flight and no other"
);

/// [`StdLockCheckThenAct`].
pub const STD_LOCK_CHECK_THEN_ACT: Model<dyn TokenRefresher> = refresher!(
    StdLockCheckThenAct,
    "refresh/std-lock-check-then-act",
    "reads a std lock to look for a running refresh, then writes it to register one"
);

/// [`StdLockCheckedAgain`].
pub const STD_LOCK_CHECKED_AGAIN: Model<dyn TokenRefresher> = refresher!(
    StdLockCheckedAgain,
    "refresh/std-lock-checked-again",
    "whoever writes the std lock to register a refresh looks again first"
);

/// [`PublishedWithRelaxedFlag`].
pub const PUBLISHED_WITH_RELAXED_FLAG: Model<dyn TokenRefresher> = refresher!(
    PublishedWithRelaxedFlag,
    "refresh/published-with-relaxed-flag",
    "publishes the new token, then sets a Relaxed flag"
);

/// [`PublishedWithReleaseFlag`].
pub const PUBLISHED_WITH_RELEASE_FLAG: Model<dyn TokenRefresher> = refresher!(
    PublishedWithReleaseFlag,
    "refresh/published-with-release-flag",
    "publishes the new token, then sets a flag with Release"
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

/// [`ComparesAndDeletes`].
pub const COMPARES_AND_DELETES: Model<dyn TokenRefresher> = sharing_refresher!(
    ComparesAndDeletes,
    "refresh/compares-and-deletes",
    "removes what was refused if it is still stored, in one operation"
);

/// [`DeletesOnRefusal`].
pub const DELETES_ON_REFUSAL: Model<dyn TokenRefresher> = sharing_refresher!(
    DeletesOnRefusal,
    "refresh/deletes-on-refusal",
    "a refused refresh removes what is stored, whatever it is"
);

/// [`FileLockWithReread`].
pub const FILE_LOCK_WITH_REREAD: Model<dyn TokenRefresher> = sharing_refresher!(
    FileLockWithReread,
    "refresh/file-lock-with-reread",
    "one refresh at a time in all processes, with a second look",
    file_lock
);

/// [`FlightWithoutReread`].
pub const FLIGHT_WITHOUT_REREAD: Model<dyn TokenRefresher> = sharing_refresher!(
    FlightWithoutReread,
    "refresh/flight-without-reread",
    "callers share one refresh, with the token read before it began"
);

/// [`LeaseOutlastsAnswer`].
pub const LEASE_OUTLASTS_ANSWER: Model<dyn TokenRefresher> = sharing_refresher!(
    LeaseOutlastsAnswer,
    "refresh/lease-outlasts-answer",
    "a lease that outlasts any answer; who finds it taken tries later",
    lease_store
);

/// [`LeaseOutlived`].
pub const LEASE_OUTLIVED: Model<dyn TokenRefresher> = sharing_refresher!(
    LeaseOutlived,
    "refresh/lease-outlived",
    "a lease that ends before a slow answer comes",
    lease_store
);

/// [`LockOfOneProcess`].
pub const LOCK_OF_ONE_PROCESS: Model<dyn TokenRefresher> = sharing_refresher!(
    LockOfOneProcess,
    "refresh/lock-of-one-process",
    "one refresh at a time, in each of several processes"
);

/// [`RereadsBeforeDelete`].
pub const REREADS_BEFORE_DELETE: Model<dyn TokenRefresher> = sharing_refresher!(
    RereadsBeforeDelete,
    "refresh/rereads-before-delete",
    "looks, and removes what is stored if it is what was refused"
);

/// [`RereadsBeforeSave`].
pub const REREADS_BEFORE_SAVE: Model<dyn TokenRefresher> = sharing_refresher!(
    RereadsBeforeSave,
    "refresh/rereads-before-save",
    "looks, and stores the result if what was refreshed is still stored"
);

/// [`RetriesAtOnce`].
pub const RETRIES_AT_ONCE: Model<dyn TokenRefresher> = refresher!(
    RetriesAtOnce,
    "refresh/retries-at-once",
    "one refresh at a time; one that got no answer is sent again at once"
);

/// [`SavesAfterSignOut`].
pub const SAVES_AFTER_SIGN_OUT: Model<dyn TokenRefresher> = sharing_refresher!(
    SavesAfterSignOut,
    "refresh/saves-after-sign-out",
    "stores the result of a refresh, whatever has happened meanwhile"
);

/// [`SavesOnlyIfUnchanged`].
pub const SAVES_ONLY_IF_UNCHANGED: Model<dyn TokenRefresher> = sharing_refresher!(
    SavesOnlyIfUnchanged,
    "refresh/saves-only-if-unchanged",
    "stores the result if what was refreshed is still stored, in one operation"
);

/// [`UnlockedWhenBusy`].
pub const UNLOCKED_WHEN_BUSY: Model<dyn TokenRefresher> = sharing_refresher!(
    UnlockedWhenBusy,
    "refresh/unlocked-when-busy",
    "a lease, and a refresh without it while it is taken",
    lease_store
);

/// [`SingleFlight`] on a store that several processes share.
pub const SINGLE_FLIGHT_ON_SHARED_STORE: Model<dyn TokenRefresher> = sharing_refresher!(
    SingleFlight,
    "refresh/single-flight-on-shared-store",
    "callers of one user share one refresh, which looks at the store again"
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
    COMPARES_AND_DELETES,
    DELETES_ON_REFUSAL,
    FILE_LOCK_WITH_REREAD,
    FLIGHT_WITHOUT_REREAD,
    LEASE_OUTLASTS_ANSWER,
    LEASE_OUTLIVED,
    LOCK_OF_ONE_PROCESS,
    REREADS_BEFORE_DELETE,
    REREADS_BEFORE_SAVE,
    RETRIES_AT_ONCE,
    SAVES_AFTER_SIGN_OUT,
    SAVES_ONLY_IF_UNCHANGED,
    UNLOCKED_WHEN_BUSY,
    SINGLE_FLIGHT_ON_SHARED_STORE,
    FLIGHT_CHECKED_THEN_REGISTERED,
    FLIGHT_JOINED_OR_REGISTERED,
    FLIGHT_REMOVED_BY_OLD_LEADER,
    FLIGHT_REMOVED_BY_ITS_LEADER,
    STD_LOCK_CHECK_THEN_ACT,
    STD_LOCK_CHECKED_AGAIN,
    PUBLISHED_WITH_RELAXED_FLAG,
    PUBLISHED_WITH_RELEASE_FLAG,
];

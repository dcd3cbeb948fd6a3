//! Every refresher by name, and how it is built in a world.

use std::sync::Arc;

use authloom::auth::{Isolation, TokenRefresher};

use crate::Model;
use crate::refresh::*;

/// A model that is built on a store of the world's, and on what else it shares.
macro_rules! refresher_on {
    (
        $store:ident $(($isolation:expr))?,
        $type:ident, $name:literal, $summary:literal $(, $shared:ident)*
    ) => {
        Model {
            name: $name,
            summary: $summary,
            build: |world| {
                Arc::new($type::new(
                    world.token_endpoint(),
                    world.$store($($isolation)?),
                    world.clock(),
                    $(world.$shared(),)*
                ))
            },
        }
    };
}

/// A model that is built on the token endpoint, the token store and the clock.
macro_rules! refresher {
    ($($model:tt)*) => {
        refresher_on!(token_store, $($model)*)
    };
}

/// A model that is built on these and a place to start tasks.
macro_rules! spawning_refresher {
    ($($model:tt)*) => {
        refresher_on!(token_store, $($model)*, spawner)
    };
}

/// A model that is built on a store that several processes share, and on what else they do.
macro_rules! sharing_refresher {
    ($($model:tt)*) => {
        refresher_on!(shared_token_store, $($model)*)
    };
}

/// A model that is built on a store of accounts.
macro_rules! account_refresher {
    ($($model:tt)*) => {
        refresher_on!(account_store, $($model)*)
    };
}

/// A model that is built on a database whose transactions are read committed.
macro_rules! read_committed_refresher {
    ($($model:tt)*) => {
        refresher_on!(token_database(Isolation::ReadCommitted), $($model)*)
    };
}

/// A model that is built on a database whose transactions are serializable.
macro_rules! serializable_refresher {
    ($($model:tt)*) => {
        refresher_on!(token_database(Isolation::Serializable), $($model)*)
    };
}

/// A model that is built on a file that several processes share, and on what else they do.
macro_rules! file_refresher {
    ($($model:tt)*) => {
        refresher_on!(token_file, $($model)*)
    };
}

/// The models as constants, and the list of them.
macro_rules! models {
    ($(
        $build:ident $constant:ident: $type:ident,
        $name:literal, $summary:literal $(, $shared:ident)*;
    )*) => {
        $(
            #[doc = concat!("[`", stringify!($type), "`].")]
            pub const $constant: Model<dyn TokenRefresher> =
                $build!($type, $name, $summary $(, $shared)*);
        )*

        /// Every refresher.
        pub const MODELS: &[Model<dyn TokenRefresher>] = &[$($constant),*];
    };
}

models! {
    sharing_refresher REFERENCE: Reference,
        "refresh/reference",
        "the design to copy: lease, second look, exchange of its own, compare and swap",
        lease_store, spawner;
    refresher CHECK_THEN_ACT: CheckThenAct,
        "refresh/check-then-act",
        "reads the refresh token, lets go of it, exchanges it, stores its successor";
    refresher SERIALIZED_WITHOUT_RECHECK: SerializedWithoutRecheck,
        "refresh/serialized-without-recheck",
        "one refresh at a time, but whoever waited refreshes again";
    refresher SERIALIZED_WITH_RECHECK: SerializedWithRecheck,
        "refresh/serialized-with-recheck",
        "one refresh at a time; whoever waited looks again whether it is still needed";
    refresher SERIALIZED_PER_SESSION: SerializedPerSession,
        "refresh/serialized-per-session",
        "one refresh at a time for each user; whoever waited looks again";
    refresher SINGLE_FLIGHT: SingleFlight,
        "refresh/single-flight",
        "callers of one user share one refresh and its result";
    refresher SINGLE_FLIGHT_FOR_EVERYBODY: SingleFlightForEverybody,
        "refresh/single-flight-for-everybody",
        "all callers share one refresh and its result, whoever it is for";
    spawning_refresher DETACHED_EXCHANGE: DetachedExchange,
        "refresh/detached-exchange",
        "callers share one refresh, which belongs to a task of its own";
    spawning_refresher FAILED_RENEWAL_IGNORED: FailedRenewalIgnored,
        "refresh/failed-renewal-ignored",
        "a failed renewal ahead of the end changes nothing";
    spawning_refresher FAILED_RENEWAL_PUBLISHED: FailedRenewalPublished,
        "refresh/failed-renewal-published",
        "a failed renewal ahead of the end replaces the token that still works";
    refresher FAILURE_CACHED: FailureCached,
        "refresh/failure-cached",
        "callers share one refresh, and its failure is kept";
    refresher LEADER_TAKES_WAITERS_ALONG: LeaderTakesWaitersAlong,
        "refresh/leader-takes-waiters-along",
        "whoever came first refreshes for all, and takes all along when cancelled";
    refresher NEVER_SETTLES_ON_ERROR: NeverSettlesOnError,
        "refresh/never-settles-on-error",
        "callers share one refresh, and are not told when it fails";
    refresher NOTIFIES_AFTER_UNLOCK: NotifiesAfterUnlock,
        "refresh/notifies-after-unlock",
        "tells a listener of the new token when the lock is free again";
    refresher NOTIFIES_UNDER_LOCK: NotifiesUnderLock,
        "refresh/notifies-under-lock",
        "tells a listener, which asks for a token, with the lock held";
    refresher ONE_THROTTLE_FOR_EVERYBODY: OneThrottleForEverybody,
        "refresh/one-throttle-for-everybody",
        "at most one refresh in half a minute, whoever it is for";
    refresher REMOVES_ON_ANY_FAILURE: RemovesOnAnyFailure,
        "refresh/removes-on-any-failure",
        "one refresh at a time; a refresh token whose refresh fails is removed";
    refresher REMOVES_WHAT_WAS_REFUSED: RemovesWhatWasRefused,
        "refresh/removes-what-was-refused",
        "one refresh at a time; a refresh token that is refused is removed";
    refresher RESULT_TAKEN_ONCE: ResultTakenOnce,
        "refresh/result-taken-once",
        "callers share one refresh, whose result the first of them takes away";
    refresher THROTTLE_FOR_EACH_USER: ThrottleForEachUser,
        "refresh/throttle-for-each-user",
        "at most one refresh of each user in half a minute";
    spawning_refresher WAITER_CLEARS_SLOT: WaiterClearsSlot,
        "refresh/waiter-clears-slot",
        "the refresh is a task of its own, and who stops waiting forgets it";
    refresher WRITE_GUARD_ACROSS_FETCH: WriteGuardAcrossFetch,
        "refresh/write-guard-across-fetch",
        "a cache whose write guard is held while a token is fetched";
    sharing_refresher SINGLE_FLIGHT_ON_SHARED_STORE: SingleFlight,
        "refresh/single-flight-on-shared-store",
        "callers of one user share one refresh, which looks at the store again";
    sharing_refresher COMPARES_AND_DELETES: ComparesAndDeletes,
        "refresh/compares-and-deletes",
        "removes what was refused if it is still stored, in one operation";
    sharing_refresher DELETES_ON_REFUSAL: DeletesOnRefusal,
        "refresh/deletes-on-refusal",
        "a refused refresh removes what is stored, whatever it is";
    sharing_refresher FILE_LOCK_WITH_REREAD: FileLockWithReread,
        "refresh/file-lock-with-reread",
        "one refresh at a time in all processes, with a second look", file_lock;
    sharing_refresher FLIGHT_WITHOUT_REREAD: FlightWithoutReread,
        "refresh/flight-without-reread",
        "callers share one refresh, with the token read before it began";
    sharing_refresher FREES_ITS_OWN_LEASE: FreesItsOwnLease,
        "refresh/frees-its-own-lease",
        "a lease that is given back if it is still one's own, in one operation", lease_store;
    sharing_refresher FREES_LEASE_AFTER_LOOK: FreesLeaseAfterLook,
        "refresh/frees-lease-after-look",
        "a lease whose key is deleted after a look whose it is", lease_store;
    sharing_refresher FREES_WHOEVER_HAS_THE_LEASE: FreesWhoeverHasTheLease,
        "refresh/frees-whoever-has-the-lease",
        "a lease whose key is deleted, whoever has it by then", lease_store;
    sharing_refresher LEASE_OUTLASTS_ANSWER: LeaseOutlastsAnswer,
        "refresh/lease-outlasts-answer",
        "a lease that outlasts any answer; who finds it taken tries later", lease_store;
    sharing_refresher LEASE_OUTLIVED: LeaseOutlived,
        "refresh/lease-outlived",
        "a lease that ends before a slow answer comes", lease_store;
    refresher LOCK_FOR_EACH_AUDIENCE: LockForEachAudience,
        "refresh/lock-for-each-audience",
        "one refresh at a time for each audience, with one refresh token for all";
    refresher LOCK_FOR_EACH_REFRESH_TOKEN: LockForEachRefreshToken,
        "refresh/lock-for-each-refresh-token",
        "one refresh at a time for each refresh token, whatever audience it is for";
    sharing_refresher LOCK_OF_ONE_PROCESS: LockOfOneProcess,
        "refresh/lock-of-one-process",
        "one refresh at a time, in each of several processes";
    sharing_refresher REREADS_BEFORE_DELETE: RereadsBeforeDelete,
        "refresh/rereads-before-delete",
        "looks, and removes what is stored if it is what was refused";
    sharing_refresher REREADS_BEFORE_SAVE: RereadsBeforeSave,
        "refresh/rereads-before-save",
        "looks, and stores the result if what was refreshed is still stored";
    refresher RETRIES_AT_ONCE: RetriesAtOnce,
        "refresh/retries-at-once",
        "one refresh at a time; one that got no answer is sent again at once";
    sharing_refresher SAVES_AFTER_SIGN_OUT: SavesAfterSignOut,
        "refresh/saves-after-sign-out",
        "stores the result of a refresh, whatever has happened meanwhile";
    sharing_refresher SAVES_ONLY_IF_UNCHANGED: SavesOnlyIfUnchanged,
        "refresh/saves-only-if-unchanged",
        "stores the result if what was refreshed is still stored, in one operation";
    sharing_refresher UNLOCKED_WHEN_BUSY: UnlockedWhenBusy,
        "refresh/unlocked-when-busy",
        "a lease, and a refresh without it while it is taken", lease_store;
    refresher REQUEST_CONTEXT_CAPTURED: RequestContextCaptured,
        "refresh/request-context-captured",
        "a source of tokens that refreshes under the context of the request that made it";
    sharing_refresher PERSISTS_DETACHED: PersistsDetached,
        "refresh/persists-detached",
        "hands new tokens out, and has a task store them that nobody waits for", spawner;
    sharing_refresher PERSISTS_BEFORE_RETURNING: PersistsBeforeReturning,
        "refresh/persists-before-returning",
        "stores new tokens before it hands them out";
    sharing_refresher MARKS_AFTER_PRESENTING: MarksAfterPresenting,
        "refresh/marks-after-presenting",
        "notes that a refresh token was presented when its answer has come", mark_store;
    sharing_refresher MARKS_BEFORE_PRESENTING: MarksBeforePresenting,
        "refresh/marks-before-presenting",
        "notes that a refresh token is presented before it is, and presents none twice",
        mark_store;
    account_refresher SWAPS_ONCE: SwapsOnce,
        "refresh/swaps-once",
        "swaps new tokens into an account, and passes over that it has lost";
    account_refresher SWAPS_UNTIL_WRITTEN: SwapsUntilWritten,
        "refresh/swaps-until-written",
        "swaps new tokens into an account until it has won";
    read_committed_refresher REREADS_AT_READ_COMMITTED: RereadsInATransaction,
        "refresh/rereads-at-read-committed",
        "looks, and stores the result if nothing has changed, in a read committed transaction";
    serializable_refresher REREADS_SERIALIZABLE: RereadsInATransaction,
        "refresh/rereads-serializable",
        "looks, and stores the result if nothing has changed, in a serializable transaction";
    read_committed_refresher LOCKS_ROW_BEFORE_SAVE: LocksRowBeforeSave,
        "refresh/locks-row-before-save",
        "looks with the row locked, and stores the result if nothing has changed";
    serializable_refresher SERIALIZABLE_LOCK_BEFORE_SAVE: LocksRowBeforeSave,
        "refresh/serializable-lock-before-save",
        "looks with the row locked, and stores the result, in a serializable transaction";
    read_committed_refresher TRANSACTION_AROUND_REFRESH: TransactionAroundRefresh,
        "refresh/transaction-around-refresh",
        "looks, refreshes and stores in one read committed transaction";
    serializable_refresher SERIALIZABLE_AROUND_REFRESH: TransactionAroundRefresh,
        "refresh/serializable-around-refresh",
        "looks, refreshes and stores in one serializable transaction";
    read_committed_refresher LOCKS_ROW_AROUND_REFRESH: LocksRowAroundRefresh,
        "refresh/locks-row-around-refresh",
        "looks, refreshes and stores in one transaction, with the row locked";
    serializable_refresher SERIALIZABLE_LOCK_AROUND: LocksRowAroundRefresh,
        "refresh/serializable-lock-around",
        "looks, refreshes and stores in one serializable transaction, with the row locked";
    file_refresher TRUNCATES_THEN_WRITES: TruncatesThenWrites,
        "refresh/truncates-then-writes",
        "empties the file of tokens, then writes it";
    file_refresher TRUNCATES_UNDER_LOCK: TruncatesUnderLock,
        "refresh/truncates-under-lock",
        "empties and writes the file of tokens under a lock that readers do not take", file_lock;
    file_refresher RENAMES_UNDER_LOCK: RenamesUnderLock,
        "refresh/renames-under-lock",
        "replaces the file of tokens as a whole, under a lock", file_lock;
    refresher STORES_PRESENTED_TOKEN: StoresPresentedToken,
        "refresh/stores-presented-token",
        "stores the refresh token that was presented beside the new access token";
    sharing_refresher ORPHANED_TIMERS: OrphanedTimers,
        "refresh/orphaned-timers",
        "a chain of timers renews the token, and one flag says whether it is to go on", spawner;
    sharing_refresher NUMBERED_TIMERS: NumberedTimers,
        "refresh/numbered-timers",
        "a chain of timers renews the token until another chain is started", spawner;
    refresher COMPARES_SERVERS_END: ComparesServersEnd,
        "refresh/compares-servers-end",
        "compares the end of a token by the server's clock with the client's clock";
    refresher LEEWAY_BELOW_SKEW: LeewayBelowSkew,
        "refresh/leeway-below-skew",
        "compares these ends as well, and takes a token to have ended half a minute earlier";
    refresher COUNTS_FROM_RECEIPT: CountsFromReceipt,
        "refresh/counts-from-receipt",
        "counts the life of a token from when its answer came";
    refresher COUNTS_FROM_REQUEST: CountsFromRequest,
        "refresh/counts-from-request",
        "counts the life of a token from before its request was sent";
    refresher DEADLINE_OF_THE_REQUEST: DeadlineOfTheRequest,
        "refresh/deadline-of-the-request",
        "a refresh that takes longer than five seconds is given up and sent again";
    spawning_refresher DEADLINE_OF_THE_CALLER: DeadlineOfTheCaller,
        "refresh/deadline-of-the-caller",
        "callers wait for five seconds for a refresh that goes on without them";
    refresher FLIGHT_REMOVED_BY_EVERY_CALLER: FlightRemovedByEveryCaller,
        "refresh/flight-removed-by-every-caller",
        "whoever has waited for a flight removes the one that is registered";
    sharing_refresher TIMER_FOR_WHOLE_LIFE: TimerForWholeLife,
        "refresh/timer-for-whole-life",
        "a timer renews the token after as long as a new one lives", spawner;
    sharing_refresher TIMER_UNTIL_END: TimerUntilEnd,
        "refresh/timer-until-end",
        "a timer renews the token when it ends", spawner;
    refresher FLIGHT_CHECKED_THEN_REGISTERED: FlightCheckedThenRegistered,
        "refresh/flight-checked-then-registered",
        "looks for a running refresh and registers one in two holds of an async lock";
    refresher FLIGHT_FOR_ALL_TRIGGERS: FlightForAllTriggers,
        "refresh/flight-for-all-triggers",
        "callers share one refresh, after an expired read or a 401";
    refresher FLIGHT_FOR_EACH_TRIGGER: FlightForEachTrigger,
        "refresh/flight-for-each-trigger",
        "callers share one refresh after an expired read, and one after a 401";
    refresher FLIGHT_JOINED_OR_REGISTERED: FlightJoinedOrRegistered,
        "refresh/flight-joined-or-registered",
        "looks for a running refresh and registers one in one hold of an async lock";
    refresher FLIGHT_REMOVED_BY_OLD_LEADER: FlightRemovedByOldLeader,
        "refresh/flight-removed-by-old-leader",
        "a leader removes the flight that is registered, its own or a newcomer's";
    refresher FLIGHT_REMOVED_BY_ITS_LEADER: FlightRemovedByItsLeader,
        "refresh/flight-removed-by-its-leader",
        "a leader removes its own flight and no other";
    refresher STD_LOCK_CHECK_THEN_ACT: StdLockCheckThenAct,
        "refresh/std-lock-check-then-act",
        "reads a std lock to look for a running refresh, then writes it to register one";
    refresher STD_LOCK_CHECKED_AGAIN: StdLockCheckedAgain,
        "refresh/std-lock-checked-again",
        "whoever writes the std lock to register a refresh looks again first";
    refresher PUBLISHED_WITH_RELAXED_FLAG: PublishedWithRelaxedFlag,
        "refresh/published-with-relaxed-flag",
        "publishes the new token, then sets a Relaxed flag";
    refresher PUBLISHED_WITH_RELEASE_FLAG: PublishedWithReleaseFlag,
        "refresh/published-with-release-flag",
        "publishes the new token, then sets a flag with Release";
}

//! Token refreshers.

use std::sync::Arc;

use authloom::auth::TokenRefresher;

use crate::Model;

mod check_then_act;
mod detached_exchange;
mod flight_checked_then_registered;
mod flight_joined_or_registered;
mod flight_removed_by_its_leader;
mod flight_removed_by_old_leader;
mod published_with_relaxed_flag;
mod published_with_release_flag;
mod serialized_per_session;
mod serialized_with_recheck;
mod serialized_without_recheck;
mod single_flight;
mod single_flight_for_everybody;
mod std_lock_check_then_act;
mod std_lock_checked_again;

pub use check_then_act::CheckThenAct;
pub use detached_exchange::DetachedExchange;
pub use flight_checked_then_registered::FlightCheckedThenRegistered;
pub use flight_joined_or_registered::FlightJoinedOrRegistered;
pub use flight_removed_by_its_leader::FlightRemovedByItsLeader;
pub use flight_removed_by_old_leader::FlightRemovedByOldLeader;
pub use published_with_relaxed_flag::PublishedWithRelaxedFlag;
pub use published_with_release_flag::PublishedWithReleaseFlag;
pub use serialized_per_session::SerializedPerSession;
pub use serialized_with_recheck::SerializedWithRecheck;
pub use serialized_without_recheck::SerializedWithoutRecheck;
pub use single_flight::SingleFlight;
pub use single_flight_for_everybody::SingleFlightForEverybody;
pub use std_lock_check_then_act::StdLockCheckThenAct;
pub use std_lock_checked_again::StdLockCheckedAgain;

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
pub const DETACHED_EXCHANGE: Model<dyn TokenRefresher> = Model {
    name: "refresh/detached-exchange",
    summary: "callers share one refresh, which belongs to a task of its own",
    build: |world| {
        Arc::new(DetachedExchange::new(
            world.token_endpoint(),
            world.token_store(),
            world.clock(),
            world.spawner(),
        ))
    },
};

/// Every refresher.
pub const MODELS: &[Model<dyn TokenRefresher>] = &[
    CHECK_THEN_ACT,
    SERIALIZED_WITHOUT_RECHECK,
    SERIALIZED_WITH_RECHECK,
    SERIALIZED_PER_SESSION,
    SINGLE_FLIGHT,
    SINGLE_FLIGHT_FOR_EVERYBODY,
    DETACHED_EXCHANGE,
    FLIGHT_CHECKED_THEN_REGISTERED,
    FLIGHT_JOINED_OR_REGISTERED,
    FLIGHT_REMOVED_BY_OLD_LEADER,
    FLIGHT_REMOVED_BY_ITS_LEADER,
    STD_LOCK_CHECK_THEN_ACT,
    STD_LOCK_CHECKED_AGAIN,
    PUBLISHED_WITH_RELAXED_FLAG,
    PUBLISHED_WITH_RELEASE_FLAG,
];

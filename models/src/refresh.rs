//! Token refreshers.

use std::sync::Arc;

use authloom::auth::TokenRefresher;

use crate::Model;

mod check_then_act;
mod detached_exchange;
mod serialized_per_session;
mod serialized_with_recheck;
mod serialized_without_recheck;
mod single_flight;
mod single_flight_for_everybody;

pub use check_then_act::CheckThenAct;
pub use detached_exchange::DetachedExchange;
pub use serialized_per_session::SerializedPerSession;
pub use serialized_with_recheck::SerializedWithRecheck;
pub use serialized_without_recheck::SerializedWithoutRecheck;
pub use single_flight::SingleFlight;
pub use single_flight_for_everybody::SingleFlightForEverybody;

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
];

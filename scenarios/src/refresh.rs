//! Races of token refreshers.

mod cancelled_caller;
mod concurrent_callers;
mod failed_refresh;
mod unrelated_users;

pub use cancelled_caller::cancelled_caller;
pub use concurrent_callers::concurrent_callers;
pub use failed_refresh::failed_refresh;
pub use unrelated_users::unrelated_users;

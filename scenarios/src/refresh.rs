//! Races of token refreshers.

mod cancelled_caller;
mod concurrent_callers;
mod expiry_at_any_moment;
mod unrelated_users;

pub use cancelled_caller::cancelled_caller;
pub use concurrent_callers::concurrent_callers;
pub use expiry_at_any_moment::expiry_at_any_moment;
pub use unrelated_users::unrelated_users;

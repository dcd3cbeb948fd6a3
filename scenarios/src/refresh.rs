//! Races of token refreshers.

mod concurrent_callers;
mod unrelated_users;

pub use concurrent_callers::concurrent_callers;
pub use unrelated_users::unrelated_users;

//! Races of callback handlers.

mod delayed_exchange;
mod double_submit;
mod everything_at_once;
mod failed_exchange;
mod redemption;
mod retry_after_success;
mod same_browser_twice;
mod second_tab;
mod two_replicas;
mod unrelated_browsers;

pub use delayed_exchange::delayed_exchange;
pub use double_submit::double_submit;
pub use everything_at_once::everything_at_once;
pub use failed_exchange::failed_exchange;
pub use redemption::{atomic_redemption, torn_redemption};
pub use retry_after_success::retry_after_success;
pub use same_browser_twice::same_browser_twice;
pub use second_tab::second_tab;
pub use two_replicas::two_replicas;
pub use unrelated_browsers::unrelated_browsers;

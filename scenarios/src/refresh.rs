//! Races of token refreshers.

mod cancelled_caller;
mod concurrent_callers;
mod crashed_process;
mod everything_at_once;
mod expiry_at_any_moment;
mod failed_refresh;
mod failed_renewal;
mod first_refresh_fails;
mod lost_answer;
mod new_login_during_refresh;
mod overtaken_answer;
mod refused_beside_success;
mod rotation;
mod sign_out_during_refresh;
mod slow_answer;
mod slow_neighbour;
mod two_processes;
mod unrelated_users;

pub use cancelled_caller::cancelled_caller;
pub use concurrent_callers::concurrent_callers;
pub use crashed_process::{crash_with_grace, crash_without_grace};
pub use everything_at_once::{everything_at_once, loss_without_grace, replicas_without_grace};
pub use expiry_at_any_moment::expiry_at_any_moment;
pub use failed_refresh::failed_refresh;
pub use failed_renewal::failed_renewal;
pub use first_refresh_fails::first_refresh_fails;
pub use lost_answer::{lost_answer, lost_answer_until_successor_used, lost_answer_without_grace};
pub use new_login_during_refresh::new_login_during_refresh;
pub use overtaken_answer::overtaken_answer;
pub use refused_beside_success::refused_beside_success;
pub use rotation::{atomic_rotation, torn_rotation};
pub use sign_out_during_refresh::sign_out_during_refresh;
pub use slow_answer::slow_answer;
pub use slow_neighbour::slow_neighbour;
pub use two_processes::two_processes;
pub use unrelated_users::unrelated_users;

//! One execution: tasks, calls on their way, gates and a clock, none of which moves by itself.
//!
//! ```text
//!            the task            the call                         the double
//!   runs     poll --- send ----> (sent)
//!   arrives                      (sent)  ------- request -------> its transition, atomic
//!   responds                     (arrived) <----- answer -------- a gate may hold it here
//!   runs     poll <-- answer --- (answered)
//! ```
//!
//! Each line is a step, and between any two of them every other process may take steps of its own.
//! A call whose caller is gone still arrives: "the server did it, nobody heard" is a schedule.
//!
//! The same calls, gates and clock work without an explorer, on any runtime: then a call arrives
//! and is answered as soon as it is made, unless a test holds it at a [`Gate`].
//!
//! This module knows nothing of authentication, of properties, or of what people read.

mod blocked;
mod call;
mod clock;
mod driving;
mod execution;
mod fault;
mod foreign;
mod gate;
mod hash;
mod holds;
mod kernel;
mod objects;
mod observing;
mod outsiders;
mod panics;
mod plan;
mod spawner;
mod state;
mod task;
#[cfg_attr(not(feature = "loom"), path = "world/no_team.rs")]
mod team;
mod timeout;
mod timer;
mod touched;

pub(crate) use blocked::unwind_if_for_ever;
pub use call::Operation;
pub(crate) use call::{Call, Labels, Trip, operation};
pub use clock::{Clock, Skew, Timestamp, WorldClock};
pub(crate) use driving::{
    Driving, NotedWait, begin_step, driving, forget_wait, note_given_up, note_wait, wait_for,
};
pub(crate) use execution::{Execution, Setting, Shown, Stage};
pub use fault::{Fault, RETRY_AFTER};
pub(crate) use foreign::{exempt, watched};
pub use gate::{Gate, Release};
pub(crate) use hash::hash;
pub use holds::{Awaited, Holder};
pub(crate) use holds::{Hold, Holdable, Line, Wait, stepping_lane};
pub(crate) use kernel::Kernel;
pub use objects::CLOCK;
pub use observing::{Action, Object, Use};
pub(crate) use observing::{Observed, note_action, note_entry, observe};
pub(crate) use outsiders::Outsiders;
pub(crate) use panics::attempt;
pub use panics::{Panic, Place};
#[cfg(feature = "loom")]
pub(crate) use plan::{Cancellation, Crash, IS_CANCELLED};
pub(crate) use plan::{Mark, Plan, STAYS_AWAY, is_crash};
pub use spawner::{Spawner, WorldSpawner};
pub use task::{TaskState, TaskStatus};
pub(crate) use team::{
    Crossing, Turn, acting_lane, has_to_be_strict, put_off, uninterrupted, visible,
    visible_or_put_off,
};
#[cfg(feature = "loom")]
pub(crate) use team::{
    Doubt, Memory, TEAM_MAX, Team, Told, WorldOrder, is_of_loom, memory_matters, take_operations,
};
pub use timeout::{Elapsed, timeout};
pub(crate) use timer::Sleepers;
pub use timer::Timer;
pub(crate) use touched::{Ending, Visible, note_ending, stepping_task};

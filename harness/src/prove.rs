//! From a scenario and an implementation to a verdict.
//!
//! ```text
//!   Scenario + implementation --stage--> Execution --optimal--> Judge --> Verdict
//!                                                                 |
//!                                     simplest counterexample ----+--> Recording (run again)
//! ```
//!
//! The search runs on a thread of its own, so that a step that never returns is a finding and not a
//! hung test. With several jobs, or as one share of several, it is split into parts, each searched
//! by a worker. Nothing is recorded while searching; the counterexample is run again for that.
//! Level `thread` goes another way: loom runs the callers, and every execution is judged as it
//! goes.

mod coverage;
mod explore;
mod found;
mod judge;
mod merge;
mod options;
mod plans;
mod prevention;
mod recording;
mod replay;
mod sampling;
mod scenario;
mod schedule;
mod search_thread;
mod shard;
mod simplest;
mod stages;
mod stations;
mod step_text;
#[cfg(test)]
mod testing;
#[cfg_attr(not(feature = "loom"), path = "prove/no_threads.rs")]
mod threads;
mod verdict;
mod watched_run;
mod workers;

pub use coverage::{AwaitPoint, AwaitedThing, Coverage, Exercised, Waiter};
pub use merge::{MergeError, Merged, MergedConclusion, Open, merge};
pub use options::{Options, Search, Sharing};
pub use prevention::Prevention;
pub use recording::{Deed, Recording, Reservation, Row, RowEnd};
pub use replay::ReplayError;
pub use scenario::{Scenario, SetStage, Stage, UnderTest};
pub use schedule::{Schedule, ScheduledStep};
pub use shard::{PlanShare, Question, Shard, ShardOutcome, ShardResult, Share, Simplicity};
pub use verdict::{Bounds, Conclusion, Incomplete, Level, Verdict, Violation};

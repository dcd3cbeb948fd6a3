//! The search: every schedule of a [`Program`], one execution after another.
//!
//! Stateless: nothing is saved or cloned between steps. To try another choice, the program is
//! reset and the schedule run again from its beginning.
//!
//! ```text
//!            reset            reset            reset
//!              |                |                |
//!              a                a                b
//!             / \              / \              / \
//!            a   b    -->     .   b    -->     a   .        ... until no frame has a choice left
//!            |                    |            |
//!         quiescent            quiescent    quiescent
//! ```
//!
//! This module knows processes, steps and accesses. It knows nothing of async, of clocks, of
//! authentication or of properties: what is to be checked, a [`Visitor`] checks.
//!
//! What it does not promise: that a program is deterministic. It checks that a repeated prefix
//! offers the same choices again and says [`Ended::Diverged`] where it does not; a program that
//! differs only in the values it computes is not caught.

mod depth_first;
mod happens_before;
mod optimal;
mod path;
mod program;
mod progress;
mod replay;
mod round_robin;
mod wakeup_tree;

pub use depth_first::{Ended, Limits, Visitor, depth_first};
pub use optimal::optimal;
pub use path::Path;
pub use program::{Access, AccessKind, Choice, Lane, ObjectId, ProcessId, Program};
pub use progress::{Progress, Snapshot};
pub use replay::{Divergence, replay};
pub use round_robin::round_robin;

//! The search: every interleaving of a [`Program`], one execution after another.
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
//! Ways to go through them: [`depth_first`] runs every schedule; [`optimal`] runs one of each
//! interleaving class (schedules that differ only in the order of neighbouring independent steps);
//! [`few_deviations`] runs those that deviate little from what a fair scheduler would do, which
//! show most of what can be shown. [`fewest_switches`] runs those with few switches, to find the
//! simplest that shows something; where there are too many of them, [`fewer_switches`] makes the
//! one that was found simpler. The first two can also be run in parts, which [`split`] makes.
//! Where there are too many for all of that, [`sample`] runs some, chosen at random. [`estimate`]
//! tells beforehand how many there are, about.
//!
//! This module knows processes, steps and accesses. It knows nothing of async, of clocks, of
//! authentication or of properties: what is to be checked, a [`Visitor`] checks.
//!
//! What it does not promise: that a program is deterministic. It checks that a repeated prefix
//! offers the same choices again and says [`Ended::Diverged`] where it does not; a program that
//! differs only in the values it computes is not caught. Nor that declared accesses are complete,
//! on which [`optimal`] depends: some classes are run in another order too, and
//! [`Ended::OrderMatters`] says where that made a difference.

mod cycle;
mod depth_first;
mod estimate;
mod few_deviations;
mod fewer_switches;
mod fewest_switches;
mod footprints;
mod happens_before;
mod optimal;
mod other_order;
mod parts;
mod path;
mod pct;
mod pos;
mod program;
mod progress;
mod random;
mod replay;
mod round_robin;
mod sample;
mod urw;
mod wake_order;
mod wakeup_tree;

pub use cycle::cycle;
pub use depth_first::{Ended, Limits, Visitor, depth_first, depth_first_part};
pub use estimate::{Estimate, Tree, estimate};
pub use few_deviations::few_deviations;
pub use fewer_switches::fewer_switches;
pub use fewest_switches::fewest_switches;
pub use footprints::Footprints;
pub use optimal::{optimal, optimal_part};
pub use other_order::OrderMatters;
pub use parts::{Part, Sleeper, split};
pub use path::Path;
pub use pct::{Pct, PctBound};
pub use pos::Pos;
pub use program::{Access, AccessKind, Choice, CutOff, Lane, ObjectId, ProcessId, Program};
pub use progress::{Progress, Snapshot};
pub use replay::{Divergence, replay};
pub use round_robin::round_robin;
pub use sample::{Strategy, sample};
pub use urw::Urw;

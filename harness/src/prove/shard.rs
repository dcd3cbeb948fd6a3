//! A share of a search, run on a machine of its own.

use sha2::{Digest as _, Sha256};

use super::verdict::Bounds;
use crate::explore::Part;
use crate::world::Plan;

/// Which share of the parts of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Which one, counted from 1.
    pub index: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// `2/4` is the second of four. `None` is what is not such a share.
    pub fn parse(text: &str) -> Option<Shard> {
        let (index, of) = text.split_once('/')?;
        let shard = Shard { index: index.parse().ok()?, of: of.parse().ok()? };
        (1..=shard.of).contains(&shard.index).then_some(shard)
    }

    /// Whether the part at this position is one of its own.
    pub(super) fn has(self, position: usize) -> bool {
        position % self.of == self.index - 1
    }
}

/// A plan under which a shard has run its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanShare {
    /// What befell the executions.
    pub plan: String,
    /// A digest of all parts, those of other shards too.
    pub split: String,
}

impl PlanShare {
    pub(super) fn of(plan: &Plan, parts: &[Part]) -> Self {
        let digest = Sha256::digest(format!("{parts:?}"));
        let split = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        PlanShare { plan: format!("{plan:?}"), split }
    }

    pub(super) fn is_of(&self, plan: &Plan) -> bool {
        self.plan == format!("{plan:?}")
    }
}

/// How simple a counterexample is: whether it is of a coarser level than what was explored, what
/// befalls, switches, steps, and of equals the place of its plan in the order in which plans are
/// explored.
pub type Simplicity = [usize; 5];

/// What a verdict on a share says besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Which share.
    pub shard: Shard,
    /// Under which plans its parts were run, in order.
    pub plans: Vec<PlanShare>,
    /// The callers that there were, if it has run an execution to its end.
    pub callers: usize,
    /// The conditions that none of its executions has shown.
    pub never_shown: Vec<&'static str>,
    /// The properties that none of its executions has come to.
    pub not_looked_at: Vec<&'static str>,
    /// The most faults and crashes that one of its executions came to.
    pub met: [usize; 2],
    /// Of the counterexample, if there is one.
    pub size: Option<Simplicity>,
}

/// What a shard came to, as its result file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardResult {
    /// What was searched.
    pub question: Question,
    /// Which share of it.
    pub shard: Shard,
    /// Under which plans, in order.
    pub plans: Vec<PlanShare>,
    /// The callers that there were, if it has run an execution to its end; else 0.
    pub callers: usize,
    /// The conditions that it has not seen.
    pub never_shown: Vec<String>,
    /// The properties that it has not come to look at.
    pub not_looked_at: Vec<String>,
    /// The most faults and crashes that one of its executions came to.
    pub met: [usize; 2],
    /// What came out.
    pub outcome: ShardOutcome,
    /// Executions that were run.
    pub executions: u64,
    /// Those that were cut short as repeats.
    pub redundant: u64,
    /// Steps that were taken.
    pub steps: u64,
}

/// What must be the same in every shard of one search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The version of authloom.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The model's name.
    pub model: Option<String>,
    /// The level's name.
    pub level: String,
    /// The name of what tasks were taken to share.
    pub sharing: String,
    /// What was allowed to happen.
    pub bounds: Bounds,
    /// What was looked at.
    pub properties: Vec<String>,
}

/// What came out of a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShardOutcome {
    /// Every part of it was run to the end, and nothing was broken.
    Exhausted,
    /// A schedule breaks a property.
    Violated {
        /// The property.
        property: String,
        /// The schedule as text, if it can be replayed.
        schedule: Option<String>,
        /// Of all shards' the least is shown.
        size: Simplicity,
    },
    /// Neither.
    Incomplete {
        /// Why.
        reason: String,
    },
}

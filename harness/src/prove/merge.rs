//! What all shards of a search come to.

use super::shard::{Question, Shard, ShardOutcome, ShardResult};

/// What all shards together come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What was searched.
    pub question: Question,
    /// What came out.
    pub conclusion: MergedConclusion,
    /// Executions, over all shards.
    pub executions: u64,
    /// Those that were cut short as repeats.
    pub redundant: u64,
    /// Steps, over all shards.
    pub steps: u64,
}

/// What comes out of shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergedConclusion {
    /// All shards are there, and each of them was exhausted.
    Proved,
    /// A shard has a counterexample.
    Violated {
        /// The shard.
        shard: Shard,
        /// The property.
        property: String,
        /// The schedule as text, if it can be replayed.
        schedule: Option<String>,
    },
    /// Something is open.
    Open(Open),
}

/// Why shards are no proof, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Open {
    /// Some were not given.
    #[error(
        "{} of {of} shards {} not there: {}; run {}, and merge all {of} files",
        missing.len(),
        if missing.len() == 1 { "is" } else { "are" },
        named(missing, *of),
        flags(missing, *of)
    )]
    Missing {
        /// Which, counted from 1.
        missing: Vec<usize>,
        /// Of how many.
        of: usize,
    },
    /// One could not say.
    #[error("shard {}/{} says: {reason}", shard.index, shard.of)]
    Shard {
        /// Which.
        shard: Shard,
        /// What it said.
        reason: String,
    },
    /// They did not split the search in the same way.
    #[error(
        "shard {}/{} has split the search in other parts than shard {}/{}: they ran different \
         code; run all shards again, from one commit",
        other.index, other.of, first.index, first.of
    )]
    OtherSplit {
        /// One.
        first: Shard,
        /// The other.
        other: Shard,
    },
    /// One has found something that may befall, and another has not explored that.
    #[error(
        "shard {}/{} found more that may befall or be held than shard {}/{}, which has not \
         explored that; explore without --shard, with --jobs",
        knows.index, knows.of, lacks.index, lacks.of
    )]
    OtherPlans {
        /// Who knows of it.
        knows: Shard,
        /// Who does not.
        lacks: Shard,
    },
    /// No shard has run an execution to its end, or not with the callers that the bounds name.
    #[error("the scenario has {staged} callers, and its bounds name {named}")]
    OtherCallers {
        /// The callers of the bounds.
        named: usize,
        /// The callers that there were.
        staged: usize,
    },
    /// Not all that the bounds name can befall, or more.
    #[error("the bounds name {named} {what}, and the most that an execution came to is {met}")]
    OtherBound {
        /// `faults` or `crashes`.
        what: &'static str,
        /// As the bounds say.
        named: usize,
        /// The most of all shards.
        met: usize,
    },
    /// No shard has shown these.
    #[error("no execution has shown {}: a proof would be about nothing", names.join(", "))]
    NeverShown {
        /// The names of the conditions.
        names: Vec<String>,
    },
    /// No shard has come to look at these.
    #[error("no answer was ever held, so that {} was not looked at", names.join(", "))]
    NotLookedAt {
        /// The properties.
        names: Vec<String>,
    },
}

fn named(missing: &[usize], of: usize) -> String {
    let names: Vec<String> = missing.iter().map(|index| format!("{index}/{of}")).collect();
    names.join(", ")
}

fn flags(missing: &[usize], of: usize) -> String {
    let names: Vec<String> = missing.iter().map(|index| format!("--shard {index}/{of}")).collect();
    names.join(", ")
}

/// Why results cannot be merged at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is none.
    #[error("there is nothing to merge")]
    Nothing,
    /// Two are of different searches.
    #[error("result {position} is of another search than the first: {what} differ")]
    Foreign {
        /// Which one, counted from 1.
        position: usize,
        /// What is not the same.
        what: &'static str,
    },
    /// Two are of the same share.
    #[error("shard {}/{} is there twice", shard.index, shard.of)]
    Twice {
        /// Which.
        shard: Shard,
    },
}

/// What shards of one search come to. It is a proof only if all of them are there, have explored
/// the same plans in the same parts, and were exhausted.
///
/// Each shard has explored every plan that its own executions have shown to be possible. So if all
/// have explored the same, no shard has shown another.
///
/// # Errors
/// When they are not of one search.
pub fn merge(results: &[ShardResult]) -> Result<Merged, MergeError> {
    let first = results.first().ok_or(MergeError::Nothing)?;
    let mut sorted: Vec<&ShardResult> = Vec::new();
    for (at, result) in results.iter().enumerate() {
        if let Some(what) = difference(first, result) {
            return Err(MergeError::Foreign { position: at + 1, what });
        }
        if sorted.iter().any(|other| other.shard == result.shard) {
            return Err(MergeError::Twice { shard: result.shard });
        }
        sorted.push(result);
    }
    sorted.sort_by_key(|result| result.shard);
    let conclusion = violated(&sorted).unwrap_or_else(|| match open(&sorted) {
        Some(open) => MergedConclusion::Open(open),
        None => MergedConclusion::Proved,
    });
    let sum = |count: fn(&ShardResult) -> u64| sorted.iter().map(|one| count(one)).sum();
    Ok(Merged {
        question: first.question.clone(),
        conclusion,
        executions: sum(|one| one.executions),
        redundant: sum(|one| one.redundant),
        steps: sum(|one| one.steps),
    })
}

fn difference(first: &ShardResult, other: &ShardResult) -> Option<&'static str> {
    let (a, b) = (&first.question, &other.question);
    [
        (a.version != b.version, "versions of authloom"),
        (a.scenario != b.scenario, "scenarios"),
        (a.model != b.model, "models"),
        (a.level != b.level, "levels"),
        (a.sharing != b.sharing, "kinds of sharing"),
        (a.bounds != b.bounds, "bounds"),
        (a.properties != b.properties, "properties"),
        (first.shard.of != other.shard.of, "numbers of shards"),
    ]
    .into_iter()
    .find_map(|(differs, what)| differs.then_some(what))
}

/// The simplest counterexample, if there is one: of equals, the first shard's.
fn violated(sorted: &[&ShardResult]) -> Option<MergedConclusion> {
    let found = sorted.iter().filter_map(|result| match &result.outcome {
        ShardOutcome::Violated { property, schedule, size } => {
            let (property, schedule) = (property.clone(), schedule.clone());
            Some((size, MergedConclusion::Violated { shard: result.shard, property, schedule }))
        }
        _ => None,
    });
    found.min_by_key(|(size, _)| **size).map(|(_, violated)| violated)
}

fn open(sorted: &[&ShardResult]) -> Option<Open> {
    let first = sorted[0];
    let of = first.shard.of;
    let is_there = |index: &usize| sorted.iter().any(|one| one.shard.index == *index);
    let missing: Vec<usize> = (1..=of).filter(|index| !is_there(index)).collect();
    if !missing.is_empty() {
        return Some(Open::Missing { missing, of });
    }
    for one in sorted {
        if let ShardOutcome::Incomplete { reason } = &one.outcome {
            return Some(Open::Shard { shard: one.shard, reason: reason.clone() });
        }
    }
    for one in sorted {
        if let Some(open) = other_plans(first, one) {
            return Some(open);
        }
    }
    let staged = sorted.iter().map(|one| one.callers).max().unwrap_or(0);
    let named = first.question.bounds.callers;
    if staged == 0 || staged != named {
        return Some(Open::OtherCallers { named, staged });
    }
    let most = |of: usize| sorted.iter().map(|one| one.met[of]).max().unwrap_or(0);
    if let Some((what, named, met)) = first.question.bounds.other_than([most(0), most(1)]) {
        return Some(Open::OtherBound { what, named, met });
    }
    let in_all = |names: fn(&ShardResult) -> &Vec<String>| -> Vec<String> {
        let everywhere = |name: &&String| sorted.iter().all(|one| names(one).contains(name));
        names(first).iter().filter(everywhere).cloned().collect()
    };
    let never_shown = in_all(|one| &one.never_shown);
    if !never_shown.is_empty() {
        return Some(Open::NeverShown { names: never_shown });
    }
    let not_looked_at = in_all(|one| &one.not_looked_at);
    (!not_looked_at.is_empty()).then_some(Open::NotLookedAt { names: not_looked_at })
}

fn other_plans(first: &ShardResult, other: &ShardResult) -> Option<Open> {
    let split_of = |one: &ShardResult, plan: &str| {
        one.plans.iter().find(|share| share.plan == plan).map(|share| share.split.clone())
    };
    for share in first.plans.iter().chain(&other.plans) {
        match (split_of(first, &share.plan), split_of(other, &share.plan)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(_), Some(_)) => {
                return Some(Open::OtherSplit { first: first.shard, other: other.shard });
            }
            (Some(_), None) => {
                return Some(Open::OtherPlans { knows: first.shard, lacks: other.shard });
            }
            (None, _) => {
                return Some(Open::OtherPlans { knows: other.shard, lacks: first.shard });
            }
        }
    }
    None
}

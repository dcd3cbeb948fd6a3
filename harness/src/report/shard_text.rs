//! The result file of a shard: a line of JSON, then a digest of it, so that a change is noticed.
//!
//! ```text
//! authloom shard 2
//! {"scenario":"refresh/concurrent-callers", ...}
//! sha256 6f0c...
//! ```
//!
//! The digest is against accidents, such as a file that was cut off or merged by hand; whoever
//! wants to deceive can make one that fits.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::incomplete_text::incomplete_text;
use super::schedule_text::schedule_text;
use crate::prove::{
    Bounds, Conclusion, Incomplete, PlanShare, Question, Shard, ShardOutcome, ShardResult, Verdict,
};

const FIRST_LINE: &str = "authloom shard 2";

/// Why a text is not the result of a shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardTextError {
    /// It is something else.
    #[error("its first line is not `{FIRST_LINE}`, with which the result of a shard begins")]
    NotAShard,
    /// It is not what was written.
    #[error("it was changed or cut off after it was written; run its shard again")]
    Changed,
    /// It says something that this program does not know.
    #[error("this program cannot read `{field}` of it; it was written by another version")]
    Unknown {
        /// What.
        field: &'static str,
    },
}

/// The result file of a verdict on a share; `None` if it is one on all.
pub fn shard_text(verdict: &Verdict) -> Option<String> {
    let result = shard_result(verdict)?;
    let ShardResult { question, shard, outcome, .. } = &result;
    let bounds = question.bounds;
    let (outcome, property, schedule, size, reason) = match outcome {
        ShardOutcome::Exhausted => ("exhausted", None, None, None, None),
        ShardOutcome::Violated { property, schedule, size } => {
            ("violated", Some(property), schedule.as_ref(), Some(size), None)
        }
        ShardOutcome::Incomplete { reason } => ("incomplete", None, None, None, Some(reason)),
    };
    let plans: Vec<[&str; 2]> =
        result.plans.iter().map(|share| [share.plan.as_str(), share.split.as_str()]).collect();
    let line = json!({
        "version": question.version,
        "scenario": question.scenario,
        "model": question.model,
        "level": question.level,
        "sharing": question.sharing,
        "bounds": [
            bounds.callers,
            bounds.cancellations,
            bounds.faults,
            bounds.clock_advances,
            bounds.crashes,
        ],
        "properties": question.properties,
        "shard": [shard.index, shard.of],
        "plans": plans,
        "callers": [result.callers],
        "never_shown": result.never_shown,
        "not_looked_at": result.not_looked_at,
        "met": result.met,
        "outcome": outcome,
        "property": property,
        "schedule": schedule,
        "size": size,
        "reason": reason,
        "executions": result.executions,
        "redundant": result.redundant,
        "steps": result.steps,
    });
    let line = line.to_string();
    let digest = digest(&line);
    Some(format!("{FIRST_LINE}\n{line}\nsha256 {digest}\n"))
}

fn digest(line: &str) -> String {
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shard_result(verdict: &Verdict) -> Option<ShardResult> {
    let share = verdict.share.as_ref()?;
    let owned = |names: &[&'static str]| names.iter().copied().map(str::to_owned).collect();
    let outcome = match &verdict.conclusion {
        Conclusion::Incomplete(Incomplete::OneShard { .. }) => ShardOutcome::Exhausted,
        Conclusion::Violated(violation) => ShardOutcome::Violated {
            property: violation.property.name.to_owned(),
            schedule: violation.schedule.as_ref().map(schedule_text),
            // One that has none cannot be replayed: any other is shown rather.
            size: share.size.unwrap_or([usize::MAX, 0, 0, 0, 0]),
        },
        Conclusion::Incomplete(reason) => {
            ShardOutcome::Incomplete { reason: incomplete_text(reason) }
        }
        // A share alone proves nothing.
        Conclusion::Proved => return None,
    };
    Some(ShardResult {
        question: Question {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: verdict.scenario.to_owned(),
            model: verdict.model.map(str::to_owned),
            level: verdict.level.as_str().to_owned(),
            sharing: verdict.sharing.as_str().to_owned(),
            bounds: verdict.bounds,
            properties: verdict.properties.iter().map(|one| one.name.to_owned()).collect(),
        },
        shard: share.shard,
        plans: share.plans.clone(),
        callers: share.callers,
        never_shown: owned(&share.never_shown),
        not_looked_at: owned(&share.not_looked_at),
        met: share.met,
        outcome,
        executions: verdict.executions,
        redundant: verdict.redundant,
        steps: verdict.steps,
    })
}

/// Reads the result file of a shard.
///
/// # Errors
/// When it is none, or not as it was written.
pub fn parse_shard(text: &str) -> Result<ShardResult, ShardTextError> {
    let mut lines = text.split('\n');
    if lines.next() != Some(FIRST_LINE) {
        return Err(ShardTextError::NotAShard);
    }
    let (Some(line), Some(sum), Some(""), None) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Err(ShardTextError::Changed);
    };
    if sum.strip_prefix("sha256 ") != Some(&digest(line)) {
        return Err(ShardTextError::Changed);
    }
    let value: Value = serde_json::from_str(line).map_err(|_| ShardTextError::Changed)?;
    let fields = Fields { value: &value };
    let [callers, cancellations, faults, clock_advances, crashes] = fields.numbers("bounds")?;
    let [index, of] = fields.numbers("shard")?;
    let shard = Shard::parse(&format!("{index}/{of}"));
    Ok(ShardResult {
        question: Question {
            version: fields.text("version")?,
            scenario: fields.text("scenario")?,
            model: fields.text("model").ok(),
            level: fields.text("level")?,
            sharing: fields.text("sharing")?,
            bounds: Bounds { callers, cancellations, faults, clock_advances, crashes },
            properties: fields.texts("properties")?,
        },
        shard: shard.ok_or(ShardTextError::Unknown { field: "shard" })?,
        plans: fields.plans()?,
        callers: fields.numbers::<1>("callers").map(|[callers]| callers)?,
        never_shown: fields.texts("never_shown")?,
        not_looked_at: fields.texts("not_looked_at")?,
        met: fields.numbers("met")?,
        outcome: fields.outcome()?,
        executions: fields.count("executions")?,
        redundant: fields.count("redundant")?,
        steps: fields.count("steps")?,
    })
}

struct Fields<'a> {
    value: &'a Value,
}

impl Fields<'_> {
    fn text(&self, field: &'static str) -> Result<String, ShardTextError> {
        let text = self.value[field].as_str().map(str::to_owned);
        text.ok_or(ShardTextError::Unknown { field })
    }

    fn count(&self, field: &'static str) -> Result<u64, ShardTextError> {
        self.value[field].as_u64().ok_or(ShardTextError::Unknown { field })
    }

    fn texts(&self, field: &'static str) -> Result<Vec<String>, ShardTextError> {
        let list = self.value[field].as_array().ok_or(ShardTextError::Unknown { field })?;
        let texts = list.iter().map(|one| one.as_str().map(str::to_owned));
        texts.collect::<Option<_>>().ok_or(ShardTextError::Unknown { field })
    }

    fn numbers<const N: usize>(&self, field: &'static str) -> Result<[usize; N], ShardTextError> {
        let unknown = || ShardTextError::Unknown { field };
        let list = self.value[field].as_array().ok_or_else(unknown)?;
        let number = |one: &Value| one.as_u64().and_then(|one| usize::try_from(one).ok());
        let numbers: Option<Vec<usize>> = list.iter().map(number).collect();
        numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(unknown)
    }

    fn plans(&self) -> Result<Vec<PlanShare>, ShardTextError> {
        let unknown = ShardTextError::Unknown { field: "plans" };
        let list = self.value["plans"].as_array().ok_or(unknown.clone())?;
        let plan = |one: &Value| {
            let (plan, split) = (one[0].as_str()?.to_owned(), one[1].as_str()?.to_owned());
            Some(PlanShare { plan, split })
        };
        list.iter().map(plan).collect::<Option<_>>().ok_or(unknown)
    }

    fn outcome(&self) -> Result<ShardOutcome, ShardTextError> {
        match self.text("outcome")?.as_str() {
            "exhausted" => Ok(ShardOutcome::Exhausted),
            "violated" => {
                let size = self.numbers("size")?;
                let (property, schedule) = (self.text("property")?, self.text("schedule").ok());
                Ok(ShardOutcome::Violated { property, schedule, size })
            }
            "incomplete" => Ok(ShardOutcome::Incomplete { reason: self.text("reason")? }),
            _ => Err(ShardTextError::Unknown { field: "outcome" }),
        }
    }
}

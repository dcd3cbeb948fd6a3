//! `authloom merge`: what all shards of a search come to.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use authloom::prove::{Merged, MergedConclusion, ShardResult, merge as merge_results};
use authloom::report;
use serde_json::json;

use super::args::MergeArgs;
use super::error::UsageError;
use super::replay::read;

/// Prints what the shards in these files come to. Exits with 0 only if that is a proof.
pub fn merge(args: &MergeArgs, out: &mut dyn Write) -> Result<ExitCode, UsageError> {
    let results: Result<Vec<_>, _> = args.files.iter().map(|file| result_in(file)).collect();
    let merged = merge_results(&results?)?;
    match args.json {
        true => json_row(&merged, out)?,
        false => text(&merged, out)?,
    }
    Ok(match merged.conclusion {
        MergedConclusion::Proved => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn result_in(path: &Path) -> Result<ShardResult, UsageError> {
    let file = path.display().to_string();
    let text = read(path, &file)?;
    report::parse_shard(&text).map_err(|error| UsageError::ShardText { file, error })
}

fn text(merged: &Merged, out: &mut dyn Write) -> Result<(), UsageError> {
    let question = &merged.question;
    match &merged.conclusion {
        MergedConclusion::Proved => {
            writeln!(
                out,
                "proved: all shards are there, and each was run to its end; in all hold"
            )?;
            for property in &question.properties {
                writeln!(out, "  {property}")?;
            }
        }
        MergedConclusion::Violated { shard, property, .. } => {
            writeln!(out, "violated {property}: shard {}/{}", shard.index, shard.of)?;
        }
        MergedConclusion::Open(open) => writeln!(out, "incomplete: {open}")?,
    }
    let (model, level) = (question.model.as_deref().unwrap_or("-"), &question.level);
    let bounds = report::bounds_text(question.bounds);
    let Merged { executions, redundant, .. } = merged;
    writeln!(out, "\nscenario {}\nmodel    {model}", question.scenario)?;
    writeln!(
        out,
        "explored {executions} executions, {redundant} of them repeats, level {level}, {bounds}"
    )?;
    if let MergedConclusion::Violated { schedule: Some(schedule), .. } = &merged.conclusion {
        write!(out, "\n{schedule}")?;
    }
    Ok(())
}

fn json_row(merged: &Merged, out: &mut dyn Write) -> Result<(), UsageError> {
    let (verdict, property, schedule, reason) = match &merged.conclusion {
        MergedConclusion::Proved => ("proved", None, None, None),
        MergedConclusion::Violated { property, schedule, .. } => {
            ("violated", Some(property), schedule.as_ref(), None)
        }
        MergedConclusion::Open(open) => ("incomplete", None, None, Some(open.to_string())),
    };
    let question = &merged.question;
    let row = json!({
        "scenario": question.scenario,
        "model": question.model,
        "level": question.level,
        "verdict": verdict,
        "property": property,
        "reason": reason,
        "executions": merged.executions,
        "redundant": merged.redundant,
        "steps": merged.steps,
        "bounds": {
            "callers": question.bounds.callers,
            "cancellations": question.bounds.cancellations,
            "faults": question.bounds.faults,
            "clock_advances": question.bounds.clock_advances,
            "crashes": question.bounds.crashes,
        },
        "schedule": schedule,
    });
    writeln!(out, "{row}")?;
    Ok(())
}

//! `authloom prove`: the matrix.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use authloom::prove::{Conclusion, Incomplete, Level, Shard, Verdict};
use authloom::report;
use authloom_scenarios::Cell;

use super::args::ProveArgs;
use super::coverage::CoverageTables;
use super::error::UsageError;
use super::matrix::Matrix;
use super::names::{check_size, level_asked, select};
use super::progress;

/// Explores every selected cell and prints a row for each as soon as it is known.
pub fn prove(args: &ProveArgs, out: &mut dyn Write) -> Result<ExitCode, UsageError> {
    let level = level_asked(&args.level)?;
    let cells = select(args.scenario.as_deref(), args.model.as_deref(), level)?;
    let size = args.size.size();
    check_size(&cells, size)?;
    check_possible(args, &cells)?;
    if let (Some(file), [cell]) = (&args.out, cells.as_slice()) {
        return prove_shard(args, file, cell, out);
    }
    if let Some(sample) = args.sample.filter(|_| !args.json) {
        let (seed, executions) = (args.seed, args.executions);
        let how = format!("{sample:?}").to_lowercase();
        writeln!(out, "sampled by {how}, seed {seed}, {executions} executions a plan")?;
    }
    let mut heads = None;
    let mut others = 0;
    let mut matrix = Matrix::default();
    let mut coverage = CoverageTables::default();
    for cell in &cells {
        let verdict = progress::explore(cell, args.options(cell), size);
        matrix.add(cell.model, &verdict);
        coverage.add(cell.model, &verdict);
        others += usize::from(!cell.declared.agrees_with(&verdict));
        if args.json {
            writeln!(out, "{}", report::json_row(&verdict, cell.declared.as_str()))?;
        } else {
            let heading_for = Some((verdict.scenario, verdict.bounds, verdict.preemptions));
            if heads != heading_for {
                heads = heading_for;
                heading(&verdict, out)?;
            }
            row(cell, &verdict, out)?;
        }
        out.flush()?;
    }
    if args.matrix {
        matrix.print(args.json, out)?;
    }
    if args.coverage {
        coverage.print(args.json, out)?;
    }
    if !args.json {
        let count = cells.len();
        match others {
            0 => writeln!(out, "\n{count} cells, each verdict as declared")?,
            _ => writeln!(out, "\n{count} cells, {others} NOT as declared")?,
        }
    }
    Ok(if others == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn heading(verdict: &Verdict, out: &mut dyn Write) -> Result<(), UsageError> {
    let (level, bounds) = (verdict.level.as_str(), report::bounds_text(verdict.bounds));
    let preemptions = report::preemptions_text(verdict);
    writeln!(out, "\n{} (level {level}, {bounds}{preemptions})", verdict.scenario)?;
    let (verdict, declared) = ("verdict", "declared");
    let (model, executions, time) = ("model", "executions", "time");
    writeln!(out, "  {model:<41}{verdict:<11}{declared:<10}{executions:>10}{time:>11}")?;
    Ok(())
}

fn row(cell: &Cell, verdict: &Verdict, out: &mut dyn Write) -> Result<(), UsageError> {
    let name = verdict.conclusion.as_str();
    let declared = cell.declared.as_str();
    let time = format!("{:.1} ms", verdict.elapsed.as_secs_f64() * 1000.0);
    let (model, executions) = (cell.model, verdict.executions);
    writeln!(out, "  {model:<41}{name:<11}{declared:<10}{executions:>10}{time:>11}")?;
    if let Some(violation) = verdict.conclusion.violation() {
        let others = match violation.others.as_slice() {
            [] => String::new(),
            others => format!(" (also {})", others.join(", ")),
        };
        let doubt = violation.recording.reservation.as_ref().map_or("", |_| ", in doubt");
        writeln!(out, "    {}{doubt}{others}", violation.property.name)?;
    }
    if !cell.declared.agrees_with(verdict) {
        let property = cell.declared.property().unwrap_or("every property holds");
        writeln!(out, "    NOT AS DECLARED: {declared}, {property}")?;
        if verdict.conclusion.violation().is_none() {
            writeln!(out, "    {}", report::conclusion_text(&verdict.conclusion))?;
        }
    }
    Ok(())
}

/// Refuses what this version cannot explore, instead of exploring something else.
fn check_possible(args: &ProveArgs, cells: &[Cell]) -> Result<(), UsageError> {
    let refuse =
        |option, value: String, possible| Err(UsageError::NotPossible { option, value, possible });
    let is_whole = args.sample.is_none() && cells.iter().all(|cell| cell.level != Level::Thread);
    if args.jobs > 1 && !is_whole {
        let possible = "samples are drawn, and level `thread` is explored, on one thread";
        return refuse("jobs", args.jobs.to_string(), possible);
    }
    if args.sample.is_some() && cells.iter().any(|cell| cell.level == Level::Thread) {
        let possible = "only the levels `await` and `lock` run schedules chosen at random";
        return refuse("sample", String::from("at level thread"), possible);
    }
    if args.coverage && cells.iter().any(|cell| cell.level == Level::Thread) {
        let possible = "only at the levels `await` and `lock` is it told what was exercised";
        return refuse("coverage", String::from("at level thread"), possible);
    }
    if let Some(Shard { index, of }) = args.shard {
        let value = format!("{index}/{of}");
        if !is_whole {
            let possible = "samples and level `thread` cannot be split";
            return refuse("shard", value, possible);
        }
        if cells.len() != 1 || args.matrix || args.coverage {
            let possible = "one cell is split: name it with --scenario and --model, no tables";
            return refuse("shard", value, possible);
        }
    }
    Ok(())
}

/// Runs a share of a cell and writes its result.
fn prove_shard(
    args: &ProveArgs,
    file: &Path,
    cell: &Cell,
    out: &mut dyn Write,
) -> Result<ExitCode, UsageError> {
    let verdict = progress::explore(cell, args.options(cell), args.size.size());
    let text = report::shard_text(&verdict).expect("a share was asked for");
    fs::write(file, text).map_err(|error| {
        let file = file.display().to_string();
        UsageError::File { file, error }
    })?;
    if args.json {
        writeln!(out, "{}", report::json_row(&verdict, cell.declared.as_str()))?;
    } else {
        writeln!(out, "{}", report::conclusion_text(&verdict.conclusion))?;
    }
    let is_done = matches!(verdict.conclusion, Conclusion::Incomplete(Incomplete::OneShard { .. }));
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

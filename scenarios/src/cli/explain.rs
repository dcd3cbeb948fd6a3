//! `authloom explain`: one cell, whole.

use std::io::Write;
use std::process::ExitCode;

use authloom::prove::Options;
use authloom::report;

use super::args::ExplainArgs;
use super::error::UsageError;
use super::names::{check_size, level_asked, select};
use super::progress;

/// Explores one cell and prints its counterexample or what was proved.
pub fn explain(args: &ExplainArgs, out: &mut dyn Write) -> Result<ExitCode, UsageError> {
    let level = level_asked(&args.level)?;
    for cell in select(Some(&args.scenario), Some(&args.model), level)? {
        let size = args.size.size();
        check_size(&[cell], size)?;
        let verdict = progress::explore(&cell, args.level.set(&cell, Options::default()), size);
        if args.json {
            writeln!(out, "{}", report::json_row(&verdict, cell.declared.as_str()))?;
        } else {
            write!(out, "{}", report::verdict_text(&verdict))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

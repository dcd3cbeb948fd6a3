//! `authloom replay`: a schedule from a file.

use std::fs;
use std::io::{self, Read as _, Write};
use std::path::Path;
use std::process::ExitCode;

use authloom::report;
use authloom_scenarios::Size;
use serde_json::json;

use super::args::ReplayArgs;
use super::error::UsageError;
use super::names::{check_size, select};

/// Runs the first schedule in a file and prints what it shows.
pub fn replay(args: &ReplayArgs, out: &mut dyn Write) -> Result<ExitCode, UsageError> {
    let file = args.file.display().to_string();
    let text = read(&args.file, &file)?;
    let schedule = report::parse_schedule(&text)
        .map_err(|error| UsageError::ScheduleText { file: file.clone(), error })?;
    let refused = |reason: String| UsageError::Schedule { file: file.clone(), reason };
    let Some(model) = schedule.model.as_deref() else {
        let reason = "it names no model: replay it in the test that it comes from, with \
                      `assert_reproduces`";
        return Err(refused(String::from(reason)));
    };
    let cells = select(Some(&schedule.scenario), Some(model), schedule.level)
        .and_then(|cells| {
            check_size(&cells, Size::of(schedule.bounds))?;
            Ok(cells)
        })
        .map_err(|error| refused(error.to_string()))?;
    for cell in cells {
        let violation =
            cell.replay(&schedule).map_err(|error| refused(report::replay_error_text(&error)))?;
        if args.json {
            let row = json!({
                "scenario": schedule.scenario,
                "model": model,
                "level": schedule.level.as_str(),
                "verdict": "violated",
                "property": violation.property.name,
                "schedule": report::schedule_text(&schedule),
            });
            writeln!(out, "{row}")?;
        } else {
            write!(out, "{}", report::violation_text(&violation))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The text in a file; `-` is standard input.
pub(super) fn read(path: &Path, file: &str) -> Result<String, UsageError> {
    let mut bytes = Vec::new();
    let result = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(path).map(|read| bytes = read)
    };
    result.map_err(|error| UsageError::File { file: file.to_owned(), error })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        UsageError::NotText { file: file.to_owned(), line }
    })
}

//! `authloom list`: what there is.

use std::io::Write;
use std::process::ExitCode;

use authloom::property;
use authloom_scenarios::{Shown, catalogue, exhibits};
use serde_json::json;

use super::args::ListArgs;
use super::error::UsageError;

/// Prints every scenario with its models, every exhibit of the museum, and every property.
pub fn list(args: &ListArgs, out: &mut dyn Write) -> Result<ExitCode, UsageError> {
    if args.json {
        as_json(out)?
    } else {
        as_text(out)?
    }
    Ok(ExitCode::SUCCESS)
}

fn as_text(out: &mut dyn Write) -> Result<(), UsageError> {
    writeln!(out, "Scenarios, with their models and what each is declared to be at level await")?;
    for race in catalogue() {
        let range = race.callers_range();
        writeln!(out, "\n{}: {}", race.name(), race.summary())?;
        write!(out, "  callers: {} ({} to {})", race.callers(), range.start(), range.end())?;
        let bounds = [
            ("faults", race.faults()),
            ("crashes", race.crashes()),
            ("cancelled", race.cancellations()),
            ("clock advances", race.clock_advances()),
        ];
        for (name, count) in bounds {
            if count > 0 {
                write!(out, "; {name}: {count}")?;
            }
        }
        writeln!(out)?;
        for (model, summary, declared) in race.models() {
            let property = declared.property().map_or(String::new(), |name| format!(" {name}"));
            writeln!(out, "  {model}: {}{property}", declared.as_str())?;
            writeln!(out, "    {summary}")?;
        }
    }
    writeln!(out, "\nExhibits: races that were reported in public\n")?;
    for exhibit in exhibits() {
        writeln!(out, "{}: {}", exhibit.number, exhibit.title)?;
        writeln!(out, "  {}", exhibit.links.join(", "))?;
        for (kind, cells) in [("faulty", exhibit.faulty), ("fixed", exhibit.fixed)] {
            for Shown { scenario, model } in cells {
                writeln!(out, "  {kind}: {scenario} {model}")?;
            }
        }
    }
    writeln!(out, "\nProperties\n")?;
    for property in property::ALL {
        writeln!(out, "{}: {}", property.name, property.statement)?;
    }
    Ok(())
}

fn as_json(out: &mut dyn Write) -> Result<(), UsageError> {
    for race in catalogue() {
        let (name, summary) = (race.name(), race.summary());
        let row = json!({ "kind": "scenario", "name": name, "summary": summary,
            "callers": race.callers(), "faults": race.faults(), "crashes": race.crashes(),
            "cancellations": race.cancellations(),
            "clock_advances": race.clock_advances() });
        writeln!(out, "{row}")?;
        for (model, summary, declared) in race.models() {
            let row = json!({ "kind": "model", "name": model, "summary": summary,
                "scenario": name, "declared": declared.as_str(),
                "property": declared.property() });
            writeln!(out, "{row}")?;
        }
    }
    for exhibit in exhibits() {
        let cells = |cells: &[Shown]| -> Vec<serde_json::Value> {
            let cell = |one: &Shown| json!({ "scenario": one.scenario, "model": one.model });
            cells.iter().map(cell).collect()
        };
        let row = json!({ "kind": "exhibit", "number": exhibit.number, "title": exhibit.title,
            "links": exhibit.links, "faulty": cells(exhibit.faulty),
            "fixed": cells(exhibit.fixed) });
        writeln!(out, "{row}")?;
    }
    for property in property::ALL {
        let row = json!({ "kind": "property", "name": property.name,
            "summary": property.statement });
        writeln!(out, "{row}")?;
    }
    Ok(())
}

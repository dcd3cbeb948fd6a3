//! `authloom prove --coverage`: at which awaits callers were cancelled, which calls met which
//! faults, and what of both never was.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use authloom::prove::{Coverage, Exercised, Verdict};
use authloom::report::await_point_text;
use authloom::world::Fault;
use serde_json::json;

use super::error::UsageError;

/// What each explored cell has exercised.
#[derive(Default)]
pub struct CoverageTables {
    cells: Vec<Covered>,
}

struct Covered {
    scenario: &'static str,
    model: &'static str,
    is_cancelled: bool,
    coverage: Coverage,
}

/// For each fault that can befall an operation: in how many cells it was called, in how many the
/// fault befell.
type Calls = BTreeMap<(&'static str, Fault), (usize, usize)>;

impl CoverageTables {
    /// Takes a verdict in.
    pub fn add(&mut self, model: &'static str, verdict: &Verdict) {
        let Some(coverage) = verdict.coverage.clone() else { return };
        self.cells.push(Covered {
            scenario: verdict.scenario,
            model,
            is_cancelled: verdict.bounds.cancellations > 0,
            coverage,
        });
    }

    /// Prints, for each cell with cancellations, the awaits; and for all cells together, the calls
    /// by fault. A cell whose bounds have no fault shows that none befell its calls.
    pub fn print(&self, as_json: bool, out: &mut dyn Write) -> Result<(), UsageError> {
        if as_json {
            return self.print_json(out);
        }
        writeln!(out, "\nAwait x cancellation: where a caller was cancelled in some execution")?;
        for cell in self.cells.iter().filter(|cell| cell.is_cancelled) {
            writeln!(out, "\n  {} {}", cell.scenario, cell.model)?;
            for (place, exercised) in cell.awaits() {
                writeln!(out, "    {}{place}", told(exercised))?;
            }
        }
        writeln!(out, "\nCall x fault: in how many of the cells that call it, each befell\n")?;
        let calls = self.calls();
        for ((operation, fault), (cells, met)) in &calls {
            writeln!(out, "  {operation:<12}{:<20}{met:>3} of {cells}", fault.as_str())?;
        }
        let never = calls.iter().filter(|(_, (_, met))| *met == 0);
        writeln!(out, "\n  never exercised: {}", never.clone().count())?;
        for ((operation, fault), _) in never {
            writeln!(out, "    {operation} {}", fault.as_str())?;
        }
        Ok(())
    }

    fn print_json(&self, out: &mut dyn Write) -> Result<(), UsageError> {
        for cell in self.cells.iter().filter(|cell| cell.is_cancelled) {
            let (cancelled, never) = parted(cell.awaits());
            let row = json!({ "kind": "awaits", "scenario": cell.scenario, "model": cell.model,
                "cancelled": cancelled, "never": never });
            writeln!(out, "{row}")?;
        }
        for cell in &self.cells {
            for (operation, faults) in &cell.coverage.calls {
                let faults = faults.iter().map(|(fault, it)| (fault.as_str().to_owned(), *it));
                let (met, never) = parted(faults);
                let row = json!({ "kind": "calls", "scenario": cell.scenario,
                    "model": cell.model, "operation": operation, "met": met, "never": never });
                writeln!(out, "{row}")?;
            }
        }
        Ok(())
    }

    fn calls(&self) -> Calls {
        let mut calls = Calls::default();
        for cell in &self.cells {
            for (operation, faults) in &cell.coverage.calls {
                for (fault, exercised) in faults {
                    let (cells, met) = calls.entry((*operation, *fault)).or_default();
                    *cells += 1;
                    *met += usize::from(*exercised == Exercised::InSome);
                }
            }
        }
        calls
    }
}

impl Covered {
    fn awaits(&self) -> impl Iterator<Item = (String, Exercised)> {
        let awaits = self.coverage.awaits.iter();
        awaits.map(|(place, exercised)| (await_point_text(place), *exercised))
    }
}

/// What was exercised, and what never was.
fn parted(all: impl Iterator<Item = (String, Exercised)>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (exercised, never): (Vec<_>, Vec<_>) = all.partition(|(_, it)| *it == Exercised::InSome);
    let names = |them: Vec<(String, Exercised)>| them.into_iter().map(|(name, _)| name).collect();
    (names(exercised), names(never))
}

fn told(exercised: Exercised) -> &'static str {
    match exercised {
        Exercised::Never => "never      ",
        Exercised::InSome => "cancelled  ",
    }
}

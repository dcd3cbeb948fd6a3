//! `authloom prove --matrix`: which property finds which model out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use authloom::property;
use authloom::prove::Verdict;
use serde_json::json;

use super::error::UsageError;

/// For each property, the models that some schedule of some scenario breaks it with; and every
/// model that was explored.
#[derive(Default)]
pub struct Matrix {
    kills: BTreeMap<&'static str, BTreeSet<&'static str>>,
    models: BTreeSet<&'static str>,
}

impl Matrix {
    /// Takes a verdict in.
    pub fn add(&mut self, model: &'static str, verdict: &Verdict) {
        self.models.insert(model);
        let Some(violation) = verdict.conclusion.violation() else { return };
        let broken = violation.others.iter().copied().chain([violation.property.name]);
        for property in broken {
            self.kills.entry(property).or_default().insert(model);
        }
    }

    /// Prints a row for each property, the models below it, and then the models that no property
    /// finds out.
    pub fn print(&self, as_json: bool, out: &mut dyn Write) -> Result<(), UsageError> {
        let none = BTreeSet::new();
        if !as_json {
            writeln!(out, "\nWhich property finds which model out")?;
        }
        for property in property::ALL {
            let models = self.kills.get(property.name).unwrap_or(&none);
            if as_json {
                let row = json!({ "kind": "kills", "property": property.name, "models": models });
                writeln!(out, "{row}")?;
                continue;
            }
            writeln!(out, "\n  {}: {}", property.name, models.len())?;
            for model in models {
                writeln!(out, "    {model}")?;
            }
        }
        let killed: BTreeSet<_> = self.kills.values().flatten().copied().collect();
        let never: BTreeSet<_> = self.models.difference(&killed).copied().collect();
        if as_json {
            writeln!(out, "{}", json!({ "kind": "never-broken", "models": never }))?;
        } else {
            writeln!(out, "\n  never broken: {}", never.len())?;
            for model in never {
                writeln!(out, "    {model}")?;
            }
        }
        Ok(())
    }
}

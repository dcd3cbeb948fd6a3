//! Finding cells by name.

use authloom::prove::Level;
use authloom_scenarios::{Cell, Size, cells_at};

use super::args::{LevelArgs, Preemptions};
use super::error::UsageError;

/// The level asked for; `await` if none is.
pub fn level_asked(args: &LevelArgs) -> Result<Level, UsageError> {
    let name = args.level.as_deref().unwrap_or("await");
    let level = Level::named(name).ok_or_else(|| UsageError::NotPossible {
        option: "level",
        value: name.to_owned(),
        possible: "there are the levels `await`, `lock` and `thread`",
    })?;
    match args.preemptions {
        Some(Preemptions(bound)) if level != Level::Thread => Err(UsageError::NotPossible {
            option: "preemptions",
            value: bound.map_or_else(|| String::from("none"), |bound| bound.to_string()),
            possible: "only level `thread` interrupts threads",
        }),
        _ => Ok(level),
    }
}

/// The cells of a scenario, a model, both or neither, at a level.
pub fn select(
    scenario: Option<&str>,
    model: Option<&str>,
    level: Level,
) -> Result<Vec<Cell>, UsageError> {
    let all = cells_at(level);
    if let Some(name) = scenario {
        known("scenario", name, all.iter().map(|cell| cell.race().name()).collect())?;
    }
    if let Some(name) = model {
        known("model", name, all.iter().map(|cell| cell.model).collect())?;
    }
    let in_scenario = |cell: &&Cell| scenario.is_none_or(|name| cell.race().name() == name);
    let chosen: Vec<Cell> = all.iter().filter(in_scenario).copied().collect();
    let selected: Vec<Cell> =
        chosen.iter().filter(|cell| model.is_none_or(|name| cell.model == name)).copied().collect();
    match (selected.is_empty(), chosen.first(), model) {
        (true, Some(cell), Some(model)) => Err(UsageError::NotInScenario {
            scenario: cell.race().name(),
            model: all.iter().map(|cell| cell.model).find(|name| *name == model).unwrap_or(""),
            models: chosen.iter().map(|cell| cell.model).collect(),
        }),
        _ => Ok(selected),
    }
}

/// Checks a size against every cell that it is for.
pub fn check_size(cells: &[Cell], size: Size) -> Result<(), UsageError> {
    for cell in cells {
        let race = cell.race();
        let callers = size.callers.unwrap_or(cell.callers());
        if !race.callers_range().contains(&callers) {
            let (scenario, range) = (race.name(), race.callers_range());
            return Err(UsageError::Callers { scenario, range, callers });
        }
        if cell.level.callers_max().is_some_and(|most| callers > most) {
            return Err(UsageError::NotPossible {
                option: "callers",
                value: callers.to_string(),
                possible: "level thread takes at most 4: loom has no more threads",
            });
        }
        let cancellations = size.cancellations.unwrap_or(0);
        if cancellations > callers {
            let scenario = race.name();
            return Err(UsageError::Cancellations { scenario, callers, cancellations });
        }
    }
    Ok(())
}

fn known(kind: &'static str, name: &str, mut names: Vec<&'static str>) -> Result<(), UsageError> {
    if names.contains(&name) {
        return Ok(());
    }
    names.sort_unstable();
    names.dedup();
    names.sort_by_key(|candidate| distance(candidate, name));
    names.truncate(3);
    Err(UsageError::UnknownName { kind, name: name.to_owned(), nearest: names })
}

/// Smaller is nearer. The part before the slash counts little: people leave it out.
fn distance(candidate: &str, name: &str) -> usize {
    let short = candidate.split_once('/').map_or(candidate, |(_, short)| short);
    let wanted = name.split_once('/').map_or(name, |(_, short)| short);
    let within = usize::from(!short.contains(wanted)) * 100;
    within + strsim::damerau_levenshtein(short, wanted)
}

//! What a reader of the repository may rely on: imports run one way, files stay short, nothing is
//! left half done.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Which modules of the harness each module may name. `explore` <- `world` <- `auth` <- `property`
/// <- `prove` <- `report`, with one exception: `prove` asks `report` for the text of a failed
/// assertion. `sync` is for code under test; nobody else imports it.
const LAYERS: [(&str, &[&str]); 7] = [
    ("explore", &[]),
    ("world", &["explore"]),
    ("sync", &["world"]),
    ("auth", &["explore", "world"]),
    ("property", &["explore", "world", "auth"]),
    ("prove", &["explore", "world", "auth", "property", "report"]),
    ("report", &["explore", "world", "auth", "property", "prove"]),
];

/// Every Rust file below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Every Rust file of the project, with its text.
fn sources() -> BTreeMap<PathBuf, String> {
    let folders = ["harness", "models", "scenarios", "tests"];
    let files = folders.iter().flat_map(|folder| rust_files(&Path::new(ROOT).join(folder)));
    files.map(|file| (file.clone(), fs::read_to_string(file).expect("it is text"))).collect()
}

/// The modules that `crate::` paths in a text name.
fn modules_named(text: &str) -> Vec<&str> {
    let after = text.split("crate::").skip(1);
    after
        .filter(|rest| !rest.starts_with('{'))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
        .collect()
}

#[test]
fn imports_run_one_way() {
    let harness = Path::new(ROOT).join("harness/src");
    for (layer, allowed) in LAYERS {
        let mut files = rust_files(&harness.join(layer));
        files.push(harness.join(format!("{layer}.rs")));
        for file in files {
            let text = fs::read_to_string(&file).expect("it is text");
            assert!(!text.contains("crate::{"), "{file:?}: one `use crate::…` a module");
            for module in modules_named(&text) {
                let known = LAYERS.iter().any(|(name, _)| *name == module);
                assert!(
                    !known || module == layer || allowed.contains(&module),
                    "{file:?}: {layer} must not import {module}"
                );
            }
        }
    }
}

/// The check above finds an import against the order.
#[test]
fn an_import_against_the_order_is_found() {
    let text = "use crate::explore::Lane;\nuse crate::report::verdict_text;";
    assert_eq!(modules_named(text), ["explore", "report"]);
}

/// The search knows nothing of async, a model nothing of being tested.
#[test]
fn the_search_and_the_models_do_not_know_what_they_must_not() {
    for (file, text) in sources() {
        let path = file.strip_prefix(ROOT).expect("it is in the project").to_owned();
        let forbidden: &[&str] = if path.starts_with("harness/src/explore") {
            &["Future", "Waker", "async ", ".await", "tokio", "Token", "Session"]
        } else if is_model(&path) {
            &["World", "Double", "prove", "Scenario", "cfg(test)", "authloom::explore"]
        } else {
            continue;
        };
        for word in forbidden {
            assert!(!text.contains(word), "{path:?} says `{word}`");
        }
    }
}

/// A file with an implementation in it, not one of the lists beside the folders.
fn is_model(path: &Path) -> bool {
    path.starts_with("models/src") && path.components().count() > 3
}

#[test]
fn files_are_short_and_finished() {
    let unfinished = ["TO".to_owned() + "DO", "FIX".to_owned() + "ME", "dbg".to_owned() + "!("];
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{file:?} has {lines} lines");
        for (number, line) in text.lines().enumerate() {
            let width = line.chars().count();
            assert!(width <= 100, "{file:?}:{} has {width} columns", number + 1);
        }
        for word in &unfinished {
            assert!(!text.contains(word.as_str()), "{file:?} says {word}");
        }
    }
}

/// A scenario does not import another, a model not another: each is read on its own.
#[test]
fn scenarios_and_models_stand_alone() {
    for (file, text) in sources() {
        let path = file.strip_prefix(ROOT).expect("it is in the project").to_owned();
        let is_scenario = path.starts_with("scenarios/src")
            && path.components().count() == 4
            && !path.starts_with("scenarios/src/cli")
            && !path.starts_with("scenarios/src/museum")
            && !path.starts_with("scenarios/src/catalogue");
        if is_scenario {
            assert!(modules_named(&text).is_empty(), "{path:?} imports another scenario");
            assert!(!text.contains("super::"), "{path:?} imports another scenario");
        }
        if is_model(&path) {
            assert!(modules_named(&text).iter().all(|name| *name == "keyed"), "{path:?}");
            assert!(!text.contains("super::"), "{path:?} imports another model");
        }
    }
}

/// Nothing committed names a machine's folders.
#[test]
fn no_path_of_a_machine_is_in_a_golden_file() {
    let snapshots = Path::new(ROOT).join("tests/snapshots");
    for entry in fs::read_dir(snapshots).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let text = fs::read_to_string(&path).expect("it is text");
        assert!(!text.contains(ROOT) && !text.contains("/registry/"), "{path:?}");
    }
}

/// Every exhibit has a cell with the fault and one without it, and the catalogue says so.
#[test]
fn exhibits_are_shown_by_cells_of_the_catalogue() {
    use authloom_scenarios::{Declared, Shown, exhibits};

    let cells = authloom_scenarios::cells();
    let declared = |shown: &Shown| {
        let cell = cells
            .iter()
            .find(|cell| cell.race().name() == shown.scenario && cell.model == shown.model);
        cell.unwrap_or_else(|| panic!("{shown:?} is no cell")).declared
    };
    for exhibit in exhibits() {
        let number = exhibit.number;
        assert!(!exhibit.links.is_empty(), "exhibit {number}");
        assert!(!exhibit.faulty.is_empty() && !exhibit.fixed.is_empty(), "exhibit {number}");
        let is_proved = |shown: &Shown| matches!(declared(shown), Declared::Proved);
        assert!(!exhibit.faulty.iter().any(is_proved), "exhibit {number}");
        assert!(exhibit.fixed.iter().all(is_proved), "exhibit {number}");
    }
    assert!(exhibits().is_sorted_by(|one, next| one.number < next.number));
}

/// The documentation of a faulty model names the reports that it stands for; where the server is at
/// fault, that of the scenario does.
#[test]
fn a_faulty_model_names_the_reports_of_its_exhibits() {
    let scenarios: String = rust_files(&Path::new(ROOT).join("scenarios/src"))
        .into_iter()
        .filter(|file| !file.ends_with("museum.rs"))
        .map(|file| fs::read_to_string(file).expect("it is text"))
        .collect();
    for exhibit in authloom_scenarios::exhibits() {
        for link in exhibit.links.iter().filter(|link| link.contains('#')) {
            let is_named = exhibit.faulty.iter().any(|shown| {
                let file = shown.model.replace('-', "_");
                let path = Path::new(ROOT).join(format!("models/src/{file}.rs"));
                fs::read_to_string(path).expect("the model has a file").contains(link)
            });
            assert!(is_named || scenarios.contains(link), "{link} of exhibit {}", exhibit.number);
        }
    }
}

/// Every model is explored somewhere, every wrong one is found out, and every property that a
/// scenario names finds somebody out or guards against it in the suite of its own file.
#[test]
fn every_model_is_in_the_catalogue_and_every_property_has_a_culprit() {
    let cells = authloom_scenarios::cells();
    let explored = |name: &str| cells.iter().any(|cell| cell.model == name);
    let models = authloom_models::refresh::MODELS.iter().map(|model| model.name);
    let models = models.chain(authloom_models::callback::MODELS.iter().map(|model| model.name));
    let models = models.chain(authloom_models::sync_engine::MODELS.iter().map(|model| model.name));
    for model in models {
        assert!(explored(model), "{model} is in no scenario");
    }
    let kills = |name: &str| cells.iter().any(|cell| cell.declared.property() == Some(name));
    let without_culprit: Vec<&str> = authloom::property::ALL
        .iter()
        .map(|property| property.name)
        .filter(|name| !kills(name))
        .collect();
    assert!(without_culprit.is_empty(), "nobody is found out by {without_culprit:?}");
}

//! The `authloom` command, run as a process.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn authloom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authloom"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary was just built")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints text")
}

fn refused(arguments: &[&str]) -> String {
    let output = authloom(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("it prints text")
}

fn file(name: &str, contents: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, contents).expect("the folder is there");
    path
}

const RACE: [&str; 2] = ["callback/double-submit", "callback/lock-around-final-call"];

#[test]
fn prove_narrowed_to_a_cell_has_a_row_and_exits_0() {
    let output =
        authloom(&["prove", "--json", "--scenario", RACE[0], "--model", "callback/keyed-lock"]);
    assert_eq!(output.status.code(), Some(0));
    let row: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    assert_eq!(row["scenario"], RACE[0]);
    assert_eq!(row["model"], "callback/keyed-lock");
    assert_eq!(row["level"], "await");
    assert_eq!(row["declared"], "proved");
    assert_eq!(row["verdict"], "proved");
    assert_eq!(row["property"], serde_json::Value::Null);
    assert_eq!(row["redundant"], 0);
    assert_eq!(row["bounds"]["callers"], 2);
    assert_eq!(row["bounds"]["preemptions"], serde_json::Value::Null);
    assert_eq!(row["schedule"], serde_json::Value::Null);
    for field in ["executions", "steps", "elapsed_ms"] {
        assert!(row[field].is_number(), "{field}");
    }
}

/// What is proved in full is not when some of it is run: neither in the verdict nor in the exit
/// code. The same seed gives the same row.
#[test]
fn a_sample_proves_nothing() {
    let arguments = ["--sample", "pct", "--seed", "3", "--executions", "40", "--json"];
    let cell = ["--scenario", RACE[0], "--model", "callback/keyed-lock"];
    let run = || authloom(&[&["prove"], &arguments[..], &cell[..]].concat());
    let row = |output: &Output| -> serde_json::Value {
        let mut row: serde_json::Value =
            serde_json::from_str(&stdout(output)).expect("one JSON object");
        row["elapsed_ms"].take();
        row
    };
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    let first = row(&output);
    assert_eq!(first["verdict"], "incomplete");
    assert_eq!(first["executions"], 40);
    let reason = first["reason"].as_str().expect("it says why");
    assert!(reason.starts_with("40 executions were sampled with seed 3"), "{reason}");
    assert!(reason.contains("a chance of at least"), "{reason}");
    assert_eq!(row(&run()), first);
}

#[test]
fn options_of_a_sample_without_one_are_refused() {
    for option in ["--seed", "--executions", "--depth"] {
        assert!(refused(&["prove", option, "3"]).contains("--sample"), "{option}");
    }
    assert!(refused(&["prove", "--sample", "luck"]).contains("pct"));
}

/// With one caller nothing races: the verdict is not the declared one, and the exit code says so.
#[test]
fn a_verdict_that_is_not_as_declared_exits_1() {
    let output = authloom(&[
        "--scenario",
        "refresh/concurrent-callers",
        "--callers",
        "1",
        "--model",
        "refresh/check-then-act",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("NOT AS DECLARED: violated, refresh-token-presented-once"), "{text}");
}

/// Explaining, saving and replaying shows the same timeline; twice is the same to the byte.
#[test]
fn an_explanation_replays_from_a_file_and_from_standard_input() {
    let explained = stdout(&authloom(&["explain", RACE[0], RACE[1]]));
    assert_eq!(stdout(&authloom(&["explain", RACE[0], RACE[1]])), explained);

    let path = file("race.txt", explained.as_bytes());
    let output = authloom(&["replay", path.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(0));
    let replayed = stdout(&output);
    assert!(replayed.starts_with("violated code-presented-once"), "{replayed}");
    assert!(explained.starts_with(&replayed), "{replayed}");

    let mut child = Command::new(env!("CARGO_BIN_EXE_authloom"))
        .args(["replay", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary was just built");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(explained.as_bytes()).expect("it reads all of it");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let row: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    assert_eq!(row["property"], "code-presented-once");
}

#[test]
fn list_names_every_cell_and_property() {
    let text = stdout(&authloom(&["list"]));
    let rows = stdout(&authloom(&["list", "--json"]));
    for cell in authloom_scenarios::cells() {
        assert!(text.contains(cell.race().name()) && text.contains(cell.model));
        assert!(rows.contains(cell.model));
    }
    for property in authloom::property::ALL {
        assert!(text.contains(property.name) && rows.contains(property.name));
    }
}

#[test]
fn unknown_names_get_the_nearest() {
    let text = refused(&["explain", "callback/duoble-submit", RACE[1]]);
    assert!(
        text.contains(
            "there is no scenario `callback/duoble-submit`; nearest: callback/double-submit"
        ),
        "{text}"
    );
    let text = refused(&["prove", "--model", "single-flight"]);
    assert!(text.contains("nearest: refresh/single-flight"), "{text}");
    let text = refused(&["explain", RACE[0], "callback/lock-leaked-on-error"]);
    assert!(text.contains("callback/double-submit has no model"), "{text}");
}

#[test]
fn what_cannot_be_explored_is_refused() {
    for (arguments, reason) in [
        (["--callers", "0"], "takes 1 to 8 callers, not 0"),
        (["--cancellations", "9"], "of which 9 cannot be cancelled"),
        (["--level", "instruction"], "there are the levels `await`, `lock` and `thread`"),
        (["--shard", "3/2"], "it takes 1/N to N/N"),
        (["--jobs", "0"], "it takes 1 or more"),
        (["--preemptions", "3"], "only level `thread` interrupts threads"),
        (["--preemptions", "many"], "invalid value 'many'"),
        (["--callers", "many"], "invalid value 'many'"),
    ] {
        let text = refused(&arguments);
        assert!(text.contains(reason), "{arguments:?}: {text}");
    }
}

/// What was asked for stands in the bounds, and no proof where it could not befall anything.
#[test]
fn faults_and_crashes_are_bounds() {
    let run = |scenario: &str, model: &str, more: &[&str]| -> serde_json::Value {
        let arguments = [&["prove", "--json", "--scenario", scenario, "--model", model], more];
        let text = stdout(&authloom(&arguments.concat()));
        serde_json::from_str(&text).expect("one JSON object")
    };
    let (scenario, model) = ("refresh/concurrent-callers", "refresh/serialized-with-recheck");
    let row = run(scenario, model, &["--faults", "1"]);
    assert_eq!((&row["verdict"], &row["bounds"]["faults"]), (&"violated".into(), &1.into()));
    let row = run(scenario, model, &["--crashes", "1"]);
    assert_eq!((&row["verdict"], &row["bounds"]["crashes"]), (&"incomplete".into(), &1.into()));
    let row = run("refresh/first-refresh-fails", model, &["--faults", "0"]);
    assert_eq!(row["verdict"], "incomplete");
}

/// Level `thread` says which cells have fewer callers, takes its bound from the command, and what
/// it shows replays.
#[test]
fn level_thread_names_its_bound_and_its_callers() {
    let thread = |more: &[&str]| {
        let arguments = ["prove", "--level", "thread", "--scenario"];
        authloom(&[&arguments[..], more].concat())
    };
    let text = stdout(&thread(&["refresh/failed-refresh"]));
    for callers in ["2 callers", "1 caller"] {
        let heading = format!("refresh/failed-refresh (level thread, {callers}, 1 fault, 2");
        assert!(text.contains(&heading), "{text}");
    }
    let rows = stdout(&thread(&["refresh/failed-refresh", "--json"]));
    let rows: Vec<serde_json::Value> =
        rows.lines().map(|line| serde_json::from_str(line).expect("one JSON object")).collect();
    let fewer = rows.iter().find(|row| row["model"] == "refresh/detached-exchange");
    assert_eq!(fewer.expect("it is there")["bounds"]["callers"], 1);

    for (bound, shown) in [("none", serde_json::Value::Null), ("1", 1.into())] {
        let row = stdout(&thread(&[RACE[0], "--model", RACE[1], "--preemptions", bound, "--json"]));
        let row: serde_json::Value = serde_json::from_str(&row).expect("one JSON object");
        assert_eq!(row["bounds"]["preemptions"], shown);
        let schedule = row["schedule"].as_str().expect("it is violated");
        let path = file(&format!("thread-{bound}"), schedule.as_bytes());
        let replayed = authloom(&["replay", path.to_str().expect("a plain path"), "--json"]);
        let replayed: serde_json::Value =
            serde_json::from_str(&stdout(&replayed)).expect("one JSON object");
        assert_eq!(replayed["property"], row["property"]);
        assert_eq!(replayed["schedule"], schedule);
    }
    let reason = "level thread takes at most 4";
    let five = ["--level", "thread", "--scenario", RACE[0], "--callers", "5"];
    assert!(refused(&five).contains("takes 1 to 4 callers"));
    let five = ["--level", "thread", "--scenario", "refresh/concurrent-callers", "--callers", "5"];
    assert!(refused(&five).contains(reason));
}

#[test]
fn damaged_schedules_are_refused() {
    let good = stdout(&authloom(&["explain", RACE[0], RACE[1], "--json"]));
    let good: serde_json::Value = serde_json::from_str(&good).expect("one JSON object");
    let good = good["schedule"].as_str().expect("it is violated").to_owned();
    let replay = |name: &str, contents: &[u8]| {
        let path = file(name, contents);
        refused(&["replay", path.to_str().expect("a plain path")])
    };
    let text = replay("binary", b"authloom schedule 1\n\xff\xfe");
    assert!(text.contains("line 2: not text"), "{text}");
    let text = replay("empty", b"");
    assert!(text.contains("no line of it is `authloom schedule 1`"), "{text}");
    let text = replay("cut", good.trim_end().trim_end_matches("end").as_bytes());
    assert!(text.contains("is cut off here"), "{text}");
    let text = replay("model", good.replace("final-call", "first-call").as_bytes());
    assert!(text.contains("nearest: callback/lock-around-final-call"), "{text}");
    let text = replay("callers", good.replace("callers=2", "callers=70").as_bytes());
    assert!(text.contains("takes 1 to 4 callers, not 70"), "{text}");
    let text = replay("edited", good.replace("1 request-1 runs", "1 request-1 jumps").as_bytes());
    assert!(text.contains("line 7: `request-1 jumps` is not possible here"), "{text}");
    let no_model = good.replace("model callback/lock-around-final-call\n", "");
    let text = replay("mine", no_model.as_bytes());
    assert!(text.contains("assert_reproduces"), "{text}");
    let text = refused(&["replay", "no-such-file"]);
    assert!(text.contains("no-such-file: No such file"), "{text}");
}

/// Each exhibit is a row with its links and cells, and at least 22 there are.
#[test]
fn the_museum_is_listed() {
    let text = stdout(&authloom(&["list", "--json"]));
    let rows = text.lines().map(|line| serde_json::from_str(line).expect("one JSON object"));
    let exhibits: Vec<serde_json::Value> =
        rows.filter(|row: &serde_json::Value| row["kind"] == "exhibit").collect();
    assert!(exhibits.len() >= 22, "{} exhibits", exhibits.len());
    for exhibit in &exhibits {
        assert!(exhibit["number"].is_number() && exhibit["title"].is_string(), "{exhibit}");
        for field in ["links", "faulty", "fixed"] {
            assert!(exhibit[field].as_array().is_some_and(|list| !list.is_empty()), "{exhibit}");
        }
    }
    let sign_out = exhibits.iter().find(|exhibit| exhibit["number"] == 23).expect("it is there");
    assert_eq!(sign_out["links"], serde_json::json!(["logto-io/kotlin#253"]));
    assert_eq!(sign_out["faulty"][0]["scenario"], "refresh/sign-out-during-refresh");
    assert_eq!(sign_out["faulty"][0]["model"], "refresh/saves-after-sign-out");
    let listed = stdout(&authloom(&["list"]));
    assert!(listed.contains("logto-io/kotlin#253"), "{listed}");
}

#[test]
fn the_matrix_says_which_property_finds_which_model_out() {
    let narrowed = ["prove", "--json", "--matrix", "--scenario", "refresh/sign-out-during-refresh"];
    let text = stdout(&authloom(&narrowed));
    let rows: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("one JSON object")).collect();
    let found = |property: &str| {
        let row = rows.iter().find(|row| row["kind"] == "kills" && row["property"] == property);
        row.expect("each property has a row")["models"].clone()
    };
    assert_eq!(
        found("signed-out-stays-signed-out"),
        serde_json::json!([
            "refresh/rereads-at-read-committed",
            "refresh/rereads-before-save",
            "refresh/saves-after-sign-out"
        ])
    );
    assert_eq!(found("code-presented-once"), serde_json::json!([]));
    let never = rows.last().expect("there are rows");
    assert_eq!(never["kind"], "never-broken");
    let right = [
        "refresh/locks-row-before-save",
        "refresh/reference",
        "refresh/rereads-serializable",
        "refresh/saves-only-if-unchanged",
        "refresh/serializable-lock-before-save",
    ];
    assert_eq!(never["models"], serde_json::json!(right));
}

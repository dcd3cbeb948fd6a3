//! `prove --shard` and `merge`, run as processes: what is merged is what was run, all of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROVED: [&str; 2] = ["callback/double-submit", "callback/keyed-lock"];
const VIOLATED: [&str; 2] = ["callback/double-submit", "callback/lock-around-final-call"];

fn authloom(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authloom"));
    command.args(arguments).output().expect("the binary was just built")
}

/// Runs a shard; where its result is, and its exit code.
fn shard(test: &str, [scenario, model]: [&str; 2], which: &str) -> (PathBuf, Option<i32>) {
    let name = format!("{test}-{}", which.replace('/', "-of-"));
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let cell = ["prove", "--scenario", scenario, "--model", model];
    let share = ["--shard", which, "--out", plain(&file)];
    let output = authloom(&[&cell[..], &share[..]].concat());
    (file, output.status.code())
}

fn shards(test: &str, cell: [&str; 2], of: usize) -> Vec<PathBuf> {
    (1..=of).map(|index| shard(test, cell, &format!("{index}/{of}")).0).collect()
}

fn plain(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// What `merge` says of files: exit code, output, complaint.
fn merge(files: &[&PathBuf]) -> (Option<i32>, String, String) {
    let files: Vec<&str> = files.iter().map(|file| plain(file)).collect();
    let output = authloom(&[&["merge"], &files[..]].concat());
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn all_shards_together_are_a_proof_and_none_alone() {
    let (first, code) = shard("all", PROVED, "1/3");
    assert_eq!(code, Some(0), "it was run to its end");
    let others = [shard("all", PROVED, "2/3").0, shard("all", PROVED, "3/3").0];
    let (code, text, _) = merge(&[&others[1], &first, &others[0]]);
    assert_eq!((code, text.starts_with("proved: ")), (Some(0), true), "{text}");
    let (code, text, _) = merge(&[&first, &others[1]]);
    assert_eq!(code, Some(1));
    assert!(
        text.starts_with("incomplete: 1 of 3 shards is not there: 2/3; run --shard 2/3"),
        "{text}"
    );
    let (code, text, _) = merge(&[&first]);
    assert_eq!(code, Some(1));
    assert!(text.contains("2 of 3 shards are not there: 2/3, 3/3"), "{text}");
}

#[test]
fn a_shard_given_twice_or_of_another_search_is_refused() {
    let mine = shards("twice", PROVED, 2);
    let (code, text, complaint) = merge(&[&mine[0], &mine[1], &mine[0]]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(complaint.contains("shard 1/2 is there twice"), "{complaint}");
    let other = shard("twice-other", ["callback/double-submit", "callback/unique-insert"], "2/2").0;
    let (code, _, complaint) = merge(&[&mine[0], &other]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("result 2 is of another search than the first: models differ"));
    let other = shard("twice-other", PROVED, "2/3").0;
    let (code, _, complaint) = merge(&[&mine[0], &other]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("numbers of shards differ"), "{complaint}");
}

/// Each byte of a result is covered: one that was changed, left out or added is noticed.
#[test]
fn a_damaged_result_is_refused() {
    let files = shards("damaged", PROVED, 2);
    let good = std::fs::read_to_string(&files[0]).expect("it was just written");
    let damaged = files[0].with_extension("damaged");
    let edits = [
        good.replace("\"shard\":[1,2]", "\"shard\":[2,2]"),
        good.replace("\"executions\":", "\"executions\":1"),
        good.replace("exhausted", "Exhausted"),
        good[..good.len() / 2].to_owned(),
        good.trim_end().to_owned(),
        format!("{good}{good}"),
        good.replace("authloom shard 2", "authloom shard 1"),
        String::new(),
    ];
    for edited in edits {
        assert_ne!(edited, good);
        std::fs::write(&damaged, &edited).expect("the folder is there");
        let (code, text, complaint) = merge(&[&damaged, &files[1]]);
        assert_eq!((code, text.as_str()), (Some(2), ""), "{edited}");
        let is_named =
            complaint.contains("was changed or cut off") || complaint.contains("first line");
        assert!(is_named, "{complaint}");
    }
}

/// A counterexample is one, whatever the other shards would say; and it replays.
#[test]
fn a_violated_shard_is_enough() {
    let results = [shard("violated", VIOLATED, "1/2"), shard("violated", VIOLATED, "2/2")];
    let (file, code) = results.iter().find(|(_, code)| *code == Some(1)).expect("one finds it");
    assert_eq!(*code, Some(1));
    let (code, text, _) = merge(&[file]);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("violated code-presented-once: shard "), "{text}");
    let schedule = file.with_extension("schedule");
    std::fs::write(&schedule, text).expect("the folder is there");
    assert_eq!(authloom(&["replay", plain(&schedule)]).status.code(), Some(0));
}

#[test]
fn what_cannot_be_split_is_refused() {
    let cell = ["prove", "--scenario", PROVED[0], "--model", PROVED[1]];
    for (arguments, reason) in [
        (&["--shard", "1/2"][..], "--out <FILE>"),
        (&["--shard", "0/2", "--out", "x"], "it takes 1/N to N/N"),
        (&["--shard", "1/2", "--out", "x", "--sample", "pos"], "cannot be split"),
        (&["--jobs", "2", "--sample", "pos"], "on one thread"),
    ] {
        let output = authloom(&[&cell[..], arguments].concat());
        let complaint = String::from_utf8(output.stderr).expect("it prints text");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(complaint.contains(reason), "{arguments:?}: {complaint}");
    }
    let output = authloom(&["prove", "--shard", "1/2", "--out", "x"]);
    let complaint = String::from_utf8(output.stderr).expect("it prints text");
    assert!(complaint.contains("one cell is split"), "{complaint}");
}

/// The same bytes, times aside, with any number of threads from two on.
#[test]
fn several_threads_print_the_same() {
    let row = |jobs: &str| {
        let cell = ["prove", "--json", "--scenario", VIOLATED[0], "--jobs", jobs];
        let text = String::from_utf8(authloom(&cell).stdout).expect("it prints text");
        let without_time = |line: &str| {
            let mut row: serde_json::Value = serde_json::from_str(line).expect("one JSON object");
            row["elapsed_ms"] = serde_json::Value::Null;
            row.to_string()
        };
        text.lines().map(without_time).collect::<Vec<_>>()
    };
    let two = row("2");
    assert!(two.len() > 1);
    assert_eq!(row("3"), two);
    assert_eq!(row("2"), two);
}

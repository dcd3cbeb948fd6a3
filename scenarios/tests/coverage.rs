//! `authloom prove --coverage`, run as a process: what is told is what befell, and nothing else.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The rows of that kind, of one cell.
fn rows(kind: &str, scenario: &str, model: &str, options: &[&str]) -> Vec<Value> {
    let cell = ["prove", "--json", "--coverage", "--scenario", scenario, "--model", model];
    let output = Command::new(env!("CARGO_BIN_EXE_authloom"))
        .args(cell.iter().chain(options))
        .stdin(Stdio::null())
        .output()
        .expect("the binary was just built");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let rows = text.lines().map(|line| serde_json::from_str(line).expect("one JSON object"));
    rows.filter(|row: &Value| row["kind"] == kind).collect()
}

/// The line of a model on which that stands, as a report names it.
fn place(file: &str, source: &str, what: &str) -> String {
    let line = source.lines().position(|line| line.contains(what)).expect("it is there") + 1;
    format!("models/src/refresh/{file}:{line}")
}

const NO_CALL: &str = "a caller, a lock, a channel or another task";

/// The lock waits for its turn, the exchange for its answer: there is no other await in it.
#[test]
fn a_caller_is_cancelled_at_each_of_its_awaits() {
    let model = ("refresh/serialized-with-recheck", "serialized_with_recheck.rs");
    let source = include_str!("../../models/src/refresh/serialized_with_recheck.rs");
    let at = place(model.1, source, "self.endpoint.refresh(");
    let rows = rows("awaits", "refresh/cancelled-caller", model.0, &[]);
    let [row] = rows.as_slice() else { panic!("one cell: {rows:?}") };
    assert_eq!(row["cancelled"], json!([NO_CALL, format!("a caller, token at {at}")]));
    assert_eq!(row["never"], json!([]));
}

/// What belongs to a task of the code's own goes on when callers are cancelled, and says so; with
/// one thread or two.
#[test]
fn an_await_that_nobody_is_cancelled_at_is_named() {
    let source = include_str!("../../models/src/refresh/detached_exchange.rs");
    let at = place("detached_exchange.rs", source, "self.endpoint.refresh(");
    for jobs in ["1", "2"] {
        let options = ["--jobs", jobs];
        let model = "refresh/detached-exchange";
        let rows = rows("awaits", "refresh/cancelled-caller", model, &options);
        let [row] = rows.as_slice() else { panic!("one cell: {rows:?}") };
        assert_eq!(row["cancelled"], json!([NO_CALL]));
        assert_eq!(row["never"], json!([format!("a task of the code, token at {at}")]));
    }
}

#[test]
fn cells_without_cancellations_have_no_awaits_to_tell_of() {
    let model = "refresh/serialized-with-recheck";
    assert_eq!(rows("awaits", "refresh/concurrent-callers", model, &[]), [] as [Value; 0]);
}

const KINDS: [&str; 7] = [
    "answer-lost",
    "error-after",
    "error-before",
    "garbled",
    "refused",
    "request-lost",
    "too-many-requests",
];

/// The calls of a cell: what they met and what they never did.
fn calls(scenario: &str, options: &[&str]) -> (Value, Value) {
    let rows = rows("calls", scenario, "refresh/serialized-with-recheck", options);
    let [row] = rows.as_slice() else { panic!("one operation is called: {rows:?}") };
    assert_eq!(row["operation"], "token");
    (row["met"].clone(), row["never"].clone())
}

#[test]
fn each_kind_of_fault_befalls_a_call_if_the_bounds_have_one() {
    let found = calls("refresh/concurrent-callers", &["--faults", "1"]);
    assert_eq!(found, (json!(KINDS), json!([])));
}

/// The scenario has its server lose an answer, which is no choice of the search.
#[test]
fn a_fault_that_is_staged_is_the_one_that_befalls() {
    let others: Vec<&str> = KINDS.into_iter().filter(|kind| *kind != "answer-lost").collect();
    assert_eq!(calls("refresh/lost-answer", &[]), (json!(["answer-lost"]), json!(others)));
}

#[test]
fn where_nothing_befalls_none_is_told_of() {
    assert_eq!(calls("refresh/concurrent-callers", &[]), (json!([]), json!(KINDS)));
}

#[test]
fn the_table_names_what_was_never_exercised() {
    let output = Command::new(env!("CARGO_BIN_EXE_authloom"))
        .args(["prove", "--coverage", "--scenario", "refresh/lost-answer"])
        .stdin(Stdio::null())
        .output()
        .expect("the binary was just built");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    assert!(text.contains("  token       answer-lost           2 of 2\n"), "{text}");
    assert!(text.contains("\n  never exercised: 6\n    token request-lost\n"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

#[test]
fn it_is_refused_where_it_would_not_be_told() {
    let output = Command::new(env!("CARGO_BIN_EXE_authloom"))
        .args(["prove", "--coverage", "--level", "thread"])
        .stdin(Stdio::null())
        .output()
        .expect("the binary was just built");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).expect("it prints text");
    assert!(text.contains("only at the levels `await` and `lock`"), "{text}");
}

//! authloom beside loom, shuttle and traceforge, on the same three workloads, in one run.
//!
//! `cargo bench --bench peers` prints the table of the README, as Markdown; `-- --quick` runs the
//! smallest size with a cap of a second, so that CI sees it work.
//!
//! Each cell is a process of its own and has ten seconds; one that is not done by then is cut off,
//! and says nothing about what it had left. Every number is measured in this run. What is compared
//! is the time to run everything once: the tools differ in what they take for a step and in what
//! they reduce, and loom looks at weak memory as well, which these workloads do not have.
//!
//! W1: callers who refresh a token without a lock; a token used twice is a violation. W2: the same
//! under a lock with a second look; there is none. W3: callbacks that each look for a session and
//! create one; other than one session is a violation.

use std::time::Duration;

mod cell;
mod on_authloom;
mod on_loom;
mod on_shuttle;
mod on_traceforge;
#[allow(dead_code, reason = "the tests of the search use the rest")]
#[path = "../../search/synthetic/mod.rs"]
mod synthetic;
mod tally;
mod with_locks;

use cell::Measured;

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    W1,
    W2,
    W3,
}

impl Workload {
    const ALL: [Workload; 3] = [Workload::W1, Workload::W2, Workload::W3];

    fn name(self) -> &'static str {
        match self {
            Workload::W1 => "W1",
            Workload::W2 => "W2",
            Workload::W3 => "W3",
        }
    }
}

/// What runs it.
pub struct Tool {
    name: &'static str,
    run: fn(Workload, usize),
}

/// authloom is first: the others are compared with it, and so is its own search without reduction.
const TOOLS: [Tool; 5] = [
    Tool { name: "authloom", run: on_authloom::run },
    Tool { name: "authloom, plain", run: on_authloom::run_plain },
    Tool { name: "loom", run: on_loom::run },
    Tool { name: "shuttle", run: on_shuttle::run },
    Tool { name: "traceforge", run: on_traceforge::run },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--cell") {
        return run_cell(&arguments[at + 1..]);
    }
    let is_quick = arguments.iter().any(|argument| argument == "--quick");
    let (sizes, cap) = if is_quick { (2..=2, 1) } else { (2..=4, 10) };
    let cap = Duration::from_secs(cap);
    println!(
        "| workload | tool | executions | all | seconds | a second | violated at | MiB | time |"
    );
    println!("|---|---|---:|---|---:|---:|---:|---:|---:|");
    for workload in Workload::ALL {
        for callers in sizes.clone() {
            let mut own: Option<Measured> = None;
            for tool in &TOOLS {
                let name = format!("{} n={callers}", workload.name());
                match best(tool, workload, callers, cap) {
                    Ok(measured) => {
                        println!("| {name} | {} | {} |", tool.name, row(&measured, own.as_ref()));
                        own = own.or(Some(measured));
                    }
                    Err(failure) => println!("| {name} | {} | failed: {failure} |", tool.name),
                }
            }
        }
    }
    println!(
        "\nCap {} s a cell. time: as a multiple of authloom's; > where cut off.",
        cap.as_secs()
    );
}

/// What takes less is measured in several processes, whatever the tool, and the fastest counts: how
/// a process comes to lie in memory takes longer than the shortest search.
const SHORT_SECONDS: f64 = 0.1;
const PROCESSES: usize = 10;

fn best(
    tool: &Tool,
    workload: Workload,
    callers: usize,
    cap: Duration,
) -> Result<Measured, String> {
    let mut best = cell::measure(tool, workload, callers, cap)?;
    let more = if best.seconds < SHORT_SECONDS { PROCESSES - 1 } else { 0 };
    for _ in 0..more {
        let again = cell::measure(tool, workload, callers, cap)?;
        if again.seconds < best.seconds {
            best = again;
        }
    }
    Ok(best)
}

/// The cells of a row; `own` is what authloom took.
fn row(measured: &Measured, own: Option<&Measured>) -> String {
    let Measured { executions, is_exhausted, seconds, first_violation, peak_mib } = measured;
    let all = if *is_exhausted { "yes" } else { "cut off" };
    let rate = *executions as f64 / seconds;
    let first = first_violation.map_or(String::from("-"), |first| first.to_string());
    let peak = peak_mib.map_or(String::from("?"), |peak| format!("{peak:.1}"));
    let time = match own {
        None => String::from("1"),
        Some(own) if !own.is_exhausted => String::from("?"),
        Some(own) => {
            let at_least = if *is_exhausted { "" } else { "> " };
            format!("{at_least}{:.1}", seconds / own.seconds)
        }
    };
    format!("{executions} | {all} | {seconds:.6} | {rate:.0} | {first} | {peak} | {time}")
}

/// Runs the cell that `measure` asked for: tool, workload, callers, seconds.
fn run_cell(arguments: &[String]) {
    let [tool, workload, callers, seconds] = arguments else {
        panic!("--cell takes a tool, a workload, callers and seconds, not {arguments:?}");
    };
    let tool = TOOLS.iter().find(|one| one.name == tool).expect("a tool of the table");
    let workload = Workload::ALL.into_iter().find(|one| one.name() == workload);
    let workload = workload.expect("a workload of the table");
    let callers = callers.parse().expect("a number of callers");
    let cap = Duration::from_secs(seconds.parse().expect("a number of seconds"));
    cell::run(tool, workload, callers, cap);
}

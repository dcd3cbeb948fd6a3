//! How many executions a second, on one thread, and how much memory.
//!
//! `cargo bench --bench executions`; `-- --quick` runs each once, so that CI sees it work.
//! Times are the best of several runs: what the code can do, not what the machine was doing.

use std::time::Duration;

use authloom_scenarios::{Cell, cells};

struct Workload {
    scenario: &'static str,
    model: &'static str,
    callers: usize,
}

const WORKLOADS: [Workload; 4] = [
    Workload {
        scenario: "refresh/concurrent-callers",
        model: "refresh/check-then-act",
        callers: 3,
    },
    Workload {
        scenario: "refresh/concurrent-callers",
        model: "refresh/serialized-with-recheck",
        callers: 6,
    },
    Workload {
        scenario: "callback/same-browser-twice",
        model: "callback/lock-around-final-call",
        callers: 2,
    },
    Workload { scenario: "callback/failed-exchange", model: "callback/unique-insert", callers: 2 },
];

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let runs = if is_quick { 1 } else { 7 };
    println!(
        "{:<28}{:<34}{:>7}{:>11}{:>11}{:>9}{:>12}",
        "scenario", "model", "callers", "executions", "steps", "ms", "executions/s"
    );
    for workload in &WORKLOADS {
        let cell = find(workload);
        let verdicts = (0..runs).map(|_| cell.explore(Some(workload.callers), &mut |_| {}));
        let best = verdicts.min_by_key(|verdict| verdict.elapsed).expect("there is a run");
        println!(
            "{:<28}{:<34}{:>7}{:>11}{:>11}{:>9.1}{:>12.0}",
            workload.scenario,
            workload.model,
            workload.callers,
            best.executions,
            best.steps,
            best.elapsed.as_secs_f64() * 1000.0,
            rate(best.executions, best.elapsed)
        );
    }
    match peak_memory_mib() {
        Some(peak) => println!("peak memory {peak:.1} MiB"),
        None => println!("peak memory unknown: this system has no /proc/self/status"),
    }
}

fn find(workload: &Workload) -> Cell {
    let wanted =
        |cell: &Cell| cell.race().name() == workload.scenario && cell.model == workload.model;
    cells().into_iter().find(wanted).expect("the catalogue has it")
}

fn rate(executions: u64, elapsed: Duration) -> f64 {
    executions as f64 / elapsed.as_secs_f64()
}

/// The most memory that this process ever had resident.
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

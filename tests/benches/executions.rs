//! How many executions a second, on one thread and on two, and how much memory.
//!
//! `cargo bench --bench executions`; `-- --quick` runs each once and with a caller less, so that CI
//! sees it work.
//! Times are the best of several runs: what the code can do, not what the machine was doing.

use std::time::Duration;

use authloom::prove::{Options, Search};
use authloom_scenarios::{Cell, Size, cells};

struct Workload {
    scenario: &'static str,
    model: &'static str,
    callers: usize,
    search: Search,
}

impl Workload {
    /// The same with as many callers less.
    fn with_fewer(self, fewer: usize) -> Self {
        Workload { callers: self.callers - fewer, ..self }
    }

    fn size(&self) -> Size {
        Size { callers: Some(self.callers), ..Size::default() }
    }
}

const fn workload(
    scenario: &'static str,
    model: &'static str,
    callers: usize,
    search: Search,
) -> Workload {
    Workload { scenario, model, callers, search }
}

const CONCURRENT: &str = "refresh/concurrent-callers";

const WORKLOADS: [Workload; 7] = [
    workload(CONCURRENT, "refresh/check-then-act", 3, Search::Plain),
    workload(CONCURRENT, "refresh/serialized-with-recheck", 6, Search::Plain),
    workload(CONCURRENT, "refresh/serialized-with-recheck", 8, Search::Optimal),
    workload("refresh/cancelled-caller", "refresh/detached-exchange", 4, Search::Optimal),
    workload("refresh/cancelled-caller", "refresh/detached-exchange", 5, Search::Optimal),
    workload("callback/failed-exchange", "callback/unique-insert", 2, Search::Plain),
    workload("callback/failed-exchange", "callback/unique-insert", 2, Search::Optimal),
];

/// Large enough for two threads.
const SPLIT: [Workload; 2] = [
    workload(CONCURRENT, "refresh/serialized-with-recheck", 7, Search::Plain),
    workload("refresh/cancelled-caller", "refresh/detached-exchange", 5, Search::Optimal),
];

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let (runs, fewer) = if is_quick { (1, 1) } else { (3, 0) };
    println!(
        "{:<28}{:<33}{:>7} {:<8}{:>10}{:>10}{:>9}{:>13}",
        "scenario", "model", "callers", "search", "executions", "steps", "ms", "executions/s"
    );
    for workload in &WORKLOADS.map(|one| one.with_fewer(fewer)) {
        let cell = find(workload);
        let (search, name) = (workload.search, format!("{:?}", workload.search).to_lowercase());
        let verdicts = (0..runs).map(|_| cell.search(search, workload.size(), &mut |_| {}));
        let best = verdicts.min_by_key(|verdict| verdict.elapsed).expect("there is a run");
        println!(
            "{:<28}{:<33}{:>7} {:<8}{:>10}{:>10}{:>9.1}{:>13.0}",
            workload.scenario,
            workload.model,
            workload.callers,
            name,
            best.executions,
            best.steps,
            best.elapsed.as_secs_f64() * 1000.0,
            rate(best.executions, best.elapsed)
        );
    }
    println!("on two threads, against one, each with what it has to run besides");
    for workload in &SPLIT.map(|one| one.with_fewer(fewer)) {
        let once = |jobs| {
            let options = Options { search: workload.search, jobs, ..Options::default() };
            find(workload).explore_with(options, workload.size(), &mut |_| {}).elapsed
        };
        let best = |jobs| (0..runs).map(|_| once(jobs)).min().expect("there is a run");
        let (one, two) = (best(1).as_secs_f64(), best(2).as_secs_f64());
        let (name, ratio) = (format!("{:?}", workload.search).to_lowercase(), one / two);
        let Workload { scenario, model, callers, .. } = workload;
        println!("{scenario:<28}{model:<33}{callers:>7} {name:<8}{ratio:>9.2} times as fast");
    }
    whole_catalogue();
    reference_product("a process, all that may befall", &ALL_OF_ONE, 1);
    reference_product("two processes, all but a fault", &ALL_BUT_FAULTS_OF_TWO, 2);
    if !is_quick {
        reference_product("two processes, all that may befall", &ALL_OF_TWO, 2);
    }
    match peak_memory_mib() {
        Some(peak) => println!("peak memory {peak:.1} MiB"),
        None => println!("peak memory unknown: this system has no /proc/self/status"),
    }
}

/// Everything that is declared at level `await`, museum included, once.
fn whole_catalogue() {
    let verdicts = cells().into_iter().map(|cell| cell.explore(Size::default(), &mut |_| {}));
    let (cells, executions, elapsed) =
        verdicts.fold((0, 0, Duration::ZERO), |(cells, executions, elapsed), verdict| {
            (cells + 1, executions + verdict.executions, elapsed + verdict.elapsed)
        });
    let seconds = elapsed.as_secs_f64();
    println!("the whole catalogue: {cells} cells, {executions} executions, {seconds:.1} s");
}

const ALL_OF_ONE: Size = Size {
    callers: Some(1),
    cancellations: Some(1),
    clock_advances: Some(1),
    faults: Some(1),
    crashes: Some(1),
};

const ALL_OF_TWO: Size = Size { callers: Some(2), ..ALL_OF_ONE };

const ALL_BUT_FAULTS_OF_TWO: Size = Size { faults: Some(0), ..ALL_OF_TWO };

/// The design to copy, with what may befall it together.
fn reference_product(what: &str, size: &Size, jobs: usize) {
    let is_it = |cell: &Cell| {
        cell.race().name() == "refresh/everything-at-once" && cell.model == "refresh/reference"
    };
    let cell = cells().into_iter().find(is_it).expect("the catalogue has it");
    let options = Options { jobs, ..Options::default() };
    let verdict = cell.explore_with(options, *size, &mut |_| {});
    let (conclusion, executions) = (verdict.conclusion.as_str(), verdict.executions);
    let seconds = verdict.elapsed.as_secs_f64();
    println!("refresh/reference, {what}: {conclusion}, {executions} executions, {seconds:.1} s");
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

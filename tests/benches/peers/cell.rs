//! One workload on one tool, in a process of its own: its peak memory is its own, and a search that
//! does not end is ended with its process.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Tool, Workload, tally};

/// What was measured.
pub struct Measured {
    pub executions: u64,
    /// Whether the search came to its end.
    pub is_exhausted: bool,
    pub seconds: f64,
    /// The first execution that broke what must hold, counted from 1.
    pub first_violation: Option<u64>,
    /// The most memory that the process ever had resident; `None` where the system does not say.
    pub peak_mib: Option<f64>,
}

/// Runs this program again for one cell. `Err` says what became of a run that gave no result.
pub fn measure(
    tool: &Tool,
    workload: Workload,
    callers: usize,
    cap: Duration,
) -> Result<Measured, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let (callers, seconds) = (callers.to_string(), cap.as_secs().to_string());
    let output = Command::new(program)
        .args(["--cell", tool.name, workload.name(), callers.as_str(), seconds.as_str()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.lines().find_map(parse);
    let failure = || {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("{}: {}", output.status, said.lines().next().unwrap_or("no message"))
    };
    result.filter(|_| output.status.success()).ok_or_else(failure)
}

/// The other side of [`measure`]: runs the cell that the arguments name and prints what came out.
pub fn run(tool: &Tool, workload: Workload, callers: usize, cap: Duration) {
    let created = Instant::now();
    thread::spawn(move || {
        thread::sleep(cap);
        finish(created, false);
    });
    // To create a thread takes longer than the shortest search.
    let started = Instant::now();
    (tool.run)(workload, callers);
    finish(started, true);
}

/// Prints the result, once, and ends the process.
fn finish(started: Instant, is_exhausted: bool) {
    static IS_FINISHED: AtomicBool = AtomicBool::new(false);
    let seconds = started.elapsed().as_secs_f64();
    if IS_FINISHED.swap(true, SeqCst) {
        // The other thread is about to end the process.
        thread::park();
    }
    let first = tally::first_violation().unwrap_or(0);
    let peak = peak_kib().unwrap_or(0);
    println!("measured {} {is_exhausted} {seconds} {first} {peak}", tally::executions());
    std::process::exit(0);
}

fn parse(line: &str) -> Option<Measured> {
    let mut fields = line.strip_prefix("measured ")?.split(' ');
    let executions = fields.next()?.parse().ok()?;
    let is_exhausted = fields.next()?.parse().ok()?;
    let seconds = fields.next()?.parse().ok()?;
    let first_violation: u64 = fields.next()?.parse().ok()?;
    let peak_kib: u64 = fields.next()?.parse().ok()?;
    Some(Measured {
        executions,
        is_exhausted,
        seconds,
        first_violation: Some(first_violation).filter(|&first| first > 0),
        peak_mib: Some(peak_kib as f64 / 1024.0).filter(|&peak| peak > 0.0),
    })
}

fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

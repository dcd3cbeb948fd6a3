//! The workloads on shuttle, with its exhaustive scheduler.

use shuttle::Runner;
use shuttle::scheduler::DfsScheduler;

crate::with_locks::define_execution!(shuttle);

/// Runs a workload to the end of the search.
pub fn run(workload: Workload, callers: usize) {
    let scheduler = DfsScheduler::new(None, false);
    let runs = Runner::new(scheduler, shuttle::Config::default())
        .run(move || execution(workload, callers));
    assert_eq!(runs as u64, tally::executions(), "executions run, and executions completed");
}

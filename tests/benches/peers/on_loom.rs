//! The workloads on loom, without a bound on preemptions.

crate::with_locks::define_execution!(loom);

/// Runs a workload to the end of the search.
pub fn run(workload: Workload, callers: usize) {
    let mut builder = loom::model::Builder::new();
    // The environment can set limits, which would end the search like a complete one.
    builder.preemption_bound = None;
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.checkpoint_file = None;
    builder.check(move || execution(workload, callers));
}

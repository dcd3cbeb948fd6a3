//! How a kernel is told what befalls its calls and processes.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::Waker;

use super::{Kernel, StartProcess};
use crate::explore::{Lane, ProcessId};
use crate::world::fault::Fault;
use crate::world::observing::while_starting;
use crate::world::plan::{PlannedFault, Reach};
use crate::world::state::{Driver, ProcessRecord};

impl Kernel {
    /// Has these befall the execution, and nothing else: an answer that is held until nothing else
    /// can move, faults, and what else of the plan makes a difference to all.
    pub(in crate::world) fn plan(
        &self,
        held: Option<ProcessId>,
        faults: &[PlannedFault],
        reach: Reach,
    ) {
        let mut state = self.lock();
        state.held = held;
        state.faults.clear();
        state.faults.extend_from_slice(faults);
        state.reach = reach;
    }

    /// Adds a process that can crash: `start` adds its tasks, now and after each crash.
    /// Those of one group must differ in the names of their callers only.
    pub(crate) fn add_process(
        &self,
        group: Option<usize>,
        start: impl Fn() + Send + Sync + 'static,
    ) {
        let start: StartProcess = Arc::new(start);
        let mut state = self.lock();
        // Where calls go through by themselves it does not crash, and is just started.
        let process = (state.driver != Driver::Free).then_some(state.processes.len());
        state.processes.extend(process.map(|_| ProcessRecord { start: Arc::clone(&start), group }));
        drop(state);
        self.start_process(process, &start);
    }

    /// An instance of the code under test is built. One of no process may be used by all.
    pub(crate) fn note_instance(&self) {
        let mut state = self.lock();
        state.has_code_of_no_process |= state.starting().is_none();
    }

    /// Starts a process that has crashed again.
    pub(in crate::world) fn start_again(&self, process: usize) {
        let start = Arc::clone(&self.lock().processes[process].start);
        self.start_process(Some(process), &start);
    }

    fn start_process(&self, process: Option<usize>, start: &StartProcess) {
        let mut state = self.lock();
        let current = state.current();
        let starting = process.map(|process| (process, current));
        let former = std::mem::replace(&mut state.starting, starting);
        drop(state);
        let started = while_starting(current, || catch_unwind(AssertUnwindSafe(|| start())));
        self.lock().starting = former;
        if let Err(panic) = started {
            resume_unwind(panic);
        }
    }

    /// The number of another group of identical callers, or processes.
    pub(crate) fn new_group(&self) -> usize {
        let mut state = self.lock();
        state.groups += 1;
        state.groups
    }

    /// Whether a task has sent a request that is on its way, and will arrive.
    pub(crate) fn has_sent(&self, lane: Lane) -> bool {
        self.lock().sent_by(lane).next().is_some()
    }

    /// Keeps wakers until the execution has ended.
    pub(crate) fn bury(&self, wakers: impl IntoIterator<Item = Waker>) {
        let wakers: Vec<Waker> = wakers.into_iter().collect();
        self.lock().graves.extend(wakers);
    }

    /// Only these kinds of faults may befall calls.
    pub(crate) fn allow_faults(&self, kinds: &'static [Fault]) {
        self.lock().fault_kinds = kinds;
    }

    /// What befalls the call that is arriving.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.lock().befalls
    }

    /// How many of the planned faults have befallen a call.
    pub(crate) fn faults_met(&self) -> usize {
        self.lock().faults_met
    }

    /// The calls made so far that a fault can befall, with the kinds that may befall each.
    pub(crate) fn calls_to_fault(&self) -> Vec<(ProcessId, Fault)> {
        self.lock().calls_to_fault().collect()
    }
}

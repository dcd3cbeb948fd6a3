//! Every execution by recursion over copies of the state, with nothing of the search in it.

use super::{Code, State};

/// A run until nothing was possible any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Who took each step.
    pub processes: Vec<usize>,
    /// What it led to, which may be a deadlock.
    pub end: State,
}

/// All that a program can do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Executions {
    /// In ascending order of the processes that took the steps.
    pub complete: Vec<Execution>,
    /// The number of ways to begin an execution, with one step at least, complete ones included.
    pub prefixes: usize,
}

/// Runs them all.
pub fn executions(code: &Code) -> Executions {
    let mut found = Executions::default();
    extend(code, &code.start(), &mut Vec::new(), &mut found);
    found
}

fn extend(code: &Code, state: &State, processes: &mut Vec<usize>, found: &mut Executions) {
    let mut is_complete = true;
    for process in 0..code.processes() {
        if code.possible(state, process).is_some() {
            is_complete = false;
            found.prefixes += 1;
            let mut after = state.clone();
            code.take(&mut after, process);
            processes.push(process);
            extend(code, &after, processes, found);
            processes.pop();
        }
    }
    if is_complete {
        found.complete.push(Execution { processes: processes.clone(), end: state.clone() });
    }
}

//! No deadlock, no lost wake-up, no waiter that a failed leader left stranded.
//!
//! Endless executions and steps that do not return break it too; the search finds those.

use super::{Breach, Moment, Property, When};
use crate::explore::Lane;
use crate::world::TaskState;

/// With every call answered, every caller completes.
pub const EVERYONE_FINISHES: Property = Property {
    name: "everyone-finishes",
    statement: "with every call answered, every caller completes",
    joins: &[],
    checks: &[(When::Eventually, unfinished)],
};

fn unfinished(moment: &Moment<'_>) -> Option<Breach> {
    let is_stuck = |index: &usize| {
        let task = &moment.tasks[*index];
        // Whoever blocks the thread holds up everybody, caller or not.
        task.state == TaskState::Blocked || task.is_caller && task.state == TaskState::Running
    };
    let lanes: Vec<Lane> =
        (0..moment.tasks.len()).filter(is_stuck).map(|index| Lane(index as u16)).collect();
    if lanes.is_empty() {
        return None;
    }
    Some(Breach::Unfinished { lanes })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::auth::Ledger;
    use crate::world::TaskStatus;

    fn look(is_caller: bool, state: TaskState) -> Option<Breach> {
        let tasks = [TaskStatus {
            name: Cow::Borrowed("a"),
            is_caller,
            state,
            parent: None,
            waits_for: Vec::new(),
            waits_unseen: false,
        }];
        unfinished(&Moment { ledger: &Ledger::default(), known: 0, tasks: &tasks, held: None })
    }

    #[test]
    fn catches_a_caller_that_still_runs() {
        let found = look(true, TaskState::Running);
        assert_eq!(found, Some(Breach::Unfinished { lanes: vec![Lane(0)] }));
    }

    #[test]
    fn catches_a_background_task_that_blocks_its_thread() {
        let found = look(false, TaskState::Blocked);
        assert_eq!(found, Some(Breach::Unfinished { lanes: vec![Lane(0)] }));
    }

    #[test]
    fn is_silent_about_finished_callers_and_background_tasks() {
        assert_eq!(look(true, TaskState::Finished), None);
        assert_eq!(look(false, TaskState::Running), None);
    }
}

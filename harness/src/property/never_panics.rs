//! A panic in code under test is a finding, with the schedule that led to it.

use super::{Breach, Moment, Property, When};
use crate::explore::Lane;
use crate::world::TaskState;

/// No task panics.
pub const NEVER_PANICS: Property = Property {
    name: "never-panics",
    statement: "no schedule makes the code under test panic",
    joins: &[],
    checks: &[(When::Always, panicked)],
};

fn panicked(moment: &Moment<'_>) -> Option<Breach> {
    let has_panicked =
        |task: &crate::world::TaskStatus| matches!(task.state, TaskState::Panicked(_));
    let position = moment.tasks.iter().position(has_panicked)?;
    Some(Breach::Panicked { lane: Lane(position as u16) })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::auth::Ledger;
    use crate::world::{Panic, TaskStatus};

    fn look(state: TaskState) -> Option<Breach> {
        let tasks = [TaskStatus {
            name: Cow::Borrowed("a"),
            is_caller: false,
            state,
            parent: None,
            waits_for: Vec::new(),
            waits_unseen: false,
        }];
        panicked(&Moment { ledger: &Ledger::default(), known: 0, tasks: &tasks, held: None })
    }

    #[test]
    fn catches_a_panic() {
        let panic = Panic { message: String::from("boom"), place: None };
        let found = look(TaskState::Panicked(panic));
        assert_eq!(found, Some(Breach::Panicked { lane: Lane(0) }));
    }

    #[test]
    fn is_silent_about_a_task_that_finished() {
        assert_eq!(look(TaskState::Finished), None);
    }
}

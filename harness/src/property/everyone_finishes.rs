//! No deadlock, no lost wake-up, no waiter that a failed leader left stranded.
//!
//! Endless executions and steps that do not return break it too; the search finds those.

use super::{Breach, Moment, Property, When};
use crate::explore::Lane;
use crate::world::{Awaited, TaskState};

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
    let waits = waits_from(&lanes, moment);
    Some(Breach::Unfinished { lanes, waits })
}

/// What some lanes wait for, what the holders of that wait for, and so on.
fn waits_from(lanes: &[Lane], moment: &Moment<'_>) -> Vec<(Lane, Awaited)> {
    let (mut lanes, mut waits) = (lanes.to_vec(), Vec::new());
    let mut next = 0;
    while let Some(&lane) = lanes.get(next) {
        next += 1;
        for awaited in &moment.tasks[usize::from(lane.0)].waits_for {
            for holder in &awaited.holders {
                if !lanes.contains(&holder.lane) {
                    lanes.push(holder.lane);
                }
            }
            waits.push((lane, awaited.clone()));
        }
    }
    waits
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::auth::Ledger;
    use crate::world::{Holder, Place, TaskStatus};

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
        assert_eq!(found, Some(Breach::Unfinished { lanes: vec![Lane(0)], waits: Vec::new() }));
    }

    #[test]
    fn catches_a_background_task_that_blocks_its_thread() {
        let found = look(false, TaskState::Blocked);
        assert_eq!(found, Some(Breach::Unfinished { lanes: vec![Lane(0)], waits: Vec::new() }));
    }

    #[test]
    fn is_silent_about_finished_callers_and_background_tasks() {
        assert_eq!(look(true, TaskState::Finished), None);
        assert_eq!(look(false, TaskState::Running), None);
    }

    /// A caller waits for what a background task holds, which waits for what the caller holds.
    #[test]
    fn tells_the_whole_cycle() {
        let place = |line| Place { file: String::from("a.rs"), line };
        let waits = |line, holder| Awaited {
            what: "Mutex",
            place: place(line),
            holders: vec![Holder { lane: Lane(holder), place: place(line - 1) }],
        };
        let task = |name, is_caller, waits_for| TaskStatus {
            name: Cow::Borrowed(name),
            is_caller,
            state: TaskState::Running,
            parent: None,
            waits_for: vec![waits_for],
            waits_unseen: false,
        };
        let tasks = [task("a", true, waits(2, 1)), task("b", false, waits(4, 0))];
        let moment = Moment { ledger: &Ledger::default(), known: 0, tasks: &tasks, held: None };
        let waits = vec![(Lane(0), waits(2, 1)), (Lane(1), waits(4, 0))];
        assert_eq!(unfinished(&moment), Some(Breach::Unfinished { lanes: vec![Lane(0)], waits }));
    }
}

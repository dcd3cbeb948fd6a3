//! A fix must not make every user wait for the slowest one.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, EventIndex};
use crate::explore::Lane;

/// While one user's or browser's call is held, another's request completes.
pub const UNRELATED_KEYS_NOT_SERIALIZED: Property = Property {
    name: "unrelated-keys-not-serialized",
    statement: "while one login's call is held, another user's or browser's request completes",
    joins: &[],
    checks: &[(When::WhileHeld, another_waits)],
};

fn another_waits(moment: &Moment<'_>) -> Option<Breach> {
    // A task that a caller has started calls for that caller.
    let held = moment.held?;
    let (_, its_key) = open_request(moment, moment.owner(held))?;
    (0..moment.tasks.len() as u16).map(Lane).find_map(|lane| {
        let (asked, key) = open_request(moment, lane)?;
        (key != its_key).then_some(Breach::HeldUp { asked, held })
    })
}

/// What the lane has asked for and not got yet, and for whom.
fn open_request<'a>(moment: &Moment<'a>, lane: Lane) -> Option<(EventIndex, &'a str)> {
    if moment.is_cut_short(lane) {
        return None;
    }
    let own = moment.ledger.indexed().rev().filter(|(_, entry)| entry.by == lane);
    for (index, entry) in own {
        match &entry.event {
            Event::Returned(_) => return None,
            Event::TokenAsked { user } => return Some((index, user.as_str())),
            Event::CallbackReceived { browser, .. } => return Some((index, browser.as_str())),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::auth::{AuthError, Ledger, Outcome, UserId};
    use crate::world::{TaskState, TaskStatus};

    fn look(ledger: &Ledger) -> Option<Breach> {
        let task = |name| TaskStatus {
            name: Cow::Borrowed(name),
            is_caller: true,
            state: TaskState::Running,
            parent: None,
            waits_for: Vec::new(),
            waits_unseen: false,
        };
        let tasks = [task("held"), task("other")];
        another_waits(&Moment { ledger, known: 0, tasks: &tasks, held: Some(Lane(0)) })
    }

    fn ask(ledger: &mut Ledger, lane: u16, user: &str) {
        ledger.push(Lane(lane), Event::TokenAsked { user: UserId::new(user) });
    }

    #[test]
    fn catches_another_user_who_waits() {
        let mut ledger = Ledger::default();
        ask(&mut ledger, 0, "alice");
        ask(&mut ledger, 1, "bob");
        assert_eq!(look(&ledger), Some(Breach::HeldUp { asked: EventIndex(1), held: Lane(0) }));
    }

    #[test]
    fn is_silent_about_another_caller_of_the_same_user() {
        let mut ledger = Ledger::default();
        ask(&mut ledger, 0, "alice");
        ask(&mut ledger, 1, "alice");
        assert_eq!(look(&ledger), None);
    }

    #[test]
    fn is_silent_about_another_user_who_was_answered() {
        let mut ledger = Ledger::default();
        ask(&mut ledger, 0, "alice");
        ask(&mut ledger, 1, "bob");
        let (user, error) = (UserId::new("bob"), AuthError::Unavailable);
        ledger.push(Lane(1), Event::Returned(Outcome::TokenFailed { user, error }));
        assert_eq!(look(&ledger), None);
    }
}

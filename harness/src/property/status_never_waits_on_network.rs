//! A user interface that asks for the status must not freeze while a sync is on the network.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, EventIndex, Outcome};
use crate::explore::Lane;

/// `sync_status` completes while a sync's call is held.
pub const STATUS_NEVER_WAITS_ON_NETWORK: Property = Property {
    name: "status-never-waits-on-network",
    statement: "while a sync's network call is held, the sync status is answered",
    joins: &[],
    checks: &[(When::WhileHeld, status_waits)],
};

fn status_waits(moment: &Moment<'_>) -> Option<Breach> {
    let held = moment.held?;
    let open = moment.ledger.indexed().find(|&(asked, entry)| {
        matches!(entry.event, Event::StatusAsked)
            && !moment.is_cut_short(entry.by)
            && !is_answered(moment, asked, entry.by)
    });
    open.map(|(asked, _)| Breach::HeldUp { asked, held })
}

fn is_answered(moment: &Moment<'_>, asked: EventIndex, by: Lane) -> bool {
    moment.ledger.indexed().any(|(index, entry)| {
        index > asked
            && entry.by == by
            && matches!(entry.event, Event::Returned(Outcome::Status(_)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Ledger, SyncStatus};

    fn look(ledger: &Ledger) -> Option<Breach> {
        status_waits(&Moment { ledger, known: 0, tasks: &[], held: Some(Lane(0)) })
    }

    #[test]
    fn catches_a_status_that_waits() {
        let mut ledger = Ledger::default();
        ledger.push(Lane(1), Event::StatusAsked);
        assert_eq!(look(&ledger), Some(Breach::HeldUp { asked: EventIndex(0), held: Lane(0) }));
    }

    #[test]
    fn is_silent_about_a_status_that_was_answered() {
        let mut ledger = Ledger::default();
        ledger.push(Lane(1), Event::StatusAsked);
        ledger.push(Lane(1), Event::Returned(Outcome::Status(SyncStatus::default())));
        assert_eq!(look(&ledger), None);
    }
}

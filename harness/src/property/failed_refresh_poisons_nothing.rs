//! A failure that is kept and replayed outlives its cause.
//!
//! Whoever asks after somebody else was told of a failure, and before anything else has failed,
//! must not be told of the same failure again: it is the old one. Two refreshes of one user that
//! fail side by side are not told apart.

use super::{Breach, Moment, Property, When};
use crate::auth::objects::CALLERS;
use crate::auth::{Event, EventIndex, Outcome, UserId};

/// A failed refresh leaves later attempts possible.
pub const FAILED_REFRESH_POISONS_NOTHING: Property = Property {
    name: "failed-refresh-poisons-nothing",
    statement: "whoever asks after a failed refresh is not given that failure again",
    joins: &[CALLERS],
    checks: &[(When::Always, told_of_an_old_failure)],
};

fn told_of_an_old_failure(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(again, entry)| {
        let Event::Returned(Outcome::TokenFailed { user, .. }) = &entry.event else { return None };
        let mut own = moment.before(again).rev().filter(|(_, earlier)| earlier.by == entry.by);
        let (asked, _) = own.find(|(_, earlier)| is_ask(&earlier.event, user))?;
        let first = told_before(moment, asked, user)?;
        let has_failed_anew = moment
            .before(again)
            .any(|(index, earlier)| index > first && is_failure(&earlier.event));
        (!has_failed_anew).then_some(Breach::OldFailure { first, again })
    })
}

/// The last time before `asked` that somebody was told of a failure.
fn told_before(moment: &Moment<'_>, asked: EventIndex, user: &UserId) -> Option<EventIndex> {
    let mut told = moment.before(asked).rev().filter(|(_, earlier)| {
        matches!(&earlier.event, Event::Returned(Outcome::TokenFailed { user: other, .. })
            if other == user)
    });
    told.next().map(|(index, _)| index)
}

fn is_ask(event: &Event, user: &UserId) -> bool {
    matches!(event, Event::TokenAsked { user: asked } if asked == user)
}

fn is_failure(event: &Event) -> bool {
    matches!(event, Event::Faulted { .. } | Event::TokenRequestRefused { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{AuthError, Ledger};
    use crate::explore::Lane;
    use crate::world::Fault;

    fn look(ledger: &Ledger) -> Option<Breach> {
        told_of_an_old_failure(&Moment { ledger, known: 0, tasks: &[], held: None })
    }

    fn ask(ledger: &mut Ledger, lane: u16) {
        ledger.push(Lane(lane), Event::TokenAsked { user: UserId::new("alice") });
    }

    fn fail(ledger: &mut Ledger, lane: u16) {
        let (user, error) = (UserId::new("alice"), AuthError::Unavailable);
        ledger.push(Lane(lane), Event::Returned(Outcome::TokenFailed { user, error }));
    }

    #[test]
    fn catches_a_failure_that_is_replayed() {
        let mut ledger = Ledger::default();
        ask(&mut ledger, 0);
        ledger.push(Lane(0), Event::Faulted { fault: Fault::ErrorBefore });
        fail(&mut ledger, 0);
        ask(&mut ledger, 1);
        fail(&mut ledger, 1);
        let found = Some(Breach::OldFailure { first: EventIndex(2), again: EventIndex(4) });
        assert_eq!(look(&ledger), found);
    }

    /// Both waited for the same refresh.
    #[test]
    fn is_silent_about_a_failure_that_was_shared() {
        let mut ledger = Ledger::default();
        ask(&mut ledger, 0);
        ask(&mut ledger, 1);
        ledger.push(Lane(0), Event::Faulted { fault: Fault::ErrorBefore });
        fail(&mut ledger, 0);
        fail(&mut ledger, 1);
        assert_eq!(look(&ledger), None);
    }

    #[test]
    fn is_silent_about_another_failure() {
        let mut ledger = Ledger::default();
        for lane in [0, 1] {
            ask(&mut ledger, lane);
            ledger.push(Lane(lane), Event::Faulted { fault: Fault::ErrorBefore });
            fail(&mut ledger, lane);
        }
        assert_eq!(look(&ledger), None);
    }
}

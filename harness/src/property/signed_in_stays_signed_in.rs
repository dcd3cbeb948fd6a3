//! What a user must not see, whatever fails: that they have to log in again. That they have to try
//! again is the price of a failure, and no more than that.
//!
//! For scenarios in which nobody signs out.

use super::{Breach, Moment, Property, When};
use crate::auth::{AuthError, Event, Outcome};
use crate::explore::Lane;
use crate::world::Fault;

/// Whoever asks gets a token that works, or is told to try again: no other failure, unless the
/// server has refused without cause. Where nothing befalls, somebody gets one.
pub const SIGNED_IN_STAYS_SIGNED_IN: Property = Property {
    name: "signed-in-stays-signed-in",
    statement: "whoever is signed in gets a token that works or has to try again, not to log in",
    joins: &[],
    checks: &[(When::Always, signed_out), (When::Eventually, nobody_served)],
};

fn signed_out(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(returned, entry)| match &entry.event {
        Event::Returned(Outcome::Token { is_live: false, .. }) => {
            Some(Breach::DeadTokenHandedOut { returned })
        }
        Event::Returned(Outcome::TokenFailed { error, .. }) if *error != AuthError::Unavailable => {
            let without_cause =
                |event: &Event| matches!(event, Event::Faulted { fault: Fault::Refused });
            let is_excused = moment.before(returned).any(|(_, it)| without_cause(&it.event));
            (!is_excused).then_some(Breach::NoToken { returned })
        }
        _ => None,
    })
}

/// Looked at when all is over, so that no order of independent steps matters to it.
fn nobody_served(moment: &Moment<'_>) -> Option<Breach> {
    let is_excuse = |event: &Event| {
        matches!(
            event,
            Event::Faulted { .. }
                | Event::ClockAdvanced { .. }
                | Event::Returned(Outcome::Token { .. })
        )
    };
    let mut lanes = (0..moment.tasks.len() as u16).map(Lane);
    if moment.ledger.entries().iter().any(|entry| is_excuse(&entry.event))
        || lanes.any(|lane| moment.is_cut_short(lane))
    {
        return None;
    }
    let failed = |event: &Event| matches!(event, Event::Returned(Outcome::TokenFailed { .. }));
    let (returned, _) = moment.ledger.indexed().find(|(_, entry)| failed(&entry.event))?;
    Some(Breach::NoToken { returned })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{AccessToken, EventIndex, Ledger, OAuthErrorCode, UserId, World};
    use crate::world::Timestamp;

    fn returned(result: Result<AccessToken, AuthError>) -> World {
        let world = World::by_hand();
        world.token_returned(&UserId::new("alice"), result, Timestamp::default());
        world
    }

    #[test]
    fn catches_who_is_told_to_log_in_again() {
        for error in [AuthError::NotSignedIn, AuthError::Refused(OAuthErrorCode::InvalidGrant)] {
            let world = returned(Err(error));
            assert_eq!(
                breach(&SIGNED_IN_STAYS_SIGNED_IN, When::Always, &world),
                Some(Breach::NoToken { returned: EventIndex(0) })
            );
        }
    }

    #[test]
    fn catches_a_dead_token() {
        let world = returned(Ok(AccessToken::new("of nobody")));
        let found = breach(&SIGNED_IN_STAYS_SIGNED_IN, When::Always, &world);
        assert_eq!(found, Some(Breach::DeadTokenHandedOut { returned: EventIndex(0) }));
    }

    #[test]
    fn catches_a_refresher_that_only_ever_says_try_again() {
        let world = returned(Err(AuthError::Unavailable));
        assert_eq!(breach(&SIGNED_IN_STAYS_SIGNED_IN, When::Always, &world), None);
        assert_eq!(
            breach(&SIGNED_IN_STAYS_SIGNED_IN, When::Eventually, &world),
            Some(Breach::NoToken { returned: EventIndex(0) })
        );
    }

    #[test]
    fn is_silent_after_a_failure() {
        let (user, error) = (UserId::new("alice"), AuthError::NotSignedIn);
        let mut ledger = Ledger::default();
        ledger.push(Lane(0), Event::Faulted { fault: Fault::Refused });
        ledger.push(Lane(0), Event::Returned(Outcome::TokenFailed { user, error }));
        let moment = Moment { ledger: &ledger, known: 0, tasks: &[], held: None };
        assert_eq!(signed_out(&moment), None);
        assert_eq!(nobody_served(&moment), None);
    }
}

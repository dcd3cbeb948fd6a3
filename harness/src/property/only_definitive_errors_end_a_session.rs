//! A failure of the network is no statement about the session. For scenarios in which a family is
//! revoked for no other reason than a retry.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, EventIndex, RefreshToken};

/// A refresh whose answer was lost does not lead to the end of its family.
pub const ONLY_DEFINITIVE_ERRORS_END_A_SESSION: Property = Property {
    name: "only-definitive-errors-end-a-session",
    statement: "a refresh whose answer was lost does not end the session",
    joins: &[],
    checks: &[(When::Always, ended_after_a_lost_answer)],
};

fn ended_after_a_lost_answer(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(ended, entry)| {
        let Event::FamilyRevoked { reused, .. } = &entry.event else { return None };
        let lost = lost_answer_to(moment, ended, reused)?;
        Some(Breach::EndedByLostAnswer { lost, ended })
    })
}

/// When the answer to a presentation of this token was lost, or was none.
fn lost_answer_to(
    moment: &Moment<'_>,
    before: EventIndex,
    token: &RefreshToken,
) -> Option<EventIndex> {
    // The server's transition is one step: what was presented last is what the answer is to.
    let mut presented = None;
    for (index, entry) in moment.before(before) {
        match &entry.event {
            Event::RefreshTokenPresented { token, .. } => presented = Some(token),
            Event::Faulted { fault } if fault.is_after_commit() && presented == Some(token) => {
                return Some(index);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{TokenEndpoint as _, UserId, World};

    #[tokio::test]
    async fn catches_a_retry_that_ends_the_family() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        world.server().lose_next_answer();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        let found = breach(&ONLY_DEFINITIVE_ERRORS_END_A_SESSION, When::Always, &world);
        assert!(matches!(found, Some(Breach::EndedByLostAnswer { .. })), "{found:?}");
    }

    #[tokio::test]
    async fn is_silent_about_a_double_spend() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        let found = breach(&ONLY_DEFINITIVE_ERRORS_END_A_SESSION, When::Always, &world);
        assert_eq!(found, None);
    }
}

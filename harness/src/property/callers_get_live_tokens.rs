//! What a user sees of a lost race: no token, or one that is refused, although they are signed in.
//!
//! For scenarios in which nothing fails: there, whoever asks must get a token.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, Outcome};

/// Whoever asks for an access token gets one, and one that works.
pub const CALLERS_GET_LIVE_TOKENS: Property = Property {
    name: "callers-get-live-tokens",
    statement: "every caller gets a token that is not revoked, nor expired when it was asked for",
    joins: &[],
    checks: &[(When::Always, dead_token_handed_out)],
};

fn dead_token_handed_out(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(returned, entry)| match &entry.event {
        Event::Returned(Outcome::Token { is_live: false, .. }) => {
            Some(Breach::DeadTokenHandedOut { returned })
        }
        Event::Returned(Outcome::TokenFailed { .. }) => Some(Breach::NoToken { returned }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{AuthError, EventIndex, TokenEndpoint as _, UserId, World};
    use crate::world::Timestamp;

    #[test]
    fn catches_an_expired_token() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_expired(&alice);
        world.token_returned(&alice, Ok(tokens.access_token), Timestamp::default());
        assert_eq!(
            breach(&CALLERS_GET_LIVE_TOKENS, When::Always, &world),
            Some(Breach::DeadTokenHandedOut { returned: EventIndex(0) })
        );
    }

    #[tokio::test]
    async fn catches_a_token_of_a_revoked_family() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_expired(&alice);
        let answer = world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        world.token_returned(&alice, Ok(answer.access_token), Timestamp::default());
        assert!(breach(&CALLERS_GET_LIVE_TOKENS, When::Always, &world).is_some());
    }

    #[test]
    fn catches_a_caller_that_gets_none() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        world.server().log_in_expired(&alice);
        world.token_returned(&alice, Err(AuthError::Unavailable), Timestamp::default());
        assert_eq!(
            breach(&CALLERS_GET_LIVE_TOKENS, When::Always, &world),
            Some(Breach::NoToken { returned: EventIndex(0) })
        );
    }

    #[test]
    fn is_silent_about_a_live_token() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_live(&alice);
        world.token_returned(&alice, Ok(tokens.access_token), Timestamp::default());
        assert_eq!(breach(&CALLERS_GET_LIVE_TOKENS, When::Always, &world), None);
    }
}

//! What a user sees of a lost race: a request that is refused although they are signed in.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, Outcome};

/// Whoever gets an access token gets one that works.
pub const CALLERS_GET_LIVE_TOKENS: Property = Property {
    name: "callers-get-live-tokens",
    statement: "a token handed out is neither expired nor revoked at that moment",
    checks: &[(When::Always, dead_token_handed_out)],
};

fn dead_token_handed_out(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(returned, entry)| match &entry.event {
        Event::Returned(Outcome::Token { is_live: false, .. }) => {
            Some(Breach::DeadTokenHandedOut { returned })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{EventIndex, TokenEndpoint as _, UserId, World};

    #[test]
    fn catches_an_expired_token() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_expired(&alice);
        world.token_returned(&alice, Ok(tokens.access_token));
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
        world.token_returned(&alice, Ok(answer.access_token));
        assert!(breach(&CALLERS_GET_LIVE_TOKENS, When::Always, &world).is_some());
    }

    #[test]
    fn is_silent_about_a_live_token() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_live(&alice);
        world.token_returned(&alice, Ok(tokens.access_token));
        assert_eq!(breach(&CALLERS_GET_LIVE_TOKENS, When::Always, &world), None);
    }
}

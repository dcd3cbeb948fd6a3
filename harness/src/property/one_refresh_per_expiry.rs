//! A refresh while the last one's access token is live costs a request, and a rotation that other
//! holders of the tokens may not have heard of.

use super::{Breach, Moment, Property, When};
use crate::auth::Event;

/// At most one refresh a family and expiry.
pub const ONE_REFRESH_PER_EXPIRY: Property = Property {
    name: "one-refresh-per-expiry",
    statement: "an access token's expiry leads to at most one refresh of its family",
    joins: &[],
    checks: &[(When::Always, refreshed_while_live)],
};

fn refreshed_while_live(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(again, entry)| {
        let Event::RefreshTokenPresented { family: Some(presented), at, .. } = &entry.event else {
            return None;
        };
        let is_live = |event: &Event| {
            matches!(event, Event::Refreshed { family, expires_at, .. }
                if family == presented && expires_at > at)
        };
        let earlier = moment.before(again).find(|(_, earlier)| is_live(&earlier.event));
        earlier.map(|(earlier, _)| Breach::RefreshedWhileLive { earlier, again })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{ACCESS_TOKEN_TTL, EventIndex, TokenEndpoint as _, UserId, World};

    #[tokio::test]
    async fn catches_a_refresh_right_after_another() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        let answer = world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        world.token_endpoint().refresh(&answer.refresh_token.unwrap()).await.unwrap();
        assert_eq!(
            breach(&ONE_REFRESH_PER_EXPIRY, When::Always, &world),
            Some(Breach::RefreshedWhileLive { earlier: EventIndex(1), again: EventIndex(2) })
        );
    }

    #[tokio::test]
    async fn is_silent_when_the_access_token_has_ended_in_between() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        let answer = world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        world.clock().advance(ACCESS_TOKEN_TTL);
        world.token_endpoint().refresh(&answer.refresh_token.unwrap()).await.unwrap();
        assert_eq!(breach(&ONE_REFRESH_PER_EXPIRY, When::Always, &world), None);
    }

    #[tokio::test]
    async fn is_silent_about_two_users() {
        let world = World::by_hand();
        for name in ["alice", "bob"] {
            let tokens = world.server().log_in_expired(&UserId::new(name));
            world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        }
        assert_eq!(breach(&ONE_REFRESH_PER_EXPIRY, When::Always, &world), None);
    }
}

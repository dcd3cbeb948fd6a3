//! Source: RFC 9700, section 4.14.2. To a server that rotates, a refresh token that comes back is
//! a stolen one, and the user is signed out.

use super::{Breach, Moment, Property, When};
use crate::auth::Event;

/// Each refresh token reaches the token endpoint at most once.
pub const REFRESH_TOKEN_PRESENTED_ONCE: Property = Property {
    name: "refresh-token-presented-once",
    statement: "each refresh token reaches the token endpoint at most once",
    joins: &[],
    checks: &[(When::Always, presented_twice)],
};

fn presented_twice(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(second, entry)| {
        let Event::RefreshTokenPresented { token, .. } = &entry.event else { return None };
        let same = |event: &Event| {
            matches!(event, Event::RefreshTokenPresented { token: earlier, .. } if earlier == token)
        };
        let first = moment.before(second).find(|(_, earlier)| same(&earlier.event));
        first.map(|(first, _)| Breach::RefreshTokenPresentedTwice { first, second })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{EventIndex, TokenEndpoint as _, UserId, World};

    #[tokio::test]
    async fn catches_a_token_that_comes_back() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        let _ = world.token_endpoint().refresh(&tokens.refresh_token).await;
        let _ = world.token_endpoint().refresh(&tokens.refresh_token).await;
        assert_eq!(
            breach(&REFRESH_TOKEN_PRESENTED_ONCE, When::Always, &world),
            Some(Breach::RefreshTokenPresentedTwice {
                first: EventIndex(0),
                second: EventIndex(2)
            })
        );
    }

    #[tokio::test]
    async fn is_silent_when_each_token_is_the_successor_of_the_last() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        let answer = world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        let _ = world.token_endpoint().refresh(&answer.refresh_token.unwrap()).await.unwrap();
        assert_eq!(breach(&REFRESH_TOKEN_PRESENTED_ONCE, When::Always, &world), None);
    }

    /// What a server failed before looking at it may be sent again.
    #[tokio::test]
    async fn is_silent_about_a_retry_after_a_failure() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        world.server().fail_next_token_request();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        assert_eq!(breach(&REFRESH_TOKEN_PRESENTED_ONCE, When::Always, &world), None);
    }
}

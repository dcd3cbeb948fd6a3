//! Source: RFC 9700, section 4.14.2. Whether a refresh token that comes back is a stolen one, the
//! server decides by its policy; that it comes back within what the policy forgives is no harm.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, OAuthErrorCode, RefreshToken};

/// No spent refresh token is refused: it does not come back, or is forgiven.
pub const REUSE_NEVER_DETECTED: Property = Property {
    name: "reuse-never-detected",
    statement: "no spent refresh token comes back that the server does not forgive",
    joins: &[],
    checks: &[(When::Always, unforgiven)],
};

fn unforgiven(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(refused, entry)| {
        let is_refusal = matches!(
            entry.event,
            Event::TokenRequestRefused { error: OAuthErrorCode::InvalidGrant }
        );
        if !is_refusal {
            return None;
        }
        // The server's transition is one step: what was presented last is what is refused.
        let mut presented = moment.before(refused).rev().filter_map(|(index, earlier)| {
            let Event::RefreshTokenPresented { token, .. } = &earlier.event else { return None };
            Some((index, token))
        });
        let (second, token) = presented.next()?;
        let (first, _) = presented.rfind(|(_, earlier)| *earlier == token)?;
        is_spent(moment, token).then_some(Breach::RefreshTokenPresentedTwice { first, second })
    })
}

fn is_spent(moment: &Moment<'_>, token: &RefreshToken) -> bool {
    let spends = |event: &Event| {
        matches!(event, Event::Refreshed { consumed, issued, .. }
            if consumed == token && issued != token)
    };
    moment.ledger.entries().iter().any(|entry| spends(&entry.event))
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{EventIndex, ServerPolicy, TokenEndpoint as _, UserId, World, presets};

    async fn twice(policy: ServerPolicy) -> Option<Breach> {
        let world = World::by_hand();
        world.server().set_policy(policy);
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        let _ = world.token_endpoint().refresh(&tokens.refresh_token).await;
        breach(&REUSE_NEVER_DETECTED, When::Always, &world)
    }

    #[tokio::test]
    async fn catches_a_token_that_comes_back_whatever_that_ends() {
        for policy in [presets::ATPROTO, presets::DEX] {
            let found =
                Breach::RefreshTokenPresentedTwice { first: EventIndex(0), second: EventIndex(2) };
            assert_eq!(twice(policy).await, Some(found));
        }
    }

    #[tokio::test]
    async fn is_silent_about_what_is_forgiven_and_what_is_never_spent() {
        assert_eq!(twice(presets::OKTA).await, None);
        assert_eq!(twice(presets::KEYCLOAK).await, None);
    }

    #[tokio::test]
    async fn is_silent_about_a_session_that_the_server_ended() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        world.server().end_session(&tokens.refresh_token);
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        assert_eq!(breach(&REUSE_NEVER_DETECTED, When::Always, &world), None);
    }
}

//! What a server must keep to, whatever its clients do: RFC 6749, section 4.1.2, of codes; for
//! refresh tokens, what rotation is for (RFC 9700, section 4.14.2).

use super::{Breach, Moment, Property, When};
use crate::auth::Event;

/// A refresh token or code is exchanged for one set of tokens. What a server forgives is not looked
/// at.
pub const ONE_SUCCESSOR_PER_GRANT: Property = Property {
    name: "one-successor-per-grant",
    statement: "a refresh token or code is exchanged for one set of tokens",
    joins: &[],
    checks: &[(When::Always, exchanged_twice)],
};

fn exchanged_twice(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(second, entry)| {
        let mut earlier = moment.before(second);
        let (first, _) = earlier.find(|(_, earlier)| is_same(&earlier.event, &entry.event))?;
        Some(Breach::ExchangedTwice { first, second })
    })
}

/// Whether both are exchanges of the same grant, which it does not survive.
fn is_same(one: &Event, other: &Event) -> bool {
    match (one, other) {
        (
            Event::Refreshed { consumed: one, issued, .. },
            Event::Refreshed { consumed: other, .. },
        ) => one == other && one != issued,
        (Event::CodeRedeemed { code: one, .. }, Event::CodeRedeemed { code: other, .. }) => {
            one == other
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{
        AuthorizationCode, EventIndex, Ledger, RefreshToken, TokenEndpoint as _, UserId, World,
        presets,
    };
    use crate::explore::Lane;

    #[test]
    fn catches_a_code_that_is_redeemed_twice() {
        let mut ledger = Ledger::default();
        for issued in ["rt-1", "rt-2"] {
            let (code, issued) = (AuthorizationCode::new("code-1"), RefreshToken::new(issued));
            ledger.push(Lane(0), Event::CodeRedeemed { code, issued });
        }
        let found = exchanged_twice(&Moment { ledger: &ledger, known: 0, tasks: &[], held: None });
        let twice = Breach::ExchangedTwice { first: EventIndex(0), second: EventIndex(1) };
        assert_eq!(found, Some(twice));
    }

    #[tokio::test]
    async fn is_silent_about_a_spent_token_that_is_refused() {
        let world = World::by_hand();
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap_err();
        assert_eq!(breach(&ONE_SUCCESSOR_PER_GRANT, When::Always, &world), None);
    }

    #[tokio::test]
    async fn is_silent_about_a_server_that_does_not_rotate() {
        let world = World::by_hand();
        world.server().set_policy(presets::GOOGLE);
        let tokens = world.server().log_in_expired(&UserId::new("alice"));
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        assert_eq!(breach(&ONE_SUCCESSOR_PER_GRANT, When::Always, &world), None);
    }
}

//! `invalid_grant` is about the refresh token that was presented, and says nothing of any other.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, EventIndex, RefreshToken};
use crate::explore::Lane;

/// A refusal deletes tokens only if they are those that were refused. Removals that a sign-out asks
/// for are not looked at.
pub const REJECTION_DELETES_ONLY_ITS_OWN: Property = Property {
    name: "rejection-deletes-only-its-own",
    statement: "a refused refresh removes stored tokens only if they are those it presented",
    joins: &[],
    checks: &[(When::Always, removed_another)],
};

fn removed_another(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(removal, entry)| {
        let Event::TokensRemoved { removed: Some(removed), .. } = &entry.event else {
            return None;
        };
        let (presented, token) = last_presented(moment, removal, entry.by)?;
        (token != removed).then_some(Breach::AnotherRemoved { presented, removal })
    })
}

/// What the lane has presented for the request that it is at.
fn last_presented<'a>(
    moment: &Moment<'a>,
    before: EventIndex,
    by: Lane,
) -> Option<(EventIndex, &'a RefreshToken)> {
    let own = moment
        .before(before)
        .rev()
        .filter(|(_, earlier)| moment.owner(earlier.by) == moment.owner(by));
    for (index, entry) in own {
        match &entry.event {
            Event::RefreshTokenPresented { token, .. } => return Some((index, token)),
            Event::SignOutAsked { .. } | Event::TokenAsked { .. } => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{TokenEndpoint as _, TokenStore as _, UserId, World};

    /// A refusal of the first refresh token, with `stored` in the store.
    async fn refused_with(stored: &str) -> World {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let mut tokens = world.server().log_in_expired(&alice);
        let presented = tokens.refresh_token.clone();
        tokens.refresh_token = RefreshToken::new(stored);
        world.token_store().save(&alice, tokens).await;
        let _ = world.token_endpoint().refresh(&presented).await;
        world
    }

    #[tokio::test]
    async fn catches_the_removal_of_another_token() {
        let world = refused_with("rt-1.2").await;
        world.token_store().remove(&UserId::new("alice")).await;
        let found = breach(&REJECTION_DELETES_ONLY_ITS_OWN, When::Always, &world);
        assert!(matches!(found, Some(Breach::AnotherRemoved { .. })), "{found:?}");
    }

    #[tokio::test]
    async fn is_silent_about_the_removal_of_what_was_presented() {
        let world = refused_with("rt-1").await;
        world.token_store().remove(&UserId::new("alice")).await;
        assert_eq!(breach(&REJECTION_DELETES_ONLY_ITS_OWN, When::Always, &world), None);
    }

    #[tokio::test]
    async fn is_silent_about_a_sign_out() {
        let world = refused_with("rt-1.2").await;
        world.sign_out_asked(&UserId::new("alice"));
        world.token_store().remove(&UserId::new("alice")).await;
        assert_eq!(breach(&REJECTION_DELETES_ONLY_ITS_OWN, When::Always, &world), None);
    }
}

//! A session that comes back after its user has signed out is one that nobody asked for. For
//! scenarios in which nobody signs in again.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, Outcome, UserId};

/// After a sign-out has returned, nothing stores tokens of that user.
pub const SIGNED_OUT_STAYS_SIGNED_OUT: Property = Property {
    name: "signed-out-stays-signed-out",
    statement: "after a sign-out has returned, no tokens of that user are stored",
    joins: &[],
    checks: &[(When::Always, stored_after_sign_out)],
};

fn stored_after_sign_out(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(stored, entry)| {
        let Event::TokensSaved { user, .. } = &entry.event else { return None };
        let mut earlier = moment.before(stored);
        let (signed_out, _) = earlier.find(|(_, earlier)| is_sign_out(&earlier.event, user))?;
        Some(Breach::StoredAfterSignOut { signed_out, stored })
    })
}

fn is_sign_out(event: &Event, user: &UserId) -> bool {
    matches!(event, Event::Returned(Outcome::SignedOut { user: other, is_ok: true })
        if other == user)
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{AuthError, TokenStore as _, World};

    async fn store_after_sign_out(result: Result<(), AuthError>) -> Option<Breach> {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_expired(&alice);
        world.signed_out(&alice, &result);
        world.token_store().save(&alice, tokens).await;
        breach(&SIGNED_OUT_STAYS_SIGNED_OUT, When::Always, &world)
    }

    #[tokio::test]
    async fn catches_tokens_that_are_stored_after_the_sign_out() {
        let found = store_after_sign_out(Ok(())).await;
        assert!(matches!(found, Some(Breach::StoredAfterSignOut { .. })), "{found:?}");
    }

    #[tokio::test]
    async fn is_silent_when_the_sign_out_failed() {
        assert_eq!(store_after_sign_out(Err(AuthError::NotSupported)).await, None);
    }

    #[tokio::test]
    async fn is_silent_about_tokens_that_were_stored_before() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_expired(&alice);
        world.token_store().save(&alice, tokens).await;
        world.signed_out(&alice, &Ok(()));
        assert_eq!(breach(&SIGNED_OUT_STAYS_SIGNED_OUT, When::Always, &world), None);
    }
}

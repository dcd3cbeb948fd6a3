//! The refresh token that was issued last is the one that is good for longest; to store an older
//! one over it is to lose it.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, EventIndex, RefreshToken, UserId};

/// A stored refresh token is never replaced by one that was issued before it.
pub const LINEAGE_NEVER_GOES_BACK: Property = Property {
    name: "lineage-never-goes-back",
    statement: "a stored refresh token is never replaced by one that was issued before it",
    joins: &[],
    checks: &[(When::Always, replaced_by_an_older)],
};

fn replaced_by_an_older(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(older, entry)| {
        let Event::TokensSaved { user, stored } = &entry.event else { return None };
        let issued = issued_at(moment, stored);
        let (newer, replaced) = stored_before(moment, older, user)?;
        // What a login gave was issued before any refresh.
        (issued_at(moment, replaced) > issued).then_some(Breach::WentBack { newer, older })
    })
}

/// The first time that a refresh was answered with this token.
fn issued_at(moment: &Moment<'_>, token: &RefreshToken) -> Option<EventIndex> {
    let mut answers = moment.ledger.indexed().filter(|(_, entry)| {
        matches!(&entry.event, Event::Refreshed { issued, .. } | Event::ReuseForgiven { issued, .. }
            if issued == token)
    });
    answers.next().map(|(index, _)| index)
}

/// What was stored last before `index`.
fn stored_before<'a>(
    moment: &Moment<'a>,
    index: EventIndex,
    user: &UserId,
) -> Option<(EventIndex, &'a RefreshToken)> {
    moment.before(index).rev().find_map(|(at, entry)| match &entry.event {
        Event::TokensSaved { user: other, stored } if other == user => Some((at, stored)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{TokenEndpoint as _, TokenStore as _, World};

    /// Stores the answers of two refreshes in this order.
    async fn stored(order: [usize; 2]) -> Option<Breach> {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_expired(&alice);
        let first = world.token_endpoint().refresh(&tokens.refresh_token).await.unwrap();
        let next = first.refresh_token.clone().unwrap();
        let second = world.token_endpoint().refresh(&next).await.unwrap();
        for index in order {
            let answer = [first.clone(), second.clone()][index].clone();
            let renewed = tokens.renewed(answer, crate::world::Clock::now(&world.clock()));
            world.token_store().save(&alice, renewed).await;
        }
        breach(&LINEAGE_NEVER_GOES_BACK, When::Always, &world)
    }

    #[tokio::test]
    async fn catches_an_older_token_over_a_newer_one() {
        let found = stored([1, 0]).await;
        assert!(matches!(found, Some(Breach::WentBack { .. })), "{found:?}");
    }

    #[tokio::test]
    async fn is_silent_about_the_order_of_issue() {
        assert_eq!(stored([0, 1]).await, None);
    }
}

//! One user is never served with what belongs to another. That a session is never another browser's
//! is part of `exactly-one-session`.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, Outcome};

/// Nobody is handed another user's token.
pub const NO_CROSSED_PRINCIPALS: Property = Property {
    name: "no-crossed-principals",
    statement: "nobody is handed another user's token",
    joins: &[],
    checks: &[(When::Always, crossed)],
};

fn crossed(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(returned, entry)| match &entry.event {
        Event::Returned(Outcome::Token { user, owner: Some(owner), .. }) if user != owner => {
            Some(Breach::CrossedPrincipals { returned })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{EventIndex, UserId, World};
    use crate::world::Timestamp;

    fn handed(asking: &str, owner: &str) -> Option<Breach> {
        let world = World::by_hand();
        let tokens = world.server().log_in_live(&UserId::new(owner));
        world.token_returned(&UserId::new(asking), Ok(tokens.access_token), Timestamp::default());
        breach(&NO_CROSSED_PRINCIPALS, When::Always, &world)
    }

    #[test]
    fn catches_another_users_token() {
        let found = Some(Breach::CrossedPrincipals { returned: EventIndex(0) });
        assert_eq!(handed("bob", "alice"), found);
    }

    #[test]
    fn is_silent_about_a_users_own_token() {
        assert_eq!(handed("alice", "alice"), None);
    }
}

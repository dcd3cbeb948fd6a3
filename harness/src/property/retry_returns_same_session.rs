//! A reload of the callback page is not a new login.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, Outcome};

/// After a success, a repeated callback gets the same session or a refusal.
pub const RETRY_RETURNS_SAME_SESSION: Property = Property {
    name: "retry-returns-same-session",
    statement: "a repeated callback after success gets the same session or a clean refusal",
    joins: &[],
    checks: &[(When::Always, another_session)],
};

fn another_session(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(second, entry)| {
        let Event::Returned(Outcome::Session { browser, session }) = &entry.event else {
            return None;
        };
        // The callback that got it, and whatever its browser had been given before that callback.
        let (received, _) = moment.before(second).rev().find(|(_, earlier)| {
            earlier.by == entry.by && matches!(earlier.event, Event::CallbackReceived { .. })
        })?;
        let differs = |event: &Event| {
            matches!(event, Event::Returned(Outcome::Session { browser: b, session: s })
                if b == browser && s != session)
        };
        let first = moment.before(received).find(|(_, earlier)| differs(&earlier.event));
        first.map(|(first, _)| Breach::DifferentSessions { first, second })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{breach, code};
    use super::*;
    use crate::auth::{AuthError, BrowserId, SessionId, World};

    fn handle(world: &World, result: Result<SessionId, AuthError>) {
        let browser = BrowserId::new("browser");
        world.callback_received(&browser, &code());
        world.callback_returned(&browser, result);
    }

    #[test]
    fn catches_a_retry_that_got_a_second_session() {
        let world = World::by_hand();
        handle(&world, Ok(SessionId::new("one")));
        handle(&world, Ok(SessionId::new("other")));
        let found = breach(&RETRY_RETURNS_SAME_SESSION, When::Always, &world);
        assert!(matches!(found, Some(Breach::DifferentSessions { .. })), "{found:?}");
    }

    #[test]
    fn is_silent_about_the_same_session_and_about_a_refusal() {
        let world = World::by_hand();
        handle(&world, Ok(SessionId::new("one")));
        handle(&world, Ok(SessionId::new("one")));
        handle(&world, Err(AuthError::Unavailable));
        assert_eq!(breach(&RETRY_RETURNS_SAME_SESSION, When::Always, &world), None);
    }
}

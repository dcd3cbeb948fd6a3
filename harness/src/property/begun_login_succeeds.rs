//! What a user sees of a login that has lost its state to another tab: an error page, although they
//! have done everything right.
//!
//! Source: RFC 6749, section 10.12, has the client compare the redirect with the user agent's
//! state; mozilla/mozilla-django-oidc#345 is what becomes of it when there is one state only.
//!
//! For scenarios in which nothing fails and no callback is delivered twice.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, Outcome};

/// Whoever began a login and came back from it is not refused.
pub const BEGUN_LOGIN_SUCCEEDS: Property = Property {
    name: "begun-login-succeeds",
    statement: "the callback of a login that its browser began is not refused",
    joins: &[],
    checks: &[(When::Always, begun_login_refused)],
};

fn begun_login_refused(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(failed, entry)| {
        let Event::Returned(Outcome::CallbackFailed { browser, .. }) = &entry.event else {
            return None;
        };
        let began =
            |event: &Event| matches!(event, Event::LoginBegun { browser: b } if b == browser);
        let mut own = moment.before(failed).rev().filter(|(_, earlier)| earlier.by == entry.by);
        let (begun, _) = own.find(|(_, earlier)| began(&earlier.event))?;
        Some(Breach::LoginLost { begun, failed })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{breach, code};
    use super::*;
    use crate::auth::{AuthError, BrowserId, EventIndex, SessionId, World};

    #[test]
    fn catches_a_login_that_is_refused() {
        let (world, browser) = (World::by_hand(), BrowserId::new("browser"));
        world.login_begun(&browser);
        world.callback_received(&browser, &code());
        world.callback_returned(&browser, Err(AuthError::UnknownLogin));
        assert_eq!(
            breach(&BEGUN_LOGIN_SUCCEEDS, When::Always, &world),
            Some(Breach::LoginLost { begun: EventIndex(0), failed: EventIndex(2) })
        );
    }

    #[test]
    fn is_silent_about_a_callback_of_a_login_that_nobody_began() {
        let (world, browser) = (World::by_hand(), BrowserId::new("browser"));
        world.login_begun(&BrowserId::new("another"));
        world.callback_received(&browser, &code());
        world.callback_returned(&browser, Err(AuthError::UnknownLogin));
        assert_eq!(breach(&BEGUN_LOGIN_SUCCEEDS, When::Always, &world), None);
    }

    #[test]
    fn is_silent_about_a_login_that_succeeds() {
        let (world, browser) = (World::by_hand(), BrowserId::new("browser"));
        world.login_begun(&browser);
        world.callback_returned(&browser, Ok(SessionId::new("one")));
        assert_eq!(breach(&BEGUN_LOGIN_SUCCEEDS, When::Always, &world), None);
    }
}

//! A callback that failed must not have logged anybody in, not even halfway. That it leaves no
//! locked key either is `everyone-finishes`; that the next attempt succeeds, `exactly-one-session`.

use super::{Breach, Moment, Property, When};
use crate::auth::{Event, Outcome};

/// A callback that failed leaves no session that it had created.
pub const FAILED_EXCHANGE_LEAVES_NOTHING: Property = Property {
    name: "failed-exchange-leaves-nothing",
    statement: "a callback that failed leaves no session behind",
    joins: &[],
    checks: &[(When::Always, session_left_behind)],
};

fn session_left_behind(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(failed, entry)| {
        let Event::Returned(Outcome::CallbackFailed { browser, .. }) = &entry.event else {
            return None;
        };
        // The callback that failed began where its caller was last given one to handle.
        let own = moment
            .before(failed)
            .rev()
            .filter(|(_, earlier)| moment.owner(earlier.by) == moment.owner(entry.by));
        own.take_while(|(_, earlier)| !matches!(earlier.event, Event::CallbackReceived { .. }))
            .find(|(_, earlier)| {
                matches!(&earlier.event, Event::SessionCreated { browser: b, .. } if b == browser)
            })
            .map(|(created, _)| Breach::SessionLeftBehind { created, failed })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{breach, code};
    use super::*;
    use crate::auth::{AuthError, BrowserId, Capability, SessionStore as _, World};

    #[tokio::test]
    async fn catches_a_session_that_a_failed_callback_created() {
        let (world, browser) = (World::by_hand(), BrowserId::new("browser"));
        world.callback_received(&browser, &code());
        world.session_store(Capability::PlainPut).put(&browser).await;
        world.callback_returned(&browser, Err(AuthError::Unavailable));
        let found = breach(&FAILED_EXCHANGE_LEAVES_NOTHING, When::Always, &world);
        assert!(matches!(found, Some(Breach::SessionLeftBehind { .. })), "{found:?}");
    }

    #[tokio::test]
    async fn is_silent_about_the_session_of_an_earlier_success() {
        let (world, browser) = (World::by_hand(), BrowserId::new("browser"));
        world.callback_received(&browser, &code());
        let session = world.session_store(Capability::PlainPut).put(&browser).await;
        world.callback_returned(&browser, Ok(session.id));
        world.callback_received(&browser, &code());
        world.callback_returned(&browser, Err(AuthError::Unavailable));
        assert_eq!(breach(&FAILED_EXCHANGE_LEAVES_NOTHING, When::Always, &world), None);
    }
}

//! For one logical login, one session, however many callbacks it took; and not none.

use super::{Breach, Moment, Property, When};
use crate::auth::{AuthorizationCode, BrowserId, Event, Outcome};

/// A browser whose callbacks were handled has exactly one session, and each callback that succeeded
/// was given that one, and not before a code of that browser was redeemed. A callback whose caller
/// is cancelled need not lead to one.
pub const EXACTLY_ONE_SESSION: Property = Property {
    name: "exactly-one-session",
    statement: "one login leads to one session, however many callbacks it took",
    joins: &[],
    checks: &[
        (When::Always, second_session),
        (When::Always, different_sessions),
        (When::Always, foreign_session),
        (When::Always, session_without_login),
        (When::Eventually, no_session),
    ],
};

fn second_session(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(second, entry)| {
        let Event::SessionCreated { browser, .. } = &entry.event else { return None };
        let same = |event: &Event| {
            matches!(event, Event::SessionCreated { browser: other, .. } if other == browser)
        };
        let first = moment.before(second).find(|(_, earlier)| same(&earlier.event));
        first.map(|(first, _)| Breach::SecondSession { first, second })
    })
}

fn different_sessions(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(second, entry)| {
        let Event::Returned(Outcome::Session { browser, session }) = &entry.event else {
            return None;
        };
        let differs = |event: &Event| {
            matches!(event, Event::Returned(Outcome::Session { browser: b, session: s })
                if b == browser && s != session)
        };
        let first = moment.before(second).find(|(_, earlier)| differs(&earlier.event));
        first.map(|(first, _)| Breach::DifferentSessions { first, second })
    })
}

fn foreign_session(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(returned, entry)| {
        let Event::Returned(Outcome::Session { browser, session }) = &entry.event else {
            return None;
        };
        let is_own = |event: &Event| {
            matches!(event, Event::SessionCreated { browser: b, session: s }
                if b == browser && s == session)
        };
        let is_known = moment.before(returned).any(|(_, earlier)| is_own(&earlier.event));
        (!is_known).then_some(Breach::ForeignSession { returned })
    })
}

fn session_without_login(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(returned, entry)| {
        let Event::Returned(Outcome::Session { browser, .. }) = &entry.event else { return None };
        let is_own = |redeemed: &AuthorizationCode| {
            moment.before(returned).any(|(_, earlier)| {
                matches!(&earlier.event, Event::CallbackReceived { browser: to, code }
                    if to == browser && code == redeemed)
            })
        };
        let has_logged_in = moment.before(returned).any(|(_, earlier)| {
            matches!(&earlier.event, Event::CodeRedeemed { code, .. } if is_own(code))
        });
        if has_logged_in {
            return None;
        }
        Some(Breach::SessionWithoutLogin { returned })
    })
}

fn no_session(moment: &Moment<'_>) -> Option<Breach> {
    let has_session = |browser: &BrowserId| {
        moment.ledger.entries().iter().any(|entry| {
            matches!(&entry.event, Event::SessionCreated { browser: other, .. } if other == browser)
        })
    };
    moment.ledger.indexed().find_map(|(received, entry)| match &entry.event {
        Event::CallbackReceived { browser, .. }
            if !has_session(browser) && !moment.is_cut_short(entry.by) =>
        {
            Some(Breach::NoSession { received })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{breach, code};
    use super::*;
    use crate::auth::{
        AuthError, Capability, CodeVerifier, EventIndex, SessionId, SessionStore as _,
        TokenEndpoint as _, World,
    };

    fn tab() -> BrowserId {
        BrowserId::new("browser")
    }

    #[tokio::test]
    async fn catches_a_second_session() {
        let world = World::by_hand();
        let store = world.session_store(Capability::PlainPut);
        store.put(&tab()).await;
        store.put(&tab()).await;
        let found = breach(&EXACTLY_ONE_SESSION, When::Always, &world);
        assert!(matches!(found, Some(Breach::SecondSession { .. })), "{found:?}");
    }

    #[test]
    fn catches_two_answers_that_differ() {
        let world = World::by_hand();
        world.callback_returned(&tab(), Ok(SessionId::new("one")));
        world.callback_returned(&tab(), Ok(SessionId::new("other")));
        let found = breach(&EXACTLY_ONE_SESSION, When::Always, &world);
        assert!(matches!(found, Some(Breach::DifferentSessions { .. })), "{found:?}");
    }

    #[test]
    fn catches_a_handler_that_refuses_everything() {
        let world = World::by_hand();
        world.callback_received(&tab(), &code());
        world.callback_returned(&tab(), Err(AuthError::Unavailable));
        assert_eq!(
            breach(&EXACTLY_ONE_SESSION, When::Eventually, &world),
            Some(Breach::NoSession { received: EventIndex(0) })
        );
    }

    #[tokio::test]
    async fn catches_a_session_of_another_browser() {
        let world = World::by_hand();
        let session = world.session_store(Capability::PlainPut).put(&tab()).await;
        world.callback_returned(&BrowserId::new("other"), Ok(session.id));
        assert_eq!(
            breach(&EXACTLY_ONE_SESSION, When::Always, &world),
            Some(Breach::ForeignSession { returned: EventIndex(1) })
        );
    }

    #[tokio::test]
    async fn catches_a_session_before_any_code_is_redeemed() {
        let world = World::by_hand();
        world.callback_received(&tab(), &code());
        let session = world.session_store(Capability::PlainPut).put(&tab()).await;
        world.callback_returned(&tab(), Ok(session.id));
        assert_eq!(
            breach(&EXACTLY_ONE_SESSION, When::Always, &world),
            Some(Breach::SessionWithoutLogin { returned: EventIndex(2) })
        );
    }

    #[tokio::test]
    async fn is_silent_about_one_session_each() {
        let world = World::by_hand();
        let store = world.session_store(Capability::PlainPut);
        let verifier = CodeVerifier::new("verifier");
        for name in ["one", "other"] {
            let browser = BrowserId::new(name);
            let code = world.server().issue_code(verifier.s256());
            world.callback_received(&browser, &code);
            world.token_endpoint().exchange(&code, &verifier).await.unwrap();
            let session = store.put(&browser).await;
            world.callback_returned(&browser, Ok(session.id.clone()));
            world.callback_returned(&browser, Ok(session.id));
        }
        assert_eq!(breach(&EXACTLY_ONE_SESSION, When::Always, &world), None);
        assert_eq!(breach(&EXACTLY_ONE_SESSION, When::Eventually, &world), None);
    }
}

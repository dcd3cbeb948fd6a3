//! Source: RFC 6749, section 4.1.2. A client must not use an authorization code more than once; a
//! server that sees one again denies it and should revoke what it had given for it.

use super::{Breach, Moment, Property, When};
use crate::auth::Event;

/// Each authorization code reaches the token endpoint at most once.
pub const CODE_PRESENTED_ONCE: Property = Property {
    name: "code-presented-once",
    statement: "each authorization code reaches the token endpoint at most once",
    joins: &[],
    checks: &[(When::Always, presented_twice)],
};

fn presented_twice(moment: &Moment<'_>) -> Option<Breach> {
    moment.news().find_map(|(second, entry)| {
        let Event::CodePresented { code } = &entry.event else { return None };
        let same = |event: &Event| {
            matches!(event, Event::CodePresented { code: earlier } if earlier == code)
        };
        let first = moment.before(second).find(|(_, earlier)| same(&earlier.event));
        first.map(|(first, _)| Breach::CodePresentedTwice { first, second })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::breach;
    use super::*;
    use crate::auth::{CodeVerifier, TokenEndpoint as _, World};

    async fn present(world: &World, codes: usize, times: usize) {
        let verifier = CodeVerifier::new("verifier");
        for _ in 0..codes {
            let code = world.server().issue_code(verifier.s256());
            for _ in 0..times {
                let _ = world.token_endpoint().exchange(&code, &verifier).await;
            }
        }
    }

    #[tokio::test]
    async fn catches_a_code_that_comes_back() {
        let world = World::by_hand();
        present(&world, 1, 2).await;
        let found = breach(&CODE_PRESENTED_ONCE, When::Always, &world);
        assert!(matches!(found, Some(Breach::CodePresentedTwice { .. })), "{found:?}");
    }

    #[tokio::test]
    async fn is_silent_about_two_codes() {
        let world = World::by_hand();
        present(&world, 2, 1).await;
        assert_eq!(breach(&CODE_PRESENTED_ONCE, When::Always, &world), None);
    }
}

//! What the properties' own tests share: a world by hand, and one look at what happened in it.

use super::{Breach, Moment, Property, When};
use crate::auth::{AuthorizationCode, World};

/// The first breach of `property` in what happened in `world`, looked at as if it had all been one
/// step.
pub(super) fn breach(property: &Property, when: When, world: &World) -> Option<Breach> {
    let ledger = world.ledger();
    let moment = Moment { ledger: &ledger, known: 0, tasks: &[], held: None };
    property.checks.iter().filter(|(at, _)| *at == when).find_map(|(_, check)| check(&moment))
}

/// What a callback brings, where nobody redeems it.
pub(super) fn code() -> AuthorizationCode {
    AuthorizationCode::new("code")
}

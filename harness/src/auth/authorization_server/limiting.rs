//! A server that serves only so many token requests at a time.

use super::{AuthorizationServer, ServerState};
use crate::auth::objects;
use crate::explore::Access;
use crate::world::Timestamp;

/// How many token requests are served in a moment of the clock.
pub(super) struct Limit {
    most: usize,
    at: Timestamp,
    served: usize,
}

impl AuthorizationServer {
    /// Serves at most so many token requests in a moment of the clock. Any more get a 429 (RFC
    /// 6585, section 4) and change nothing. It is the server's policy and no fault.
    pub fn limit_token_requests(&self, most: usize) {
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        let limit = Limit { most, at: self.world.now(), served: 0 };
        self.world.facts().server.limit = Some(limit);
    }
}

impl ServerState {
    /// Counts a token request that arrives; whether it is one too many.
    pub(super) fn is_over_limit(&mut self, now: Timestamp) -> bool {
        let Some(limit) = &mut self.limit else { return false };
        if limit.at != now {
            (limit.at, limit.served) = (now, 0);
        }
        limit.served += 1;
        limit.served > limit.most
    }
}

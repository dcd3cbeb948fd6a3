//! What a revocation request ends (RFC 7009, section 2.1).

use super::ServerState;
use crate::auth::ledger::{Event, Ledger};
use crate::auth::secret::{AccessToken, RefreshToken};
use crate::explore::{Access, Lane};

impl ServerState {
    /// What revoking a token touches.
    pub(in crate::auth) fn touched_by_revocation(&self, token: &str) -> [Access; 2] {
        let refresh_token = RefreshToken::new(token);
        match self.family_of(&refresh_token) {
            Some(family) => self.touched(Some(family)),
            None => self.touched_by_token(&AccessToken::new(token)),
        }
    }

    /// Revokes a token, whichever kind it is: the hint may be ignored. A refresh token takes its
    /// family along, and its access tokens as far as the policy says, as it should; an access token
    /// ends alone, as it may. A token that nobody knows is no error (section 2.2).
    pub(in crate::auth) fn revoke(&mut self, token: &str, by: Lane, ledger: &mut Ledger) {
        let refresh_token = RefreshToken::new(token);
        if let Some(family) = self.family_of(&refresh_token) {
            self.families[family].is_revoked = true;
            self.reach_access_tokens(family);
            ledger.push(by, Event::RefreshTokenRevoked { family, token: refresh_token });
            return;
        }
        let access_token = AccessToken::new(token);
        let record = self.access_tokens.iter_mut().find(|record| record.token == access_token);
        if let Some(record) = record {
            record.is_revoked = true;
            ledger.push(by, Event::AccessTokenRevoked { token: access_token });
        }
    }
}

//! What the exchange of a code does: single use, bound to its verifier.

use super::ServerState;
use super::codes::CodeRecord;
use crate::auth::ACCESS_TOKEN_TTL;
use crate::auth::ledger::{Event, Ledger};
use crate::auth::policy::CodeReuse;
use crate::auth::secret::AuthorizationCode;
use crate::auth::token_endpoint::{OAuthErrorCode, TokenError, TokenResponse};
use crate::explore::Lane;
use crate::world::Timestamp;

impl ServerState {
    pub(super) fn redeem(
        &mut self,
        code: &AuthorizationCode,
        is_bound: impl Fn(&CodeRecord) -> bool,
        is_spent: bool,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> Result<TokenResponse, TokenError> {
        let invalid_grant = TokenError::Refused(OAuthErrorCode::InvalidGrant);
        let position = self.codes.iter().position(|record| record.code == *code);
        let Some(position) = position else { return Err(invalid_grant) };
        let family = self.codes[position].family;
        if is_spent {
            if self.policy.code_reuse == CodeReuse::DeniedAndRevoked {
                self.families[family].is_revoked = true;
                self.revoke_access_tokens(family);
                ledger.push(by, Event::CodeReused { code: code.clone(), family });
            }
            return Err(invalid_grant);
        }
        if !is_bound(&self.codes[position]) {
            return Err(invalid_grant);
        }
        let (expires_in, expires_at) = (ACCESS_TOKEN_TTL, now.plus(ACCESS_TOKEN_TTL));
        let (access_token, issued) = self.issue(family, None, expires_at);
        self.codes[position].is_redeemed = true;
        ledger.push(by, Event::CodeRedeemed { code: code.clone(), issued: issued.clone() });
        let id_token = self.id_token(position, &access_token, now);
        let refresh_token = Some(issued);
        Ok(TokenResponse { access_token, refresh_token, id_token, expires_in, expires_at })
    }
}

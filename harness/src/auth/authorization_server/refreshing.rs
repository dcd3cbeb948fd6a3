//! What a refresh does: rotation, and what becomes of a refresh token that comes back. Its answer
//! has no ID token (OpenID Connect Core, section 12.2: it might not).

use super::{RefreshRecord, ServerState};
use crate::auth::ACCESS_TOKEN_TTL;
use crate::auth::ledger::{Event, Ledger};
use crate::auth::policy::{
    AccessTokens, BlastRadius, Forgiven, Reach, ReuseAnswer, Rotation, Window,
};
use crate::auth::secret::RefreshToken;
use crate::auth::token_endpoint::{OAuthErrorCode, TokenError, TokenResponse};
use crate::explore::Lane;
use crate::world::Timestamp;

const INVALID_GRANT: TokenError = TokenError::Refused(OAuthErrorCode::InvalidGrant);

impl ServerState {
    pub(super) fn refresh(
        &mut self,
        presented: RefreshToken,
        is_spent: bool,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> Result<TokenResponse, TokenError> {
        let position = self.refresh_tokens.iter().position(|record| record.token == presented);
        let Some(position) = position else { return Err(INVALID_GRANT) };
        let record = &self.refresh_tokens[position];
        if record.is_revoked || self.families[record.family].is_revoked {
            return Err(INVALID_GRANT);
        }
        match (is_spent, self.policy.rotation) {
            (true, _) => self.come_back(position, by, now, ledger),
            (false, Rotation::On) => Ok(self.rotate(position, by, now, ledger)),
            (false, rotation) => Ok(self.keep(position, rotation, by, now, ledger)),
        }
    }

    fn rotate(
        &mut self,
        position: usize,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> TokenResponse {
        self.refresh_tokens[position].consumed_at = Some(now);
        let RefreshRecord { family, token: consumed, .. } = self.refresh_tokens[position].clone();
        self.end_access_tokens(family, now);
        let expires_at = now.plus(ACCESS_TOKEN_TTL);
        let (access_token, issued) = self.issue(family, Some(position), expires_at);
        let refresh_token = Some(issued.clone());
        ledger.push(by, Event::Refreshed { family, consumed, issued, expires_at });
        let expires_in = ACCESS_TOKEN_TTL;
        TokenResponse { access_token, refresh_token, id_token: None, expires_in, expires_at }
    }

    /// Without rotation, the token presented is its own successor.
    fn keep(
        &mut self,
        position: usize,
        rotation: Rotation,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> TokenResponse {
        let RefreshRecord { family, token, .. } = self.refresh_tokens[position].clone();
        self.end_access_tokens(family, now);
        let expires_at = now.plus(ACCESS_TOKEN_TTL);
        let access_token = self.issue_access_token(family, expires_at);
        let refresh_token = (rotation == Rotation::OffAndRepeated).then(|| token.clone());
        let (consumed, issued) = (token.clone(), token);
        ledger.push(by, Event::Refreshed { family, consumed, issued, expires_at });
        let expires_in = ACCESS_TOKEN_TTL;
        TokenResponse { access_token, refresh_token, id_token: None, expires_in, expires_at }
    }

    /// With the policy for that, the access tokens of before a refresh are dead after it. One that
    /// had ended by itself had ended by itself: that it was on its way to a caller then is nobody's
    /// fault.
    fn end_access_tokens(&mut self, family: usize, now: Timestamp) {
        if self.policy.rotated_access_tokens == AccessTokens::Revoked {
            let its = self.access_tokens.iter_mut().filter(|record| record.family == family);
            its.filter(|record| record.expires_at > now).for_each(|it| it.is_revoked = true);
        }
    }

    /// A spent refresh token comes back.
    fn come_back(
        &mut self,
        position: usize,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> Result<TokenResponse, TokenError> {
        let rule = self.policy.forgiven.iter().find(|rule| self.covers(rule, position, now));
        let Some(answer) = rule.map(|rule| rule.answer) else {
            self.blow_up(position, by, ledger);
            return Err(INVALID_GRANT);
        };
        self.refresh_tokens[position].reuses += 1;
        let RefreshRecord { family, token: reused, .. } = self.refresh_tokens[position].clone();
        let expires_at = now.plus(ACCESS_TOKEN_TTL);
        let (access_token, issued) = match answer {
            ReuseAnswer::Error => return Err(INVALID_GRANT),
            ReuseAnswer::NewPair => self.issue(family, Some(position), expires_at),
            ReuseAnswer::Newest => {
                let newest = self.refresh_tokens[self.newest_of(family)].token.clone();
                (self.issue_access_token(family, expires_at), newest)
            }
        };
        let refresh_token = Some(issued.clone());
        ledger.push(by, Event::ReuseForgiven { family, reused, issued });
        Ok(TokenResponse {
            access_token,
            refresh_token,
            id_token: None,
            expires_in: ACCESS_TOKEN_TTL,
            expires_at,
        })
    }

    fn covers(&self, rule: &Forgiven, position: usize, now: Timestamp) -> bool {
        let record = &self.refresh_tokens[position];
        let in_window = match rule.window {
            Window::Time(length) => record.consumed_at.is_some_and(|at| now < at.plus(length)),
            Window::Count(times) => record.reuses < times,
            Window::Unlimited => true,
        };
        let is_used_successor =
            |other: &RefreshRecord| other.parent == Some(position) && other.consumed_at.is_some();
        let in_reach = match rule.reach {
            Reach::Parent => !self.refresh_tokens.iter().any(is_used_successor),
            Reach::Ancestor => true,
        };
        in_window && in_reach
    }

    /// A spent refresh token comes back and is not forgiven.
    fn blow_up(&mut self, position: usize, by: Lane, ledger: &mut Ledger) {
        let RefreshRecord { family, token: reused, .. } = self.refresh_tokens[position].clone();
        match self.policy.blast_radius {
            BlastRadius::Nothing => {}
            BlastRadius::Newest => {
                let newest = self.newest_of(family);
                self.refresh_tokens[newest].is_revoked = true;
                let revoked = self.refresh_tokens[newest].token.clone();
                ledger.push(by, Event::NewestRevoked { family, reused, revoked });
                self.reach_access_tokens(family);
            }
            BlastRadius::Family => self.end_family(family, reused, by, ledger),
            BlastRadius::User => {
                let owner = self.families[family].owner.clone();
                let is_concerned = |other: usize| {
                    other == family || (owner.is_some() && self.families[other].owner == owner)
                };
                let concerned: Vec<usize> =
                    (0..self.families.len()).filter(|&other| is_concerned(other)).collect();
                for other in concerned {
                    self.end_family(other, reused.clone(), by, ledger);
                }
            }
        }
    }

    fn end_family(&mut self, family: usize, reused: RefreshToken, by: Lane, ledger: &mut Ledger) {
        self.families[family].is_revoked = true;
        ledger.push(by, Event::FamilyRevoked { family, reused });
        self.reach_access_tokens(family);
    }

    pub(super) fn reach_access_tokens(&mut self, family: usize) {
        if self.policy.revoked_access_tokens == AccessTokens::Revoked {
            self.revoke_access_tokens(family);
        }
    }

    /// The refresh token of a family that was issued last.
    ///
    /// # Panics
    /// When the family has none.
    fn newest_of(&self, family: usize) -> usize {
        let newest = self.refresh_tokens.iter().rposition(|record| record.family == family);
        newest.expect("a token of the family has come back")
    }
}

//! The authorization server's state and transitions: single-use codes with PKCE, rotation of
//! refresh tokens, reuse detection.
//!
//! Policy: strict. Every refresh rotates; a consumed refresh token that comes back revokes its
//! whole family, without a grace period (RFC 9700, section 4.14.2, names the detection; that the
//! *family* goes is the practice of servers that rotate). A code that comes back is refused and
//! takes the tokens issued for it along (RFC 6749, section 4.1.2).

use std::sync::Arc;
use std::time::Duration;

use super::identity::UserId;
use super::ledger::{Event, Ledger};
use super::objects;
use super::secret::{AccessToken, AuthorizationCode, CodeChallenge, CodeVerifier, RefreshToken};
use super::token_endpoint::{OAuthErrorCode, TokenError, TokenResponse};
use super::token_store::Tokens;
use super::under_test::Callback;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Clock as _, Timestamp};

/// How long an access token lives: one hour.
pub const ACCESS_TOKEN_TTL: Duration = Duration::from_secs(3600);

/// The identifier of the one client that is registered (RFC 6749, section 2.2).
pub const CLIENT_ID: &str = "app";

/// The registered client's secret. A client may leave it out: it is registered as public too.
pub const CLIENT_SECRET: &str = "app-secret";

/// The side of the authorization server that a test arranges: what exists before the race.
#[derive(Clone)]
pub struct AuthorizationServer {
    world: World,
}

impl AuthorizationServer {
    pub(super) fn of(world: &World) -> Self {
        AuthorizationServer { world: world.clone() }
    }

    /// Logs a user in and stores the tokens with the client; the access token has already ended.
    pub fn log_in_expired(&self, user: &UserId) -> Tokens {
        self.log_in(user, Duration::ZERO)
    }

    /// Logs a user in and stores the tokens with the client.
    pub fn log_in_live(&self, user: &UserId) -> Tokens {
        self.log_in(user, ACCESS_TOKEN_TTL)
    }

    fn log_in(&self, user: &UserId, ttl: Duration) -> Tokens {
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        self.world.touch(Access::write(objects::TOKEN_STORE));
        let expires_at = self.world.clock().now().plus(ttl);
        let mut facts = self.world.facts();
        let family = facts.server.new_family(Some(user.clone()));
        let (access_token, refresh_token) = facts.server.issue(family, expires_at);
        let tokens = Tokens { access_token, refresh_token, expires_at };
        facts.tokens.insert(user.clone(), tokens.clone());
        tokens
    }

    /// Issues an authorization code that is bound to a challenge (RFC 7636, section 4.4).
    pub fn issue_code(&self, challenge: &CodeChallenge) -> AuthorizationCode {
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        self.world.facts().server.issue_code(challenge)
    }

    /// What a login's redirect brings, with the verifier that the login had put aside.
    pub fn issue_callback(&self, verifier: &CodeVerifier) -> Callback {
        Callback { code: self.issue_code(verifier.s256()), verifier: verifier.clone() }
    }

    /// The next token request that arrives and can be read gets a 503 and changes nothing.
    pub fn fail_next_token_request(&self) {
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        let server = &mut self.world.facts().server;
        server.failures_left += 1;
        server.can_fail = true;
    }
}

/// What a client sends to the token endpoint.
pub(super) enum TokenRequest {
    /// RFC 6749, section 6.
    Refresh { refresh_token: RefreshToken },
    /// RFC 6749, section 4.1.3, with RFC 7636, section 4.5.
    Exchange { code: AuthorizationCode, verifier: CodeVerifier },
}

#[derive(Default)]
pub(super) struct ServerState {
    families: Vec<Family>,
    refresh_tokens: Vec<RefreshRecord>,
    access_tokens: Vec<AccessRecord>,
    codes: Vec<CodeRecord>,
    failures_left: usize,
    /// Whether it was ever told to fail.
    can_fail: bool,
    access_token_names: Names,
    refresh_token_names: Names,
}

/// The values `prefix-1`, `prefix-1.2`, `prefix-1.3` and so on of each family, each made once. They
/// do not depend on what happens in other families.
#[derive(Default)]
struct Names(Vec<Vec<Arc<str>>>);

impl Names {
    fn nth(&mut self, prefix: &str, family: usize, number: usize) -> Arc<str> {
        if self.0.len() <= family {
            self.0.resize_with(family + 1, Vec::new);
        }
        let names = &mut self.0[family];
        while names.len() <= number {
            let name = match names.len() {
                0 => format!("{prefix}-{}", family + 1),
                earlier => format!("{prefix}-{}.{}", family + 1, earlier + 1),
            };
            names.push(Arc::from(name));
        }
        Arc::clone(&names[number])
    }
}

/// All tokens that descend from one authorization.
struct Family {
    /// Whose they are. A code does not say.
    owner: Option<UserId>,
    is_revoked: bool,
    /// How many pairs of tokens were issued.
    issued: usize,
}

struct RefreshRecord {
    token: RefreshToken,
    family: usize,
    is_consumed: bool,
}

struct AccessRecord {
    token: AccessToken,
    family: usize,
    expires_at: Timestamp,
}

struct CodeRecord {
    code: AuthorizationCode,
    challenge: CodeChallenge,
    /// What is issued for it.
    family: usize,
    is_redeemed: bool,
}

impl ServerState {
    /// Forgets everything but the names of tokens, which are the same every time.
    pub(super) fn clear(&mut self) {
        self.families.clear();
        self.refresh_tokens.clear();
        self.access_tokens.clear();
        self.codes.clear();
        (self.failures_left, self.can_fail) = (0, false);
    }

    /// What serving a request touches.
    pub(super) fn touched_by(&self, request: &TokenRequest) -> [Access; 2] {
        let family = match request {
            TokenRequest::Refresh { refresh_token } => self.family_of(refresh_token),
            TokenRequest::Exchange { code, .. } => self.family_of_code(code),
        };
        self.touched(family.filter(|_| !self.can_fail))
    }

    /// What looking at an access token touches.
    pub(super) fn touched_by_token(&self, token: &AccessToken) -> [Access; 2] {
        let record = self.access_tokens.iter().find(|record| record.token == *token);
        self.touched(record.map(|record| record.family))
    }

    /// What is not of a known family may be of any.
    fn touched(&self, family: Option<usize>) -> [Access; 2] {
        match family {
            Some(family) => [
                Access::read(objects::AUTHORIZATION_SERVER),
                Access::write(objects::family(family)),
            ],
            None => [Access::write(objects::AUTHORIZATION_SERVER); 2],
        }
    }

    pub(super) fn family_of_code(&self, code: &AuthorizationCode) -> Option<usize> {
        self.codes.iter().find(|record| record.code == *code).map(|record| record.family)
    }

    /// Serves a request that has arrived: one atomic transition. A failure comes before anything
    /// is looked at, so that what failed was not presented.
    pub(super) fn serve(
        &mut self,
        request: TokenRequest,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> Result<TokenResponse, TokenError> {
        if let Some(left) = self.failures_left.checked_sub(1) {
            self.failures_left = left;
            ledger.push(by, Event::TokenEndpointUnavailable);
            return Err(TokenError::Unavailable);
        }
        let result = match request {
            TokenRequest::Refresh { refresh_token } => {
                let token = refresh_token.clone();
                let family = self.family_of(&token);
                ledger.push(by, Event::RefreshTokenPresented { token, family, at: now });
                self.refresh(refresh_token, by, now, ledger)
            }
            TokenRequest::Exchange { code, verifier } => {
                ledger.push(by, Event::CodePresented { code: code.clone() });
                self.redeem(&code, &verifier, by, now, ledger)
            }
        };
        if let Err(TokenError::Refused(error)) = &result {
            ledger.push(by, Event::TokenRequestRefused { error: *error });
        }
        result
    }

    /// Whether a resource server would accept this access token at that moment.
    pub(super) fn is_live(&self, token: &AccessToken, now: Timestamp) -> bool {
        self.access_tokens.iter().any(|record| {
            record.token == *token
                && record.expires_at > now
                && !self.families[record.family].is_revoked
        })
    }

    /// Whose access token this is.
    pub(super) fn owner_of(&self, token: &AccessToken) -> Option<&UserId> {
        let record = self.access_tokens.iter().find(|record| record.token == *token)?;
        self.families[record.family].owner.as_ref()
    }

    fn refresh(
        &mut self,
        presented: RefreshToken,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> Result<TokenResponse, TokenError> {
        let invalid_grant = TokenError::Refused(OAuthErrorCode::InvalidGrant);
        let record = self.refresh_tokens.iter_mut().find(|record| record.token == presented);
        let Some(record) = record else { return Err(invalid_grant) };
        let family = record.family;
        if self.families[family].is_revoked {
            return Err(invalid_grant);
        }
        if record.is_consumed {
            self.families[family].is_revoked = true;
            ledger.push(by, Event::FamilyRevoked { family, reused: presented });
            return Err(invalid_grant);
        }
        record.is_consumed = true;
        let expires_at = now.plus(ACCESS_TOKEN_TTL);
        let (access_token, issued) = self.issue(family, expires_at);
        let refresh_token = Some(issued.clone());
        ledger.push(by, Event::Refreshed { family, consumed: presented, issued, expires_at });
        Ok(TokenResponse { access_token, refresh_token, expires_in: ACCESS_TOKEN_TTL })
    }

    fn redeem(
        &mut self,
        code: &AuthorizationCode,
        verifier: &CodeVerifier,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> Result<TokenResponse, TokenError> {
        let invalid_grant = TokenError::Refused(OAuthErrorCode::InvalidGrant);
        let position = self.codes.iter().position(|record| record.code == *code);
        let Some(position) = position else { return Err(invalid_grant) };
        let family = self.codes[position].family;
        if self.codes[position].is_redeemed {
            self.families[family].is_revoked = true;
            ledger.push(by, Event::CodeReused { code: code.clone(), family });
            return Err(invalid_grant);
        }
        if *verifier.s256() != self.codes[position].challenge {
            return Err(invalid_grant);
        }
        let (access_token, issued) = self.issue(family, now.plus(ACCESS_TOKEN_TTL));
        self.codes[position].is_redeemed = true;
        ledger.push(by, Event::CodeRedeemed { code: code.clone(), issued: issued.clone() });
        let refresh_token = Some(issued);
        Ok(TokenResponse { access_token, refresh_token, expires_in: ACCESS_TOKEN_TTL })
    }

    fn family_of(&self, token: &RefreshToken) -> Option<usize> {
        let record = self.refresh_tokens.iter().find(|record| record.token == *token);
        record.map(|record| record.family)
    }

    fn issue_code(&mut self, challenge: &CodeChallenge) -> AuthorizationCode {
        let code = AuthorizationCode::new(format!("code-{}", self.codes.len() + 1));
        let family = self.new_family(None);
        let (record, challenge) = (code.clone(), challenge.clone());
        self.codes.push(CodeRecord { code: record, challenge, family, is_redeemed: false });
        code
    }

    fn new_family(&mut self, owner: Option<UserId>) -> usize {
        self.families.push(Family { owner, is_revoked: false, issued: 0 });
        self.families.len() - 1
    }

    fn issue(&mut self, family: usize, expires_at: Timestamp) -> (AccessToken, RefreshToken) {
        let number = self.families[family].issued;
        self.families[family].issued += 1;
        let access = AccessToken::new(self.access_token_names.nth("at", family, number));
        let refresh = RefreshToken::new(self.refresh_token_names.nth("rt", family, number));
        self.access_tokens.push(AccessRecord { token: access.clone(), family, expires_at });
        let token = refresh.clone();
        self.refresh_tokens.push(RefreshRecord { token, family, is_consumed: false });
        (access, refresh)
    }
}

//! The authorization server's state and transitions: single-use codes with PKCE, rotation of
//! refresh tokens, reuse detection.
//!
//! What the specifications leave open is a [`ServerPolicy`]; unless it is told otherwise, the
//! server is strict ([`ServerPolicy::STRICT`]).

mod codes;
mod limiting;
mod names;
mod redeeming;
mod refreshing;
mod revoking;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use codes::CodeRecord;
pub(super) use codes::{Authentication, CodeRequest};
use limiting::Limit;
use names::Names;

use super::identity::UserId;
use super::ledger::{Event, Ledger};
use super::objects;
use super::openid::id_token::IdTokens;
use super::policy::{BlastRadius, ServerPolicy};
use super::secret::{
    AccessToken, AuthorizationCode, CodeChallenge, CodeVerifier, Nonce, RefreshToken, State,
};
use super::token_endpoint::{TokenError, TokenResponse};
use super::token_store::Tokens;
use super::under_test::Callback;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Fault, Timestamp};

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

    #[cfg(feature = "openid")]
    pub(super) fn world(&self) -> &World {
        &self.world
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
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        self.world.touch(Access::write(objects::TOKEN_STORE));
        let expires_at = self.world.now().plus(ttl);
        let mut facts = self.world.facts();
        let family = facts.server.new_family(Some(user.clone()));
        let (access_token, refresh_token) = facts.server.issue(family, None, expires_at);
        let tokens = Tokens { access_token, refresh_token, expires_at };
        facts.tokens.insert(user.clone(), tokens.clone());
        facts.count_write(user);
        tokens
    }

    /// Issues an authorization code that is bound to a challenge (RFC 7636, section 4.4).
    pub fn issue_code(&self, challenge: &CodeChallenge) -> AuthorizationCode {
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        self.world.facts().server.issue_code(CodeRequest::of_challenge(challenge))
    }

    /// What a login's redirect brings, with what the login had put aside: a `state` and a nonce of
    /// its own, and this verifier. It was a login with OpenID Connect.
    pub fn issue_callback(&self, verifier: &CodeVerifier) -> Callback {
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        let at = self.world.now();
        let server = &mut self.world.facts().server;
        let number = server.codes.len() + 1;
        let nonce = Nonce::new(format!("nonce-{number}"));
        let authentication = Some(Authentication { nonce: Some(nonce.clone()), at });
        let plain = CodeRequest::of_challenge(verifier.s256());
        let code = server.issue_code(CodeRequest { authentication, ..plain });
        let state = State::new(format!("state-{number}"));
        Callback { code, state, nonce, verifier: verifier.clone() }
    }

    /// Has the server follow a policy from now on.
    pub fn set_policy(&self, policy: ServerPolicy) {
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        self.world.facts().server.policy = policy;
    }

    /// Ends the login that a refresh token is of: no token of its family works any more.
    pub fn end_session(&self, token: &RefreshToken) {
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        let server = &mut self.world.facts().server;
        if let Some(family) = server.family_of(token) {
            server.families[family].is_revoked = true;
            server.revoke_access_tokens(family);
        }
    }

    /// Breaks the server, before the race begins: it looks whether a token or code is spent in one
    /// step, and acts on that in another. A caller that is cancelled in between leaves the second
    /// undone. Requests over raw HTTP are served in one step all the same.
    pub fn tear_transitions(&self) {
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        self.world.facts().server.is_torn = true;
    }

    /// The next token request that arrives and can be read gets a 503 and changes nothing.
    pub fn fail_next_token_request(&self) {
        self.stage_fault(Fault::ErrorBefore);
    }

    /// The next token request that arrives and can be read is served, and its answer is lost.
    pub fn lose_next_answer(&self) {
        self.stage_fault(Fault::AnswerLost);
    }

    fn stage_fault(&self, fault: Fault) {
        self.world.take_turn();
        self.world.touch(Access::write(objects::AUTHORIZATION_SERVER));
        let server = &mut self.world.facts().server;
        server.faults.push_back(fault);
        server.faults_staged += 1;
    }
}

/// What a client sends to the token endpoint.
#[derive(Clone)]
pub(super) enum TokenRequest {
    /// RFC 6749, section 6.
    Refresh { refresh_token: RefreshToken },
    /// RFC 6749, section 4.1.3, with RFC 7636, section 4.5.
    Exchange {
        code: AuthorizationCode,
        verifier: CodeVerifier,
        redirect_uri: Option<Cow<'static, str>>,
    },
}

#[derive(Default)]
pub(super) struct ServerState {
    families: Vec<Family>,
    refresh_tokens: Vec<RefreshRecord>,
    access_tokens: Vec<AccessRecord>,
    codes: Vec<CodeRecord>,
    /// What the next requests meet, first come first met.
    faults: VecDeque<Fault>,
    /// How often it was told to fail.
    faults_staged: usize,
    policy: ServerPolicy,
    limit: Option<Limit>,
    /// Whether it looks and acts in two steps.
    pub(super) is_torn: bool,
    access_token_names: Names,
    refresh_token_names: Names,
    id_tokens: IdTokens,
}

/// All tokens that descend from one authorization.
struct Family {
    /// Whose they are. A code does not say.
    owner: Option<UserId>,
    is_revoked: bool,
    /// How many access tokens and how many refresh tokens were issued.
    issued: (usize, usize),
}

#[derive(Clone)]
struct RefreshRecord {
    token: RefreshToken,
    family: usize,
    /// Which refresh token it was issued for, by position.
    parent: Option<usize>,
    /// When it was first spent.
    consumed_at: Option<Timestamp>,
    /// How often it came back and was forgiven.
    reuses: u32,
    /// Whether it was ended by itself.
    is_revoked: bool,
}

struct AccessRecord {
    token: AccessToken,
    family: usize,
    expires_at: Timestamp,
    is_revoked: bool,
}

impl ServerState {
    /// Forgets everything but the names of tokens and the signatures, which are the same every
    /// time.
    pub(super) fn clear(&mut self) {
        self.families.clear();
        self.refresh_tokens.clear();
        self.access_tokens.clear();
        self.codes.clear();
        self.faults.clear();
        (self.faults_staged, self.is_torn) = (0, false);
        (self.policy, self.limit) = (ServerPolicy::default(), None);
        self.id_tokens.clear();
    }

    /// What serving a request touches.
    pub(super) fn touched_by(&self, request: &TokenRequest) -> [Access; 2] {
        let family = match request {
            TokenRequest::Refresh { refresh_token } => self.family_of(refresh_token),
            TokenRequest::Exchange { code, .. } => self.family_of_code(code),
        };
        let [server, family] = self.touched(family);
        // Whom a fault or a limit meets depends on who comes first, and so does what else a token
        // that comes back takes along.
        if self.faults_staged > 0
            || self.limit.is_some()
            || self.policy.blast_radius == BlastRadius::User
        {
            return [Access::write(objects::AUTHORIZATION_SERVER), family];
        }
        [server, family]
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

    /// Whether what a request presents is spent.
    pub(super) fn is_spent(&self, request: &TokenRequest) -> bool {
        match request {
            TokenRequest::Refresh { refresh_token } => self
                .refresh_tokens
                .iter()
                .any(|record| record.token == *refresh_token && record.consumed_at.is_some()),
            TokenRequest::Exchange { code, .. } => {
                self.codes.iter().any(|record| record.code == *code && record.is_redeemed)
            }
        }
    }

    /// Serves a request that has arrived: one atomic transition. A failure comes before anything
    /// is looked at, so that what failed was not presented. `is_spent` is what the server takes
    /// for true of what is presented.
    pub(super) fn serve(
        &mut self,
        request: TokenRequest,
        is_spent: bool,
        by: Lane,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> Result<TokenResponse, TokenError> {
        let limited = self.is_over_limit(now).then_some(Fault::TooManyRequests);
        let fault = limited.or_else(|| self.faults.pop_front());
        if let Some(fault) = fault.filter(|fault| !fault.is_after_commit()) {
            ledger.push(by, Event::Faulted { fault });
            return Err(fault.as_error());
        }
        let result = match request {
            TokenRequest::Refresh { refresh_token } => {
                let token = refresh_token.clone();
                let family = self.family_of(&token);
                ledger.push(by, Event::RefreshTokenPresented { token, family, at: now });
                self.refresh(refresh_token, is_spent, by, now, ledger)
            }
            TokenRequest::Exchange { code, verifier, redirect_uri } => {
                ledger.push(by, Event::CodePresented { code: code.clone() });
                let is_bound =
                    |record: &CodeRecord| record.is_bound_to(&verifier, redirect_uri.as_deref());
                self.redeem(&code, is_bound, is_spent, by, now, ledger)
            }
        };
        if let Err(TokenError::Refused(error)) = &result {
            ledger.push(by, Event::TokenRequestRefused { error: *error });
        }
        let Some(fault) = fault else { return result };
        ledger.push(by, Event::Faulted { fault });
        Err(fault.as_error())
    }

    /// How often it was told to fail.
    pub(super) fn faults_staged(&self) -> usize {
        self.faults_staged
    }

    /// How often it has failed as it was told to.
    pub(super) fn faults_met(&self) -> usize {
        self.faults_staged - self.faults.len()
    }

    /// Whether a resource server would accept this access token at that moment.
    pub(super) fn is_live(&self, token: &AccessToken, now: Timestamp) -> bool {
        self.access_tokens
            .iter()
            .any(|record| record.token == *token && record.expires_at > now && !record.is_revoked)
    }

    /// Whose access token this is.
    pub(super) fn owner_of(&self, token: &AccessToken) -> Option<&UserId> {
        let record = self.access_tokens.iter().find(|record| record.token == *token)?;
        self.families[record.family].owner.as_ref()
    }

    pub(super) fn family_of(&self, token: &RefreshToken) -> Option<usize> {
        let record = self.refresh_tokens.iter().find(|record| record.token == *token);
        record.map(|record| record.family)
    }

    fn new_family(&mut self, owner: Option<UserId>) -> usize {
        self.families.push(Family { owner, is_revoked: false, issued: (0, 0) });
        self.families.len() - 1
    }

    /// Issues a pair of tokens; the refresh token is the successor of `parent`, if there is one.
    fn issue(
        &mut self,
        family: usize,
        parent: Option<usize>,
        expires_at: Timestamp,
    ) -> (AccessToken, RefreshToken) {
        let access = self.issue_access_token(family, expires_at);
        let number = self.families[family].issued.1;
        self.families[family].issued.1 += 1;
        let refresh = RefreshToken::new(self.refresh_token_names.nth("rt", family, number));
        self.refresh_tokens.push(RefreshRecord {
            token: refresh.clone(),
            family,
            parent,
            consumed_at: None,
            reuses: 0,
            is_revoked: false,
        });
        (access, refresh)
    }

    fn issue_access_token(&mut self, family: usize, expires_at: Timestamp) -> AccessToken {
        let number = self.families[family].issued.0;
        self.families[family].issued.0 += 1;
        let access = AccessToken::new(self.access_token_names.nth("at", family, number));
        let token = access.clone();
        self.access_tokens.push(AccessRecord { token, family, expires_at, is_revoked: false });
        access
    }

    fn revoke_access_tokens(&mut self, family: usize) {
        let its = self.access_tokens.iter_mut().filter(|record| record.family == family);
        its.for_each(|record| record.is_revoked = true);
    }
}

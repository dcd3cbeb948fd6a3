//! Authorization codes: what was asked for when one was issued, and what it is bound to.

use super::ServerState;
use crate::auth::identity::UserId;
use crate::auth::openid::authorize::REDIRECT_URI;
use crate::auth::openid::id_token::Claims;
use crate::auth::secret::{
    AccessToken, AuthorizationCode, CodeChallenge, CodeVerifier, IdToken, Nonce,
};
use crate::world::Timestamp;

/// The subject of an ID token where nobody said who logged in.
const END_USER: &str = "end-user";

/// What the authorization server was asked for a code with.
#[derive(Clone)]
pub(in crate::auth) struct CodeRequest {
    pub(in crate::auth) challenge: CodeChallenge,
    /// Who logged in. A test that arranges a code does not say.
    pub(in crate::auth) user: Option<UserId>,
    /// With OpenID Connect, how; that is with the scope `openid`.
    pub(in crate::auth) authentication: Option<Authentication>,
    /// Whether it said where to redirect to, so that the exchange has to say it too (RFC 6749,
    /// section 4.1.3).
    pub(in crate::auth) names_redirect: bool,
}

/// A login with OpenID Connect.
#[derive(Clone)]
pub(in crate::auth) struct Authentication {
    /// What the ID token has to carry back.
    pub(in crate::auth) nonce: Option<Nonce>,
    /// When the end-user was authenticated.
    pub(in crate::auth) at: Timestamp,
}

pub(super) struct CodeRecord {
    pub(super) code: AuthorizationCode,
    request: CodeRequest,
    /// What is issued for it.
    pub(super) family: usize,
    pub(super) is_redeemed: bool,
}

impl CodeRequest {
    /// One of which only the challenge is known.
    pub(in crate::auth) fn of_challenge(challenge: &CodeChallenge) -> Self {
        let challenge = challenge.clone();
        CodeRequest { challenge, user: None, authentication: None, names_redirect: false }
    }
}

impl CodeRecord {
    /// Whether an exchange has what the code is bound to: the verifier (RFC 7636, section 4.6) and
    /// the redirection URI.
    pub(super) fn is_bound_to(&self, verifier: &CodeVerifier, redirect_uri: Option<&str>) -> bool {
        let is_redirect = match redirect_uri {
            Some(uri) => uri == REDIRECT_URI,
            None => !self.request.names_redirect,
        };
        is_redirect && *verifier.s256() == self.request.challenge
    }
}

impl ServerState {
    pub(in crate::auth) fn issue_code(&mut self, request: CodeRequest) -> AuthorizationCode {
        let code = AuthorizationCode::new(format!("code-{}", self.codes.len() + 1));
        let family = self.new_family(request.user.clone());
        self.codes.push(CodeRecord { code: code.clone(), request, family, is_redeemed: false });
        code
    }

    pub(in crate::auth) fn family_of_code(&self, code: &AuthorizationCode) -> Option<usize> {
        self.codes.iter().find(|record| record.code == *code).map(|record| record.family)
    }

    /// The ID token that comes with an access token that a code was exchanged for, if it was issued
    /// with OpenID Connect.
    pub(super) fn id_token(
        &mut self,
        code: usize,
        access_token: &AccessToken,
        now: Timestamp,
    ) -> Option<IdToken> {
        let record = &self.codes[code];
        let authentication = record.request.authentication.clone()?;
        let subject = self.subject_of(record.family);
        self.id_tokens.issue(Claims {
            subject,
            nonce: authentication.nonce,
            authenticated_at: authentication.at,
            issued_at: now,
            access_token: access_token.clone(),
        })
    }

    /// Who the provider says it is that has logged in.
    fn subject_of(&self, family: usize) -> UserId {
        self.families[family].owner.clone().unwrap_or_else(|| UserId::new(END_USER))
    }

    /// The same, by an access token.
    pub(in crate::auth) fn subject_of_token(&self, token: &AccessToken) -> Option<UserId> {
        let record = self.access_tokens.iter().find(|record| record.token == *token)?;
        Some(self.subject_of(record.family))
    }

    /// From now on, ID tokens are signed with a new key.
    #[cfg(feature = "openid")]
    pub(in crate::auth) fn rotate_signing_key(&mut self) {
        self.id_tokens.rotate_key();
    }

    /// The keys that ID tokens were ever signed with, to publish.
    #[cfg(feature = "openid")]
    pub(in crate::auth) fn signing_keys(&mut self) -> serde_json::Value {
        self.id_tokens.key_set()
    }
}

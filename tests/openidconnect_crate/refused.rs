//! What the crate refuses, and what the provider does: by hand, each call goes through at once.

use std::time::Duration;

use authloom::auth::{
    AuthError, CodeVerifier, HttpDouble, HttpError, ID_TOKEN_TTL, ISSUER, KEY_SET_URL,
    REVOCATION_URL, World,
};
use chrono::DateTime;
use openidconnect::core::{
    CoreIdTokenVerifier, CoreJsonWebKeySet, CoreRevocableToken, CoreTokenResponse,
};
use openidconnect::http::Request;
use openidconnect::{
    HttpRequest, IssuerUrl, Nonce, OAuth2TokenResponse as _, RevocationUrl, TokenResponse as _,
};
use serde_json::Value;

use crate::relying_party::{Client, RelyingParty};

/// A login up to the answer of the token endpoint.
struct Login {
    world: World,
    party: RelyingParty,
    client: Client,
    answer: CoreTokenResponse,
    nonce: Nonce,
}

async fn login() -> Login {
    login_after(|_| {}).await
}

/// The same, with something done between discovery and the exchange.
async fn login_after(arrange: impl FnOnce(&World)) -> Login {
    let world = World::by_hand();
    let party = RelyingParty::new(&world);
    let client = party.client().await.expect("the provider can be discovered");
    arrange(&world);
    let callback = world.server().issue_callback(&CodeVerifier::new("verifier-of-the-login"));
    let answer = party.exchange(&client, &callback.code, &callback.verifier).await;
    let nonce = Nonce::new(callback.nonce.secret().to_owned());
    Login { answer: answer.expect("the code is good"), world, party, client, nonce }
}

impl Login {
    fn subject(&self) -> Result<String, AuthError> {
        let subject = self.party.subject(&self.client, &self.answer, &self.nonce);
        subject.map(|subject| subject.to_string())
    }

    /// Why the crate does not take the ID token.
    fn refusal(&self) -> String {
        self.subject().expect_err("it is refused").to_string()
    }
}

#[tokio::test]
async fn a_good_login_is_taken() {
    let login = login().await;
    assert_eq!(login.subject().expect("nothing is wrong"), "end-user");
}

/// The same world over again gives the same signature, byte for byte (RFC 6979).
#[tokio::test]
async fn an_id_token_is_the_same_each_time() {
    let text = |login: Login| login.answer.id_token().map(ToString::to_string);
    let (one, other) = (text(login().await), text(login().await));
    assert!(one.is_some());
    assert_eq!(one, other);
}

#[tokio::test]
async fn another_nonce_is_refused() {
    let login =
        Login { nonce: Nonce::new(String::from("nonce-of-another-login")), ..login().await };
    assert_eq!(login.refusal(), "Invalid nonce: nonce mismatch");
}

#[tokio::test]
async fn an_id_token_is_refused_from_its_end_on() {
    let login = login().await;
    login.world.clock().advance(ID_TOKEN_TTL - Duration::from_secs(1));
    assert!(login.subject().is_ok());
    login.world.clock().advance(Duration::from_secs(1));
    let text = "Expired: ID token expired at 1970-01-01 00:05:00 UTC (current time is 1970-01-01 \
        00:05:00 UTC)";
    assert_eq!(login.refusal(), text);
}

async fn key_set(http: &HttpDouble) -> Result<Value, HttpError> {
    let request = Request::get(KEY_SET_URL).body(Vec::new()).expect("it is well-formed");
    let response = http.send(request).await?;
    Ok(serde_json::from_slice(response.body()).expect("the keys are JSON"))
}

/// The client is given the second key under the name of the first, with which the provider signs.
#[tokio::test]
async fn a_signature_with_another_key_is_refused() {
    let login = login().await;
    login.world.server().rotate_signing_key();
    let mut keys = key_set(&login.world.http()).await.expect("the provider is there");
    let mut other = keys["keys"][1].take();
    other["kid"] = "key-1".into();
    let keys = serde_json::json!({ "keys": [other] });
    let keys: CoreJsonWebKeySet = serde_json::from_value(keys).expect("it is a key set");
    let id_token = login.answer.id_token().expect("there is one");
    let (id, issuer) = (login.client.client_id().clone(), IssuerUrl::new(ISSUER.to_owned()));
    let issuer = issuer.expect("it is a URL");
    let verifier = CoreIdTokenVerifier::new_public_client(id, issuer, keys)
        .set_time_fn(|| DateTime::UNIX_EPOCH);
    let error = id_token.claims(&verifier, &login.nonce).expect_err("it is refused");
    assert_eq!(error.to_string(), "Signature verification failed");
}

/// A client that fetched the keys before a rotation does not know the new one, until it fetches
/// them again.
#[tokio::test]
async fn a_new_key_is_known_once_it_is_fetched() {
    let login = login_after(|world| world.server().rotate_signing_key()).await;
    assert_eq!(login.refusal(), "Signature verification failed");
    let party = RelyingParty::new(&login.world);
    let client = party.client().await.expect("the provider can be discovered");
    let login = Login { party, client, ..login };
    assert_eq!(login.subject().expect("nothing is wrong"), "end-user");
}

#[tokio::test]
async fn another_verifier_gets_no_tokens() {
    let world = World::by_hand();
    let party = RelyingParty::new(&world);
    let client = party.client().await.expect("the provider can be discovered");
    let callback = world.server().issue_callback(&CodeVerifier::new("verifier-of-the-login"));
    let other = CodeVerifier::new("verifier-of-another-login");
    let answer = party.exchange(&client, &callback.code, &other).await;
    assert_eq!(
        answer.expect_err("it is refused").to_string(),
        "the authorization server refused: invalid_grant"
    );
}

/// RFC 7009, section 2.1: the access tokens of a revoked refresh token go with it.
#[tokio::test]
async fn user_info_is_refused_after_a_revocation() {
    let login = login().await;
    let subject = login.party.subject(&login.client, &login.answer, &login.nonce);
    let subject = subject.expect("nothing is wrong");
    let info = login.party.user_info(&login.client, &login.answer, subject.clone()).await;
    assert_eq!(info.expect("the token is live").subject(), &subject);

    let url = RevocationUrl::new(REVOCATION_URL.to_owned()).expect("it is a URL");
    let revoking = login.client.clone().set_revocation_url(url);
    let token = login.answer.refresh_token().expect("there is one").clone();
    let http = |request: HttpRequest| login.party.http.send(request);
    let request = revoking.revoke_token(CoreRevocableToken::from(token));
    let request = request.expect("the endpoint is known");
    request.request_async(&http).await.expect("a token that is known is revoked");

    let info = login.party.user_info(&login.client, &login.answer, subject).await;
    let text = "Server returned invalid response: unexpected HTTP status code";
    assert_eq!(info.expect_err("the token is dead").to_string(), text);
}

//! Values that must not be printed. Reports show a stand-in instead, in order of appearance:
//! `rt-1`, `code-2`, `session-1`.

use std::fmt;
use std::sync::{Arc, OnceLock};

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a value.
            pub fn new(value: impl Into<Arc<str>>) -> Self {
                $name(value.into())
            }

            /// The value itself.
            pub fn secret(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret! {
    /// RFC 6749, section 1.5.
    RefreshToken
}

secret! {
    /// RFC 6749, section 1.4.
    AccessToken
}

secret! {
    /// RFC 6749, section 1.3.1.
    AuthorizationCode
}

secret! {
    /// RFC 6749, section 4.1.1: what the client put into the request comes back with the code.
    State
}

secret! {
    /// OpenID Connect Core, section 3.1.2.1: ties an ID token to a login.
    Nonce
}

secret! {
    /// OpenID Connect Core, section 2.
    IdToken
}

secret! {
    /// RFC 7636, section 4.2.
    CodeChallenge
}

secret! {
    /// What a session cookie carries.
    SessionId
}

/// RFC 7636, section 4.1. Clones share the challenge, which is computed when it is first needed: an
/// exploration exchanges the same few verifiers over and over.
#[derive(Clone)]
pub struct CodeVerifier(Arc<Verifier>);

struct Verifier {
    value: Box<str>,
    challenge: OnceLock<CodeChallenge>,
}

impl CodeVerifier {
    /// Wraps a value.
    pub fn new(value: impl Into<Box<str>>) -> Self {
        CodeVerifier(Arc::new(Verifier { value: value.into(), challenge: OnceLock::new() }))
    }

    /// The value itself.
    pub fn secret(&self) -> &str {
        &self.0.value
    }

    /// The S256 challenge of this verifier (RFC 7636, section 4.2).
    pub fn s256(&self) -> &CodeChallenge {
        use base64::Engine as _;
        use sha2::Digest as _;

        self.0.challenge.get_or_init(|| {
            let digest = sha2::Sha256::digest(self.secret().as_bytes());
            CodeChallenge::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest))
        })
    }
}

impl PartialEq for CodeVerifier {
    fn eq(&self, other: &Self) -> bool {
        self.secret() == other.secret()
    }
}

impl Eq for CodeVerifier {}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_in_its_debug_text() {
        assert_eq!(format!("{:?}", RefreshToken::new("hunter2")), "RefreshToken(..)");
    }

    /// The example of RFC 7636, appendix B.
    #[test]
    fn s256_is_that_of_the_rfc() {
        let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.s256().secret(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}

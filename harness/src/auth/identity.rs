//! Who is concerned: not secret, so shown as they are.

use std::fmt;
use std::sync::Arc;

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// An identity by its name.
            pub fn new(name: &str) -> Self {
                $name(Arc::from(name))
            }

            /// Its name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identity! {
    /// A resource owner (RFC 6749, section 1.1), as the client knows them.
    UserId
}

identity! {
    /// A user agent with one logical login: what a callback's cookie stands for.
    BrowserId
}

identity! {
    /// The resource that an access token is for (RFC 8707, section 2). The authorization server's
    /// double does not tell resources apart.
    Audience
}

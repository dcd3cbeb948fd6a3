//! Policies of servers that are in use, as their documentation and source describe them.
//!
//! Each names its source. They model what a client that races can see: what is answered when a
//! refresh token comes back, and what that ends. Lifetimes are not modelled: an access token lives
//! [`ACCESS_TOKEN_TTL`](super::ACCESS_TOKEN_TTL), a refresh token until it is revoked. What is
//! marked as unconfirmed, no source at hand says.

use std::time::Duration;

use super::policy::{
    AccessTokens, BlastRadius, Forgiven, Reach, ReuseAnswer, Rotation, ServerPolicy, Window,
};

/// All of them, by name.
pub const ALL: &[(&str, ServerPolicy)] = &[
    ("AUTH0", AUTH0),
    ("AUTH0_WITH_OVERLAP", AUTH0_WITH_OVERLAP),
    ("OKTA", OKTA),
    ("KEYCLOAK", KEYCLOAK),
    ("KEYCLOAK_REVOKING", KEYCLOAK_REVOKING),
    ("SUPABASE", SUPABASE),
    ("HYDRA", HYDRA),
    ("HYDRA_WITH_GRACE", HYDRA_WITH_GRACE),
    ("COGNITO", COGNITO),
    ("ENTRA", ENTRA),
    ("GOOGLE", GOOGLE),
    ("SPOTIFY", SPOTIFY),
    ("GITHUB_APPS", GITHUB_APPS),
    ("ATPROTO", ATPROTO),
    ("DEX", DEX),
    ("DEX_WITH_WINDOW", DEX_WITH_WINDOW),
    ("MATRIX_AUTHENTICATION_SERVICE", MATRIX_AUTHENTICATION_SERVICE),
];

/// Auth0 with refresh token rotation, without an overlap period: its default is zero. A token that
/// comes back ends the family.
///
/// Source: Auth0, "Configure Refresh Token Rotation". Unconfirmed: what becomes of access tokens.
pub const AUTH0: ServerPolicy = ServerPolicy::STRICT;

/// Auth0 with an overlap period of ten seconds: the previous token, and no older one, is answered
/// with a new one.
///
/// Source: Auth0, "Configure Refresh Token Rotation". The length is set by the tenant; ten seconds
/// are an example.
pub const AUTH0_WITH_OVERLAP: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(10)),
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    ..AUTH0
};

/// Okta for single-page applications: 30 seconds of grace; after that, the newest refresh token
/// and the access tokens issued since the login are ended.
///
/// Source: Okta, "Refresh access tokens and rotate refresh tokens". Unconfirmed: whether the grace
/// reaches further back than the previous token, and whether it gives a new one or the same.
pub const OKTA: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(30)),
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    blast_radius: BlastRadius::Newest,
    revoked_access_tokens: AccessTokens::Revoked,
    ..ServerPolicy::STRICT
};

/// Keycloak as it is installed: refresh tokens are not rotated.
///
/// Source: Keycloak, `TokenManager.java`. Unconfirmed: that the answer has the refresh token again.
pub const KEYCLOAK: ServerPolicy =
    ServerPolicy { rotation: Rotation::OffAndRepeated, ..ServerPolicy::STRICT };

/// Keycloak with "revoke refresh token" and a maximal reuse of zero: a token that comes back
/// detaches the client's session, which is modelled as the family.
///
/// Source: Keycloak, `TokenManager.java`. Unconfirmed: what becomes of access tokens.
pub const KEYCLOAK_REVOKING: ServerPolicy = ServerPolicy::STRICT;

/// Supabase: for ten seconds a spent token, and at any time the parent of the active one, is
/// answered with the active one; otherwise the session ends.
///
/// Source: Supabase, `sessions.mdx`. Descendants that survived the end of their session were
/// reported (orgs/supabase/discussions/52614); that is not modelled. Unconfirmed: what becomes of
/// access tokens.
pub const SUPABASE: ServerPolicy = ServerPolicy {
    forgiven: &[
        Forgiven {
            window: Window::Time(Duration::from_secs(10)),
            reach: Reach::Ancestor,
            answer: ReuseAnswer::Newest,
        },
        Forgiven { window: Window::Unlimited, reach: Reach::Parent, answer: ReuseAnswer::Newest },
    ],
    ..ServerPolicy::STRICT
};

/// Ory Hydra without a grace period, which is its default: a token that comes back revokes the
/// tokens of the consent.
///
/// Source: Ory, `graceful-token-refresh.mdx`.
pub const HYDRA: ServerPolicy = ServerPolicy::STRICT;

/// Ory Hydra with a grace period of five minutes, the longest without a count: each use within it
/// gives a new set of tokens.
///
/// Source: Ory, `graceful-token-refresh.mdx`. Unconfirmed: how far back the grace reaches; here, to
/// the previous token.
pub const HYDRA_WITH_GRACE: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(300)),
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    ..HYDRA
};

/// Amazon Cognito with rotation and its longest grace period, 60 seconds.
///
/// Source: AWS, `RefreshTokenRotationType`. Unconfirmed: the default of the grace period, what it
/// is answered with, and what happens outside it.
pub const COGNITO: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(60)),
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    blast_radius: BlastRadius::Nothing,
    ..ServerPolicy::STRICT
};

/// Microsoft Entra: each use gives a new refresh token, and the old one stays valid.
///
/// Source: Microsoft, "Refresh tokens in the Microsoft identity platform".
pub const ENTRA: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Unlimited,
        reach: Reach::Ancestor,
        answer: ReuseAnswer::NewPair,
    }],
    blast_radius: BlastRadius::Nothing,
    ..ServerPolicy::STRICT
};

/// Google: the refresh token stays, and answers leave it out.
///
/// Unconfirmed, all of it: written from memory. That the oldest of more than a hundred refresh
/// tokens of an account and client dies is not modelled.
pub const GOOGLE: ServerPolicy =
    ServerPolicy { rotation: Rotation::OffAndLeftOut, ..ServerPolicy::STRICT };

/// Spotify with PKCE: rotates, and refuses a token that comes back.
///
/// Source: Pasta-Devs/Marinara-Engine#2318 for the rotation; a window is not documented.
/// Unconfirmed: that nothing else is ended.
pub const SPOTIFY: ServerPolicy =
    ServerPolicy { blast_radius: BlastRadius::Nothing, ..ServerPolicy::STRICT };

/// GitHub Apps: a refresh ends the old refresh token and the old access token.
///
/// Source: GitHub, "Refreshing user access tokens". Its error is named `bad_refresh_token`, which
/// is not modelled. Unconfirmed: that a token that comes back ends nothing else.
pub const GITHUB_APPS: ServerPolicy = ServerPolicy {
    rotated_access_tokens: AccessTokens::Revoked,
    blast_radius: BlastRadius::Nothing,
    ..ServerPolicy::STRICT
};

/// The atproto reference server: no grace; a token that comes back deletes the session, which is
/// modelled as the family.
///
/// Source: bluesky-social/atproto at 301c289. Unconfirmed: what becomes of access tokens.
pub const ATPROTO: ServerPolicy = ServerPolicy::STRICT;

/// Dex as it is installed: no window, and a token that comes back is an error only.
///
/// Source: dexidp/dex#4949, which proposes a window of three seconds.
pub const DEX: ServerPolicy =
    ServerPolicy { blast_radius: BlastRadius::Nothing, ..ServerPolicy::STRICT };

/// Dex with a window of three seconds, in which a token that comes back is answered with the same
/// successor.
///
/// Source: dexidp/dex#4949, which proposes it. Unconfirmed: how far back it reaches; here, to the
/// previous token.
pub const DEX_WITH_WINDOW: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Time(Duration::from_secs(3)),
        reach: Reach::Parent,
        answer: ReuseAnswer::Newest,
    }],
    ..DEX
};

/// Matrix Authentication Service: a spent token works until its successor is used, and is an error
/// after that.
///
/// Source: element-hq/matrix-authentication-service#3650. The use of the successor's access token
/// closes the window too, which is not modelled; nor is that a code replayed after 20 seconds ends
/// the session. Unconfirmed: that the answer is a new pair.
pub const MATRIX_AUTHENTICATION_SERVICE: ServerPolicy = ServerPolicy {
    forgiven: &[Forgiven {
        window: Window::Unlimited,
        reach: Reach::Parent,
        answer: ReuseAnswer::NewPair,
    }],
    blast_radius: BlastRadius::Nothing,
    ..ServerPolicy::STRICT
};

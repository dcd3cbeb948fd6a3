//! What an authorization server does that the specifications leave open, as data.
//!
//! RFC 6749, section 6, lets a server rotate refresh tokens or not; RFC 9700, section 4.14.2, asks
//! for rotation or sender-constrained tokens for public clients, and names no period in which a
//! token may come back. So servers differ, and code that is free of races against one is not
//! against another.

use std::time::Duration;

/// How the server treats refresh tokens, and tokens and codes that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerPolicy {
    /// Whether a refresh token is spent by a refresh.
    pub rotation: Rotation,
    /// What is forgiven when a spent refresh token comes back: the first of these that covers it.
    pub forgiven: &'static [Forgiven],
    /// What else is ended when a spent refresh token comes back and is not forgiven.
    pub blast_radius: BlastRadius,
    /// What becomes of the access tokens within the blast radius.
    pub revoked_access_tokens: AccessTokens,
    /// What becomes of the access tokens of a family when it is refreshed.
    pub rotated_access_tokens: AccessTokens,
    /// What becomes of what a code gave when the code comes back.
    pub code_reuse: CodeReuse,
}

/// Whether a refresh token is spent by a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It is, and the answer has its successor.
    On,
    /// It is not, and the answer leaves it out: the client keeps it (RFC 6749, section 6).
    OffAndLeftOut,
    /// It is not, and the answer has it again.
    OffAndRepeated,
}

/// A rule by which a spent refresh token is taken once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgiven {
    /// For how long, or how often.
    pub window: Window,
    /// How far back.
    pub reach: Reach,
    /// What it is answered with.
    pub answer: ReuseAnswer,
}

/// For how long, or how often, a spent refresh token may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Until this long after it was first spent, that moment not included.
    Time(Duration),
    /// This many times.
    Count(u32),
    /// Always. With [`Reach::Parent`], that is until the successor is used.
    Unlimited,
}

/// How old a spent refresh token may be, in generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only one none of whose successors has been used.
    Parent,
    /// Any.
    Ancestor,
}

/// What a forgiven refresh token is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReuseAnswer {
    /// Another access token and another successor: the family forks.
    NewPair,
    /// Another access token and the newest refresh token of the family; for a parent, that is the
    /// same successor again.
    Newest,
    /// `invalid_grant`, with nothing revoked.
    Error,
}

/// What is ended when a spent refresh token comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlastRadius {
    /// Nothing: the request is refused.
    Nothing,
    /// The newest refresh token of the family.
    Newest,
    /// All that descends from the same authorization.
    Family,
    /// All that was ever issued to the user. A family that is nobody's is ended alone.
    User,
}

/// What becomes of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTokens {
    /// They live until they expire.
    Spared,
    /// They are dead at once.
    Revoked,
}

/// What becomes of what a code gave when the code comes back. It is denied in any case (RFC 6749,
/// section 4.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeReuse {
    /// Nothing.
    Denied,
    /// It is revoked.
    DeniedAndRevoked,
}

impl ServerPolicy {
    /// Every refresh rotates; a spent refresh token that comes back ends its whole family, without
    /// a grace period (RFC 9700, section 4.14.2, names the detection; that the *family* goes is the
    /// practice of servers that rotate). A code that comes back is refused and takes the tokens
    /// issued for it along (RFC 6749, section 4.1.2).
    pub const STRICT: ServerPolicy = ServerPolicy {
        rotation: Rotation::On,
        forgiven: &[],
        blast_radius: BlastRadius::Family,
        revoked_access_tokens: AccessTokens::Revoked,
        rotated_access_tokens: AccessTokens::Spared,
        code_reuse: CodeReuse::DeniedAndRevoked,
    };
}

impl Default for ServerPolicy {
    fn default() -> Self {
        ServerPolicy::STRICT
    }
}

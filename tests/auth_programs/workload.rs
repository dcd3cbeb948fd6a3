//! What a generated program does: who asks for what, at which server, and what befalls it.

use std::time::Duration;

use authloom::auth::{
    ACCESS_TOKEN_TTL, Reach, ReuseAnswer, Rotation, ServerPolicy, UserId, Window, presets,
};
use authloom::world::Fault;

/// A generated program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Tasks by the process that they run in; each task makes its requests one after the other.
    pub processes: Vec<Vec<Vec<Request>>>,
    /// Whether the users' access tokens have ended when the program begins.
    pub login: Login,
    /// Whether whoever signs out signs in again at once. Then one task does, once.
    pub after_sign_out: AfterSignOut,
    pub server: Server,
    pub befalls: Befalls,
}

/// What a task asks of the implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Token(User),
    SignOut(User),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    Alice,
    Bob,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    Ended,
    Live,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSignOut {
    StaysOut,
    SignsIn,
}

/// A server in use, by name, so that a failed case can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    Atproto,
    Dex,
    Okta,
    Supabase,
    Entra,
    Keycloak,
    Google,
    GithubApps,
}

/// What befalls the program at the most, once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Befalls {
    pub cancellations: usize,
    pub fault: Option<Fault>,
    pub crashes: usize,
    pub time: Option<Passes>,
}

/// How far the clock goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    /// As long as the leases of the models live, and less than any grace period in seconds.
    Briefly,
    /// As long as an access token lives.
    ForAnHour,
}

impl User {
    pub const ALL: [User; 2] = [User::Alice, User::Bob];

    pub fn id(self) -> UserId {
        UserId::new(match self {
            User::Alice => "alice",
            User::Bob => "bob",
        })
    }
}

impl Request {
    pub fn user(self) -> User {
        match self {
            Request::Token(user) | Request::SignOut(user) => user,
        }
    }
}

impl Server {
    pub const ALL: [Server; 8] = [
        Server::Atproto,
        Server::Dex,
        Server::Okta,
        Server::Supabase,
        Server::Entra,
        Server::Keycloak,
        Server::Google,
        Server::GithubApps,
    ];

    pub fn policy(self) -> ServerPolicy {
        match self {
            Server::Atproto => presets::ATPROTO,
            Server::Dex => presets::DEX,
            Server::Okta => presets::OKTA,
            Server::Supabase => presets::SUPABASE,
            Server::Entra => presets::ENTRA,
            Server::Keycloak => presets::KEYCLOAK,
            Server::Google => presets::GOOGLE,
            Server::GithubApps => presets::GITHUB_APPS,
        }
    }
}

impl Passes {
    pub fn duration(self) -> Duration {
        match self {
            Passes::Briefly => Duration::from_secs(5),
            Passes::ForAnHour => ACCESS_TOKEN_TTL,
        }
    }
}

impl Workload {
    pub fn tasks(&self) -> impl Iterator<Item = &Vec<Request>> {
        self.processes.iter().flatten()
    }

    pub fn requests(&self) -> impl Iterator<Item = Request> {
        self.tasks().flatten().copied()
    }

    pub fn users(&self) -> impl Iterator<Item = User> {
        User::ALL.into_iter().filter(|user| self.requests().any(|one| one.user() == *user))
    }

    /// How often tokens of a user are asked for.
    pub fn asks_for(&self, user: User) -> usize {
        self.requests().filter(|one| *one == Request::Token(user)).count()
    }

    pub fn sign_outs(&self) -> usize {
        self.requests().filter(|one| matches!(one, Request::SignOut(_))).count()
    }

    /// The process that the task of this lane runs in, as long as none has crashed: tasks are
    /// staged in their order.
    pub fn process_of(&self, lane: usize) -> Option<usize> {
        let sizes = self.processes.iter().enumerate();
        sizes.flat_map(|(at, tasks)| tasks.iter().map(move |_| at)).nth(lane)
    }

    /// Whether a refresh spends the refresh token.
    pub fn rotates(&self) -> bool {
        self.server.policy().rotation == Rotation::On
    }

    /// Whether the successor of a refresh token can get lost on its way: the server commits before
    /// it answers (RFC 6749, section 6, has no acknowledgement).
    pub fn may_lose_an_answer(&self) -> bool {
        self.befalls.crashes > 0 || self.befalls.fault.is_some_and(Fault::is_after_commit)
    }

    /// Whether the server takes a spent refresh token back however late it comes in this program,
    /// so that a lost answer costs nobody their login.
    pub fn is_forgiven(&self) -> bool {
        let policy = self.server.policy();
        let passes = self.befalls.time.map_or(Duration::ZERO, Passes::duration);
        let in_time = |window: Window| match window {
            Window::Time(length) => passes < length,
            Window::Count(_) => false,
            Window::Unlimited => true,
        };
        // Within less than an hour nobody has cause to use the successor.
        let in_reach = |reach: Reach| reach == Reach::Ancestor || passes < ACCESS_TOKEN_TTL;
        !self.rotates()
            || policy.forgiven.iter().any(|rule| {
                in_time(rule.window) && in_reach(rule.reach) && rule.answer != ReuseAnswer::Error
            })
    }

    /// Whether somebody may have to log in again, and that is nobody's fault: what was lost is not
    /// forgiven, or the server refuses without cause (RFC 6749, section 5.2: a client cannot tell
    /// that `invalid_grant` from any other).
    pub fn may_lose_a_login(&self) -> bool {
        let is_refused = self.befalls.fault == Some(Fault::Refused);
        is_refused || (self.may_lose_an_answer() && !self.is_forgiven())
    }
}

//! The reduced search against the plain one on random operations of the stores that logins and
//! leases are kept in, and on a server with a limit.
//!
//! Two operations are swapped only if they declare no access in common, so an access that one
//! forgets to declare hides answers. A log says who does what and is answered what, in order; both
//! searches must come to the same logs.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, BrowserId, LeaseStore as _, LoginStore as _, Nonce, NonceStore as _,
    PendingLogin, PendingLogins, RefreshToken, State, TokenEndpoint as _, TokenRefresher, UserId,
    World,
};
use authloom::prove::{Bounds, Options, Scenario, Search, Verdict};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What a caller does next.
#[derive(Debug, Clone, Copy)]
enum Op {
    PutLogin(&'static str),
    TakeLogin(&'static str),
    LoadLogins,
    SaveLogins,
    LookUpNonce,
    RecordNonce,
    ConsumeNonce,
    Acquire,
    Holder,
    Free,
    Refresh(&'static str),
    Advance,
}

/// Few names, so that callers meet.
fn op() -> impl Strategy<Value = Op> {
    let slot = || prop::sample::select(&["one", "other"]);
    let logins = prop_oneof![
        slot().prop_map(Op::PutLogin),
        slot().prop_map(Op::TakeLogin),
        Just(Op::LoadLogins),
        Just(Op::SaveLogins),
    ];
    let nonces = prop_oneof![Just(Op::LookUpNonce), Just(Op::RecordNonce), Just(Op::ConsumeNonce)];
    let leases = prop_oneof![Just(Op::Acquire), Just(Op::Holder), Just(Op::Free)];
    let others = prop_oneof![
        prop::sample::select(&["rt-1", "rt-2"]).prop_map(Op::Refresh),
        Just(Op::Advance)
    ];
    prop_oneof![logins, nonces, leases, others]
}

/// Every log that some execution came to.
type Logs = BTreeSet<String>;

/// The callers' scripts, as if they were a refresher: the user is the caller.
struct Client {
    world: World,
    scripts: Vec<Vec<Op>>,
    lines: Mutex<String>,
    all: Arc<Mutex<Logs>>,
}

impl Client {
    /// Notes what caller `me` does or is told.
    fn say(&self, me: usize, what: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_str(&format!("{me}: {what}\n"));
        self.all.lock().unwrap_or_else(PoisonError::into_inner).insert(lines.clone());
    }

    /// Does it, and returns what it is told.
    async fn does(&self, me: usize, op: Op) -> String {
        let (browser, nonce) = (BrowserId::new("browser"), Nonce::new("nonce"));
        let logins = self.world.login_store();
        let (nonces, leases) = (self.world.nonce_store(), self.world.lease_store());
        match op {
            Op::PutLogin(slot) => {
                let login = PendingLogin { state: State::new(format!("of {me}")), nonce };
                logins.put(&browser, slot, login).await;
                String::new()
            }
            Op::TakeLogin(slot) => {
                let login = logins.take(&browser, slot).await;
                format!("{:?}", login.map(|login| login.state.secret().to_owned()))
            }
            Op::LoadLogins => {
                let logins = logins.load_all(&browser).await;
                let named = |(slot, login): (String, PendingLogin)| {
                    format!("{slot} {}", login.state.secret())
                };
                logins.into_iter().map(named).collect()
            }
            Op::SaveLogins => {
                let login = PendingLogin { state: State::new(format!("saved by {me}")), nonce };
                let all = PendingLogins::from([(String::from("one"), login)]);
                logins.save_all(&browser, all).await;
                String::new()
            }
            Op::LookUpNonce => nonces.is_used(&nonce).await.to_string(),
            Op::RecordNonce => {
                nonces.record(&nonce).await;
                String::new()
            }
            Op::ConsumeNonce => nonces.consume(&nonce).await.to_string(),
            Op::Acquire => format!("{:?}", leases.try_acquire("key", Duration::from_secs(2)).await),
            Op::Holder => format!("{:?}", leases.holder("key").await),
            Op::Free => {
                leases.free("key").await;
                String::new()
            }
            Op::Refresh(token) => {
                let answer = self.world.token_endpoint().refresh(&RefreshToken::new(token)).await;
                format!("{:?}", answer.map(|answer| answer.access_token.secret().to_owned()))
            }
            Op::Advance => {
                self.world.clock().advance(Duration::from_secs(5));
                String::new()
            }
        }
    }
}

#[async_trait]
impl TokenRefresher for Client {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let me: usize = user.as_str().parse().expect("callers are numbers");
        for &op in &self.scripts[me] {
            self.say(me, &format!("{op:?}"));
            let told = self.does(me, op).await;
            self.say(me, &told);
        }
        self.say(me, "end");
        Err(AuthError::NotSignedIn)
    }
}

const CALLERS: [&str; 2] = ["0", "1"];

fn explore(scripts: &[Vec<Op>], search: Search) -> (Verdict, Logs) {
    let logs: Arc<Mutex<Logs>> = Arc::default();
    let scenario: Scenario<dyn TokenRefresher> = Scenario {
        name: "test/stores",
        summary: "random operations",
        bounds: Bounds::callers(CALLERS.len()),
        properties: Vec::new(),
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            let world = stage.world();
            world.server().log_in_expired(&UserId::new("alice"));
            world.server().log_in_expired(&UserId::new("bob"));
            world.server().limit_token_requests(1);
            let refresher = stage.instance();
            for name in CALLERS {
                let (world, refresher) = (world.clone(), refresher.clone());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new(name)).await;
                });
            }
        }),
    };
    let (all, scripts) = (Arc::clone(&logs), scripts.to_vec());
    let verdict = scenario.explore(
        move |world| {
            let (world, scripts, all) = (world.clone(), scripts.clone(), Arc::clone(&all));
            let lines = Mutex::default();
            Arc::new(Client { world, scripts, lines, all }) as Arc<dyn TokenRefresher>
        },
        &Options { search, executions_max: 5_000, ..Options::default() },
        &mut |_| {},
    );
    let logs = std::mem::take(&mut *logs.lock().unwrap_or_else(PoisonError::into_inner));
    (verdict, logs)
}

/// Whether the reduced search missed nothing; `None` when there is too much to run it all.
fn compare(scripts: &[Vec<Op>]) -> Option<Result<(), String>> {
    let (full, all_logs) = explore(scripts, Search::Plain);
    if !full.is_exhausted {
        return None;
    }
    let (reduced, logs) = explore(scripts, Search::Optimal);
    assert!(reduced.is_exhausted);
    let missed: Vec<&String> = all_logs.difference(&logs).take(1).collect();
    Some(if missed.is_empty() { Ok(()) } else { Err(format!("missed {missed:?}")) })
}

#[test]
fn no_answer_of_the_stores_is_missed() {
    let script = || prop::collection::vec(op(), 1..4);
    let compared = Cell::new(0);
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 600, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    let result = runner.run(&(script(), script()), |(first, second)| {
        if let Some(result) = compare(&[first, second]) {
            compared.set(compared.get() + 1);
            result.map_err(TestCaseError::fail)?;
        }
        Ok(())
    });
    result.expect("both searches see the same");
    assert!(compared.get() > 400, "only {} of 600 could be run in full", compared.get());
}

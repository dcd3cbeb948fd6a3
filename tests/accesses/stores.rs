//! The stores that logins and leases are kept in, and a server with a limit.

use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    BrowserId, LeaseStore as _, LoginStore as _, Nonce, NonceStore as _, PendingLogin,
    PendingLogins, RefreshToken, State, TokenEndpoint as _, UserId, World,
};
use authloom::world::timeout;
use proptest::prelude::*;

use crate::scripts::{Operation, assert_nothing_is_missed};

/// By how much the clock goes on, and the deadline of a request that has one.
const TIME: Duration = Duration::from_secs(5);

/// What a caller does next.
#[derive(Debug, Clone, Copy)]
pub enum Op {
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
    RefreshInTime(&'static str),
    Advance,
}

/// Few names, so that callers meet.
fn op() -> BoxedStrategy<Op> {
    let slot = || prop::sample::select(&["one", "other"]);
    let logins = prop_oneof![
        slot().prop_map(Op::PutLogin),
        slot().prop_map(Op::TakeLogin),
        Just(Op::LoadLogins),
        Just(Op::SaveLogins),
    ];
    let nonces = prop_oneof![Just(Op::LookUpNonce), Just(Op::RecordNonce), Just(Op::ConsumeNonce)];
    let leases = prop_oneof![Just(Op::Acquire), Just(Op::Holder), Just(Op::Free)];
    let token = || prop::sample::select(&["rt-1", "rt-2"]);
    let others = prop_oneof![
        token().prop_map(Op::Refresh),
        token().prop_map(Op::RefreshInTime),
        Just(Op::Advance)
    ];
    prop_oneof![logins, nonces, leases, others].boxed()
}

#[async_trait]
impl Operation for Op {
    fn arrange(world: &World) {
        world.server().log_in_expired(&UserId::new("alice"));
        world.server().log_in_expired(&UserId::new("bob"));
        world.server().limit_token_requests(1);
    }

    async fn run(self, world: &World, me: usize) -> Option<String> {
        let (browser, nonce) = (BrowserId::new("browser"), Nonce::new("nonce"));
        let logins = world.login_store();
        let (nonces, leases) = (world.nonce_store(), world.lease_store());
        let told = match self {
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
                let answer = world.token_endpoint().refresh(&RefreshToken::new(token)).await;
                format!("{:?}", answer.map(|answer| answer.access_token.secret().to_owned()))
            }
            Op::RefreshInTime(token) => {
                let (endpoint, clock) = (world.token_endpoint(), world.clock());
                let token = RefreshToken::new(token);
                let answer = timeout(&clock, TIME, endpoint.refresh(&token)).await;
                format!("{:?}", answer.map(|it| it.map(|it| it.access_token.secret().to_owned())))
            }
            Op::Advance => {
                world.clock().advance(TIME);
                String::new()
            }
        };
        Some(told)
    }
}

#[test]
fn no_answer_of_the_stores_is_missed() {
    assert_nothing_is_missed(op, 600, 400, 5_000);
}

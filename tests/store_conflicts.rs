//! What the stores of tokens declare of their operations.
//!
//! The search tries two steps in both orders only if they declare an access in common. So every two
//! operations that are answered otherwise, or leave something else behind, in the other order, must
//! take the search more executions than two that have nothing to do with each other.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AccountStore as _, AuthError, MarkStore as _, RefreshToken, TokenFile as _,
    TokenRefresher, TokenStore as _, Tokens, UserId, World,
};
use authloom::prove::{Bounds, Options, Scenario};
use authloom::world::Timestamp;

/// One operation on one of the stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    LoadAccount,
    SwapAccount,
    WriteQuota,
    LoadTokens,
    RemoveTokens,
    ReadFile,
    Truncate,
    Write,
    RenameOver,
    Mark,
    LookForMark,
}

const OPS: [Op; 11] = [
    Op::LoadAccount,
    Op::SwapAccount,
    Op::WriteQuota,
    Op::LoadTokens,
    Op::RemoveTokens,
    Op::ReadFile,
    Op::Truncate,
    Op::Write,
    Op::RenameOver,
    Op::Mark,
    Op::LookForMark,
];

fn alice() -> UserId {
    UserId::new("alice")
}

/// A world in which the tokens of alice are stored, by the first write of her account.
fn log_in(world: &World) {
    world.server().log_in_live(&alice());
}

async fn answer(world: &World, op: Op) -> String {
    let tokens = Tokens {
        access_token: AccessToken::new("another"),
        refresh_token: RefreshToken::new("another"),
        expires_at: Timestamp::default(),
    };
    let (accounts, file) = (world.account_store(), world.token_file());
    let (alice, token) = (alice(), RefreshToken::new("one"));
    match op {
        Op::LoadAccount => format!("{:?}", accounts.load(&alice).await),
        Op::SwapAccount => format!("{:?}", accounts.swap(&alice, 1, tokens).await),
        Op::WriteQuota => format!("{:?}", accounts.write_quota(&alice).await),
        Op::LoadTokens => format!("{:?}", world.shared_token_store().load(&alice).await),
        Op::RemoveTokens => format!("{:?}", world.shared_token_store().remove(&alice).await),
        Op::ReadFile => format!("{:?}", file.read(&alice).await),
        Op::Truncate => format!("{:?}", file.truncate(&alice).await),
        Op::Write => format!("{:?}", file.write(&alice, tokens).await),
        Op::RenameOver => format!("{:?}", file.rename_over(&alice, tokens).await),
        Op::Mark => format!("{:?}", world.mark_store().mark(&token).await),
        Op::LookForMark => format!("{:?}", world.mark_store().is_marked(&token).await),
    }
}

/// What `first` and `second` are answered in this order, and what can be read afterwards.
fn in_order(first: Op, second: Op) -> [String; 5] {
    let world = World::by_hand();
    log_in(&world);
    tokio_test::block_on(async {
        [
            answer(&world, first).await,
            answer(&world, second).await,
            answer(&world, Op::LoadAccount).await,
            answer(&world, Op::LoadTokens).await,
            answer(&world, Op::LookForMark).await,
        ]
    })
}

fn commute(one: Op, other: Op) -> bool {
    let [one_first, other_second, after @ ..] = in_order(one, other);
    let [other_first, one_second, after_other_order @ ..] = in_order(other, one);
    one_first == one_second && other_second == other_first && after == after_other_order
}

/// As if it were a refresher: the user says which operation it is.
struct Client {
    world: World,
    ops: [Op; 2],
}

#[async_trait]
impl TokenRefresher for Client {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let number: usize = user.as_str().parse().expect("callers are numbers");
        answer(&self.world, self.ops[number]).await;
        Err(AuthError::NotSignedIn)
    }
}

/// In how many executions the search runs two callers, one operation each.
fn executions(one: Op, other: Op) -> u64 {
    let scenario: Scenario<dyn TokenRefresher> = Scenario {
        name: "test/stores",
        summary: "two operations",
        bounds: Bounds::callers(2),
        properties: Vec::new(),
        sometimes: Vec::new(),
        stage: Arc::new(|stage| {
            log_in(stage.world());
            for name in ["0", "1"] {
                // An instance each, or the runs of their callers would depend on each other.
                let (world, client) = (stage.world().clone(), stage.instance());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*client, &UserId::new(name)).await;
                });
            }
        }),
    };
    let build = move |world: &World| -> Arc<dyn TokenRefresher> {
        Arc::new(Client { world: world.clone(), ops: [one, other] })
    };
    let verdict = scenario.explore(build, &Options::default(), &mut |_| {});
    assert!(verdict.is_exhausted, "{:?}", verdict.conclusion);
    verdict.executions
}

#[test]
fn operations_that_do_not_commute_are_run_in_both_orders() {
    let unrelated = executions(Op::WriteQuota, Op::LookForMark);
    assert!(commute(Op::WriteQuota, Op::LookForMark));
    for one in OPS {
        let others: Vec<Op> = OPS.into_iter().filter(|other| !commute(one, *other)).collect();
        assert!(!others.is_empty(), "nothing tells whether {one:?} declares anything");
        for other in others {
            assert!(executions(one, other) > unrelated, "{one:?} and {other:?}");
        }
    }
}

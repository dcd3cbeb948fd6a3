//! A database with transactions, at either level, beside a store that knows nothing of them.

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, Isolation, RefreshToken, TokenDatabase as _, TokenStore as _, TokenTransaction,
    Tokens, UserId, World,
};
use authloom::world::Timestamp;
use proptest::prelude::*;

use crate::scripts::{Operation, assert_nothing_is_missed};

/// What a caller does next.
#[derive(Debug, Clone, Copy)]
pub enum Op {
    Transaction(Isolation, &'static [Statement], Ending),
    Load,
    Remove,
}

/// A statement, of the first of two users or of the second.
#[derive(Debug, Clone, Copy)]
pub enum Statement {
    Load(&'static str),
    LoadForUpdate(&'static str),
    Write(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub enum Ending {
    Commit,
    Rollback,
}

use Statement::{Load, LoadForUpdate, Write};

/// Rows are locked in one order, or two would wait for each other.
const STATEMENTS: &[&[Statement]] = &[
    &[Load("alice")],
    &[Load("alice"), Load("alice")],
    &[LoadForUpdate("alice")],
    &[Write("alice")],
    &[Write("bob")],
    &[Load("alice"), Write("alice")],
    &[Load("alice"), Write("bob")],
    &[Load("bob"), Write("alice")],
    &[LoadForUpdate("alice"), Load("bob")],
];

fn op() -> BoxedStrategy<Op> {
    let isolation = prop::sample::select(&[Isolation::ReadCommitted, Isolation::Serializable]);
    let ending = prop::sample::select(&[Ending::Commit, Ending::Commit, Ending::Rollback]);
    let transaction = (isolation, prop::sample::select(STATEMENTS), ending)
        .prop_map(|(isolation, statements, ending)| Op::Transaction(isolation, statements, ending));
    prop_oneof![4 => transaction, 1 => Just(Op::Load), 1 => Just(Op::Remove)].boxed()
}

fn tokens(me: usize) -> Tokens {
    Tokens {
        access_token: AccessToken::new("any"),
        refresh_token: RefreshToken::new(format!("of {me}")),
        expires_at: Timestamp::default(),
    }
}

fn told(tokens: Option<Tokens>) -> String {
    tokens.map_or(String::from("none"), |tokens| tokens.refresh_token.secret().to_owned())
}

#[async_trait]
impl Operation for Op {
    fn arrange(world: &World) {
        world.server().log_in_live(&UserId::new("alice"));
        world.server().log_in_live(&UserId::new("bob"));
    }

    async fn run(self, world: &World, me: usize) -> Option<String> {
        let store = world.shared_token_store();
        let alice = UserId::new("alice");
        let (isolation, statements, ending) = match self {
            Op::Transaction(isolation, statements, ending) => (isolation, statements, ending),
            Op::Load => return Some(told(store.load(&alice).await)),
            Op::Remove => {
                store.remove(&alice).await;
                return Some(String::new());
            }
        };
        let mut transaction = world.token_database(isolation).begin();
        let mut answers = String::new();
        for statement in statements {
            let answer = match statement {
                Load(user) => transaction.load(&UserId::new(user)).await,
                LoadForUpdate(user) => transaction.load_for_update(&UserId::new(user)).await,
                Write(user) => {
                    let written = transaction.write(&UserId::new(user), Some(tokens(me))).await;
                    written.map(|()| None)
                }
            };
            answers.push_str(&answer.map_or(String::from("failed"), told));
        }
        if let Ending::Commit = ending {
            answers.push_str(&format!(" {:?}", transaction.commit().await));
        }
        Some(answers)
    }
}

#[test]
fn no_answer_of_a_database_is_missed() {
    assert_nothing_is_missed(op, 300, 60, 4_000);
}

//! SQLite, unmodified, as the store of the models: what SQLite does to two processes with one file
//! is what the models meet. Also an example of a store of one's own.

mod database;
mod sessions;
mod tokens;

use std::sync::Arc;

use authloom::auth::{CallbackHandler, Capability, TokenRefresher, UserId, World};
use authloom::property::{CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS};
use authloom::prove::{Bounds, Conclusion, Options, Scenario, Verdict};
use authloom::report;
use authloom_models::callback::{
    CheckThenInsert, CompareAndSwap, IdempotencyKey, KeyedLock, UniqueInsert,
};
use authloom_models::refresh::{CheckThenAct, FileLockWithReread, SavesOnlyIfUnchanged};
use authloom_scenarios::{callback, refresh};
use rusqlite::ffi;

use database::Seen;
use sessions::SqliteSessions;
use tokens::{Begin, SqliteTokens, WhenBusy};

fn assert_proved(verdict: &Verdict) {
    let text = report::verdict_text(verdict);
    println!("{text}");
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "\n{text}");
}

fn assert_violated(verdict: &Verdict, property: &str) {
    let text = report::verdict_text(verdict);
    println!("{text}");
    let violation = verdict.conclusion.violation();
    assert_eq!(violation.map(|found| found.property.name), Some(property), "\n{text}");
}

/// [`SavesOnlyIfUnchanged`], whose transactions overlap, and which errors they met.
fn overlapping(
    scenario: &Scenario<dyn TokenRefresher>,
    begin: Begin,
    when_busy: WhenBusy,
) -> (Verdict, Seen) {
    let seen = Seen::default();
    let here = seen.clone();
    let build = move |world: &World| {
        let tokens = SqliteTokens::new(world, begin, when_busy, &here);
        let model = SavesOnlyIfUnchanged::new(world.token_endpoint(), tokens, world.clock());
        Arc::new(model) as Arc<dyn TokenRefresher>
    };
    // Where something is broken, it shows early; what is proved needs fewer.
    let options = Options { executions_max: 2_000, ..Options::default() };
    let verdict = scenario.explore(build, &options, &mut |_| {});
    (verdict, seen)
}

/// One user's tokens are replaced while another user's, which are live, are read.
fn neighbours() -> Scenario<dyn TokenRefresher> {
    Scenario {
        name: "sqlite/neighbours",
        summary: "one user's tokens are replaced while another's are read",
        bounds: Bounds::callers(2),
        properties: vec![CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS],
        sometimes: vec![],
        stage: Arc::new(|stage| {
            let users = [UserId::new("alice"), UserId::new("bob")];
            stage.world().server().log_in_expired(&users[0]);
            stage.world().server().log_in_live(&users[1]);
            for (name, user) in ["process-1", "process-2"].into_iter().zip(users) {
                let (world, refresher) = (stage.world().clone(), stage.instance());
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            }
        }),
    }
}

/// Two processes insert: the second is told so by the constraint, and by nothing else.
#[test]
fn the_unique_constraint_keeps_two_replicas_to_one_session() {
    let seen = Seen::default();
    let here = seen.clone();
    let verdict = callback::two_replicas(2).verdict(move |world| {
        let sessions = SqliteSessions::new(world, Capability::UniqueInsert, &here);
        UniqueInsert::new(world.token_endpoint(), sessions)
    });
    assert_proved(&verdict);
    assert_eq!(seen.errors(), [("sql-insert-session", ffi::SQLITE_CONSTRAINT_UNIQUE)]);
}

/// Of two transactions that will write, the second does not begin.
#[test]
fn an_immediate_transaction_keeps_two_replicas_to_one_session() {
    let seen = Seen::default();
    let here = seen.clone();
    let verdict = callback::two_replicas(2).verdict(move |world| {
        let sessions = SqliteSessions::new(world, Capability::CompareAndSwap, &here);
        CompareAndSwap::new(world.token_endpoint(), sessions)
    });
    assert_proved(&verdict);
    assert_eq!(seen.errors(), [("sql-begin", ffi::SQLITE_BUSY)]);
}

#[test]
fn without_either_two_replicas_create_two_sessions() {
    let verdict = callback::two_replicas(2).verdict(|world| {
        let sessions = SqliteSessions::new(world, Capability::PlainPut, &Seen::default());
        CheckThenInsert::new(world.token_endpoint(), sessions)
    });
    assert_violated(&verdict, "exactly-one-session");
}

/// The code is sent twice before the constraint has its say.
#[test]
fn the_unique_constraint_comes_too_late_for_the_code() {
    let verdict = callback::double_submit(2).verdict(|world| {
        let sessions = SqliteSessions::new(world, Capability::UniqueInsert, &Seen::default());
        UniqueInsert::new(world.token_endpoint(), sessions)
    });
    assert_violated(&verdict, "code-presented-once");
}

#[test]
fn double_submits_are_handled_once() {
    let locked = |world: &World| {
        let sessions = SqliteSessions::new(world, Capability::PlainPut, &Seen::default());
        Arc::new(KeyedLock::new(world.token_endpoint(), sessions)) as Arc<dyn CallbackHandler>
    };
    let keyed = |world: &World| {
        let sessions = SqliteSessions::new(world, Capability::UniqueInsert, &Seen::default());
        Arc::new(IdempotencyKey::new(world.token_endpoint(), sessions)) as Arc<dyn CallbackHandler>
    };
    let scenario = callback::double_submit(2);
    let options = Options::default();
    assert_proved(&scenario.explore(locked, &options, &mut |_| {}));
    assert_proved(&scenario.explore(keyed, &options, &mut |_| {}));
}

#[test]
fn two_processes_that_share_a_lock_refresh_once() {
    refresh::two_processes(2).prove(|world| {
        let tokens = SqliteTokens::new(world, Begin::Immediate, WhenBusy::Waits, &Seen::default());
        let (endpoint, clock) = (world.token_endpoint(), world.clock());
        FileLockWithReread::new(endpoint, tokens, clock, world.file_lock())
    });
}

#[test]
fn two_processes_that_share_none_refresh_twice() {
    let verdict = refresh::two_processes(2).verdict(|world| {
        let tokens = SqliteTokens::new(world, Begin::Immediate, WhenBusy::Waits, &Seen::default());
        CheckThenAct::new(world.token_endpoint(), tokens, world.clock())
    });
    assert_violated(&verdict, "refresh-token-presented-once");
}

/// The sign-out finds the database locked by the refresh that stores its answer, and waits.
#[test]
fn an_immediate_transaction_leaves_a_sign_out_alone() {
    let scenario = refresh::sign_out_during_refresh(2);
    let (verdict, seen) = overlapping(&scenario, Begin::Immediate, WhenBusy::Waits);
    assert_proved(&verdict);
    let busy = ["sql-begin", "sql-delete-tokens"].map(|statement| (statement, ffi::SQLITE_BUSY));
    assert!(seen.errors().iter().all(|error| busy.contains(error)), "{:?}", seen.errors());
    assert!(seen.errors().contains(&busy[1]), "{:?}", seen.errors());
}

/// Both read and hold what the other waits for: to write, and to commit. SQLite's busy handler
/// would not help either.
#[test]
fn deferred_transactions_that_read_first_lock_each_other_out() {
    let scenario = refresh::overtaken_answer(2);
    let (verdict, seen) = overlapping(&scenario, Begin::Deferred, WhenBusy::Waits);
    assert_violated(&verdict, "everyone-finishes");
    let busy = ["sql-commit", "sql-write-tokens"].map(|statement| (statement, ffi::SQLITE_BUSY));
    assert_eq!(seen.errors(), busy);
}

/// An exclusive transaction keeps the readers of all rows out for as long: who waits is right,
#[test]
fn a_reader_that_waits_gets_its_token() {
    let (verdict, seen) = overlapping(&neighbours(), Begin::Exclusive, WhenBusy::Waits);
    assert_proved(&verdict);
    assert!(seen.errors().contains(&("sql-select-tokens", ffi::SQLITE_BUSY)));
}

/// and who takes "locked" for "no row" signs a user out who is signed in.
#[test]
fn a_reader_that_takes_busy_for_signed_out_is_caught() {
    let (verdict, seen) = overlapping(&neighbours(), Begin::Exclusive, WhenBusy::FindsNothing);
    assert_violated(&verdict, "callers-get-live-tokens");
    assert!(seen.errors().contains(&("sql-select-tokens", ffi::SQLITE_BUSY)));
}

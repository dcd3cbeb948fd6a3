//! Level `thread`: the catalogue as declared, and everything that must not read as a pass there.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World};
use authloom::prove::{Conclusion, Incomplete, Level, Options, Verdict};
use authloom::report;
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::sync::blocking::{self, PoisonError};
use authloom::sync::{Notify, RwLock, mpsc, oneshot};
use authloom_models::refresh::SerializedWithRecheck;
use authloom_scenarios::{Declared, Size, cells, cells_at, refresh};

fn explore<R>(callers: usize, options: Options, build: fn(&World) -> R) -> Verdict
where
    R: TokenRefresher + 'static,
{
    let build = move |world: &World| -> Arc<dyn TokenRefresher> { Arc::new(build(world)) };
    let options = Options { level: Level::Thread, ..options };
    refresh::concurrent_callers(callers).explore(build, &options, &mut |_| {})
}

fn right(world: &World) -> impl TokenRefresher + use<> {
    SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
}

fn incomplete(verdict: &Verdict) -> &Incomplete {
    match &verdict.conclusion {
        Conclusion::Incomplete(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_catalogue_is_as_declared() {
    for cell in cells_at(Level::Thread) {
        let verdict = cell.explore(Size::default(), &mut |_| {});
        let text = report::verdict_text(&verdict);
        assert!(cell.declared.agrees_with(&verdict), "{} {text}", cell.model);
        assert!(text.contains("level thread") && text.contains("2 preemptions"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let row = report::json_row(&verdict, cell.declared.as_str());
        assert_eq!(row["bounds"]["preemptions"], 2);
    }
}

/// With three callers too. Where each caller may start a task there can be more threads than loom
/// has: that is no proof.
#[test]
fn three_callers_are_as_declared() {
    for cell in cells_at(Level::Thread) {
        if cell.race().name() != "refresh/concurrent-callers" {
            continue;
        }
        let size = Size { callers: Some(3), ..Size::default() };
        let verdict = cell.explore(size, &mut |_| {});
        if cell.model == "refresh/detached-exchange" {
            assert_eq!(*incomplete(&verdict), Incomplete::TooManyThreads { tasks_max: 4 });
            continue;
        }
        let text = report::verdict_text(&verdict);
        assert!(cell.declared.agrees_with(&verdict), "{} {text}", cell.model);
    }
}

/// The bound hides nothing in the right models: without one, they are proved as well.
#[test]
fn without_a_bound_the_right_ones_are_proved_too() {
    let options = Options { preemptions: None, ..Options::default() };
    let bounded = explore(2, Options::default(), right);
    let verdict = explore(2, options, right);
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
    assert!(verdict.executions > bounded.executions);
    assert!(report::json_row(&verdict, "proved")["bounds"]["preemptions"].is_null());
}

/// What is violated at a coarser level is violated at this one.
#[test]
fn what_a_coarser_level_finds_this_one_finds() {
    for fine in cells_at(Level::Thread) {
        for level in [Level::Await, Level::Lock] {
            let is_same = |coarse: &authloom_scenarios::Cell| {
                coarse.model == fine.model && coarse.race().name() == fine.race().name()
            };
            let coarse = cells_at(level).into_iter().find(is_same).expect("it is coarser");
            if let Declared::Violated(property) = coarse.declared {
                assert_eq!(fine.declared.property(), Some(property.name), "{}", fine.model);
            }
        }
    }
    assert!(cells_at(Level::Thread).len() < cells().len());
}

/// A refresher that is a closure's future.
struct Refresher<F>(F);

#[async_trait]
impl<F, Fut> TokenRefresher for Refresher<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = ()> + Send,
{
    async fn access_token(&self, _user: &UserId) -> Result<AccessToken, AuthError> {
        (self.0)().await;
        Err(AuthError::NotSignedIn)
    }
}

fn broken(verdict: &Verdict) -> (&'static str, String) {
    let violation = verdict.conclusion.violation().expect("it is broken");
    (violation.property.name, report::verdict_text(verdict))
}

fn focus(property: &'static str) -> Options {
    Options { focus: Some(property), ..Options::default() }
}

/// Whoever comes first notifies those that wait; who has not begun to wait by then waits for ever.
#[test]
fn a_lost_wake_up_is_a_finding() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let (notify, is_first) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(true)));
        Refresher(move || {
            let (notify, is_first) = (Arc::clone(&notify), Arc::clone(&is_first));
            async move {
                match is_first.swap(false, Ordering::AcqRel) {
                    true => notify.notify_waiters(),
                    false => notify.notified().await,
                }
            }
        })
    });
    let (property, text) = broken(&verdict);
    assert_eq!(property, "everyone-finishes");
    assert!(text.contains("waits"), "{text}");
}

/// Each caller holds one lock and wants the other's.
#[test]
fn a_deadlock_of_blocking_locks_is_a_finding() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let locks = Arc::new([blocking::Mutex::new(()), blocking::Mutex::new(())]);
        let is_first = Arc::new(AtomicBool::new(true));
        Refresher(move || {
            let (locks, is_first) = (Arc::clone(&locks), Arc::clone(&is_first));
            async move {
                let mine = usize::from(is_first.swap(false, Ordering::AcqRel));
                let _one = locks[mine].lock().unwrap_or_else(PoisonError::into_inner);
                let _other = locks[1 - mine].lock().unwrap_or_else(PoisonError::into_inner);
            }
        })
    });
    let (one, other) = (line!() - 5, line!() - 4);
    let (property, text) = broken(&verdict);
    assert_eq!(property, "everyone-finishes");
    let place = |line: u32| format!("(tests/threads.rs:{line})");
    let (one, other) = (place(one), place(other));
    let text = text.replace("\n  ", " ");
    for (waits, holds) in [("realtime", "sync"), ("sync", "realtime")] {
        let cycle = format!("{waits} waits for a Mutex {other}, which {holds} holds {one}");
        assert!(text.contains(&cycle), "{cycle} is not in {text}");
    }
}

/// A receiver that blocks is let go on by what it waits for, or by the end of the sender.
#[test]
fn receivers_that_block_are_let_go_on() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let (sender, receiver) = oneshot::channel();
        let (dropped, never) = oneshot::channel::<()>();
        let (many, mut of_many) = mpsc::channel(1);
        let sends = blocking::Mutex::new(Some((sender, dropped, many)));
        let ends = Arc::new((sends, blocking::Mutex::new(None)));
        let receive = move || {
            assert_eq!(receiver.blocking_recv(), Ok(1));
            assert!(never.blocking_recv().is_err());
            assert_eq!(of_many.blocking_recv(), Some(2));
            assert_eq!((of_many.blocking_recv(), of_many.blocking_recv()), (Some(3), None));
        };
        *ends.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(receive);
        Refresher(move || {
            let ends = Arc::clone(&ends);
            async move {
                let sends = ends.0.lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some((sender, dropped, many)) = sends else {
                    let receive = ends.1.lock().unwrap_or_else(PoisonError::into_inner).take();
                    return receive.expect("two callers")();
                };
                sender.send(1).expect("the receiver is there");
                drop(dropped);
                many.blocking_send(2).expect("the receiver is there");
                many.blocking_send(3).expect("the receiver is there");
            }
        })
    });
    let violation = verdict.conclusion.violation().expect("nobody got a token");
    assert_eq!(violation.property.name, "callers-get-live-tokens");
    assert!(violation.others.is_empty(), "{:?}", violation.others);
}

/// Two readers of an async lock that both want to write it.
#[test]
fn a_deadlock_of_async_locks_is_a_finding() {
    let verdict = explore(2, focus("everyone-finishes"), |_| {
        let lock = Arc::new(RwLock::new(()));
        Refresher(move || {
            let lock = Arc::clone(&lock);
            async move {
                let _read = lock.read().await;
                let _write = lock.write().await;
            }
        })
    });
    assert_eq!(broken(&verdict).0, "everyone-finishes");
}

#[test]
fn a_panic_is_a_finding() {
    let verdict =
        explore(2, focus("never-panics"), |_| Refresher(|| async { panic!("boom at once") }));
    let (property, text) = broken(&verdict);
    assert_eq!(property, "never-panics");
    assert!(text.contains("boom at once"), "{text}");
}

/// loom ends an execution that is too long for it with a panic: that is neither a pass nor a
/// finding.
#[test]
fn a_limit_of_loom_is_no_pass() {
    let verdict = explore(2, Options { steps_max: 12, ..Options::default() }, right);
    assert!(matches!(incomplete(&verdict), Incomplete::LoomGaveUp { .. }), "{verdict:?}");
    let text = report::conclusion_text(&verdict.conclusion);
    assert!(text.contains("loom gave up, which is no pass: Model exceeded maximum"), "{text}");
}

#[test]
fn a_limit_of_executions_is_no_pass() {
    let verdict = explore(2, Options { executions_max: 3, ..Options::default() }, right);
    assert_eq!(*incomplete(&verdict), Incomplete::ExecutionLimit { executions: 3 });
    assert!(!verdict.is_exhausted);
}

#[test]
fn more_than_four_callers_are_no_pass() {
    let verdict = explore(5, Options::default(), right);
    assert_eq!(*incomplete(&verdict), Incomplete::TooManyThreads { tasks_max: 4 });
}

/// What this level does not have is said, and not left out.
#[test]
fn what_this_level_does_not_have_is_no_pass() {
    let options = Options { level: Level::Thread, ..Options::default() };
    let build = |world: &World| -> Arc<dyn TokenRefresher> { Arc::new(right(world)) };
    let verdict = refresh::cancelled_caller(2).explore(build, &options, &mut |_| {});
    assert_eq!(*incomplete(&verdict), Incomplete::NotAtThisLevel { what: "cancels callers" });
    let verdict = refresh::unrelated_users(2).explore(build, &options, &mut |_| {});
    assert!(
        matches!(
            incomplete(&verdict),
            Incomplete::NotAtThisLevel { .. } | Incomplete::NotLookedAt { .. }
        ),
        "{verdict:?}"
    );
}

//! Level `thread`: the catalogue as declared, and everything that must not read as a pass there.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World};
use authloom::prove::{Conclusion, Incomplete, Level, Options, Verdict};
use authloom::report;
use authloom::sync::atomic::{AtomicBool, Ordering};
use authloom::sync::blocking::{self, PoisonError};
use authloom::sync::{Notify, RwLock, mpsc, oneshot};
use authloom_models::refresh::SerializedWithRecheck;
use authloom_scenarios::{Size, cells, cells_at, refresh};

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
        let (named, preemptions) = match (cell.race().name(), cell.model) {
            ("refresh/crash-with-grace", "refresh/detached-exchange") => (", 1 preemption", 1),
            _ => (", 2 preemptions", 2),
        };
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("level thread") && words.contains(named), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let row = report::json_row(&verdict, cell.declared.as_str());
        assert_eq!(row["bounds"]["preemptions"], preemptions);
    }
}

/// With three callers too, wherever a scenario has three. Where callers start tasks of their own,
/// there can be more threads than loom has: that is no proof, and no finding either. Returns those.
fn too_many_with_three_callers(
    crashes: Range<usize>,
    preemptions: Option<usize>,
) -> Vec<(&'static str, &'static str)> {
    let mut too_many = Vec::new();
    for cell in cells_at(Level::Thread) {
        let is_wanted = crashes.contains(&cell.race().crashes());
        if !is_wanted || !cell.race().callers_range().contains(&3) {
            continue;
        }
        let size = Size { callers: Some(3), ..Size::default() };
        let options = Options { preemptions, ..Options::default() };
        let verdict = cell.explore_with(options, size, &mut |_| {});
        if cell.declared.agrees_with(&verdict) {
            continue;
        }
        let text = report::verdict_text(&verdict);
        assert_eq!(*incomplete(&verdict), Incomplete::TooManyThreads { tasks_max: 4 }, "{text}");
        too_many.push((cell.race().name(), cell.model));
    }
    too_many
}

#[test]
fn three_callers_are_as_declared() {
    // Those that start a task for each exchange or renewal.
    assert_eq!(
        too_many_with_three_callers(0..1, Some(2)),
        [
            ("refresh/concurrent-callers", "refresh/detached-exchange"),
            ("refresh/concurrent-callers", "refresh/reference"),
            ("refresh/cancelled-caller", "refresh/waiter-clears-slot"),
            ("refresh/cancelled-caller", "refresh/detached-exchange"),
            ("refresh/cancelled-caller", "refresh/reference"),
            ("refresh/expiry-at-any-moment", "refresh/detached-exchange"),
            ("refresh/failed-refresh", "refresh/detached-exchange"),
            ("refresh/failed-renewal", "refresh/failed-renewal-published"),
            ("refresh/failed-renewal", "refresh/failed-renewal-ignored"),
            ("refresh/replicas-without-grace", "refresh/reference"),
            ("callback/double-submit", "callback/reference"),
            ("callback/two-replicas", "callback/reference"),
        ]
    );
}

/// Interrupted once: a crash has so many more executions.
#[test]
fn three_callers_of_processes_that_crash_are_as_declared() {
    assert_eq!(
        too_many_with_three_callers(1..usize::MAX, Some(1)),
        [
            ("refresh/crash-without-grace", "refresh/detached-exchange"),
            ("refresh/crash-with-grace", "refresh/detached-exchange"),
            ("refresh/everything-at-once", "refresh/reference"),
            ("refresh/loss-without-grace", "refresh/reference"),
        ]
    );
}

/// What is explored with fewer callers than at other levels could not be with as many.
#[test]
fn what_has_fewer_callers_has_no_threads_for_more() {
    let mut smaller = 0;
    for (cell, coarse) in cells_at(Level::Thread).into_iter().zip(cells()) {
        if cell.callers() == coarse.callers() {
            continue;
        }
        let size = Size { callers: Some(coarse.callers()), ..Size::default() };
        let verdict = cell.explore(size, &mut |_| {});
        assert_eq!(*incomplete(&verdict), Incomplete::TooManyThreads { tasks_max: 4 });
        smaller += 1;
    }
    assert!(smaller > 0);
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

/// What this level does not have is said, and not left out: here, a gate that the implementation
/// holds by hand.
#[test]
fn what_this_level_does_not_have_is_no_pass() {
    let verdict = explore(2, Options::default(), |world| {
        let _ = world.hold(&authloom::auth::operations::TOKEN);
        right(world)
    });
    let reason = Incomplete::NotAtThisLevel { what: "holds a gate by hand" };
    assert_eq!(*incomplete(&verdict), reason);
}

/// What a counterexample says can be run again, and shows the same; a schedule that does not fit is
/// refused with its line.
#[test]
fn counterexamples_replay() {
    for cell in cells_at(Level::Thread) {
        let verdict = cell.explore(Size::default(), &mut |_| {});
        let Some(violation) = verdict.conclusion.violation() else { continue };
        let text = report::verdict_text(&verdict);
        let schedule = report::parse_schedule(&text).expect("it was just written");
        assert_eq!(schedule.level, Level::Thread);
        let replayed = cell.replay(&schedule).unwrap_or_else(|error| panic!("{error:?} {text}"));
        assert_eq!(report::violation_text(&replayed), report::violation_text(violation));
    }
}

#[test]
fn a_stale_schedule_is_refused_with_its_line() {
    let named = |model: &str| {
        let mut all = cells_at(Level::Thread).into_iter();
        all.find(|cell| cell.model == model).expect("the catalogue has it")
    };
    let verdict = named("refresh/check-then-act").explore(Size::default(), &mut |_| {});
    let text = report::verdict_text(&verdict);
    let parsed = |text: &str| report::parse_schedule(text).expect("it is one");
    let refused = |model: &str, text: &str| {
        let error = named(model).replay(&parsed(text)).expect_err("it does not fit");
        report::replay_error_text(&error)
    };
    let line = parsed(&text).steps[0].line;
    let found = refused("refresh/serialized-with-recheck", &text);
    assert!(found.contains("is not possible here"), "{found}");
    let first = parsed(&text).steps[0].text.clone();
    let found = refused("refresh/check-then-act", &text.replace(&first, "realtime goes on"));
    assert_eq!(
        found,
        format!(
            "line {line}: `realtime goes on` is not possible here; possible: `execution N, \
             preemptions N|none`"
        )
    );
    let late = "execution 9999999, preemptions 0";
    let found = refused("refresh/check-then-act", &text.replace(&first, late));
    assert!(found.contains(&format!("line {line}: `{late}` is not possible here")), "{found}");
}

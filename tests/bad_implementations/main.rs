//! Implementations that panic, hang or leave the explorer's control are findings, not hung or dead
//! test processes.

mod bombs;
mod deadlocks;
mod held;
mod support;
mod uncontrolled;
#[path = "../yields/mod.rs"]
mod yields;

use std::collections::BTreeSet;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use authloom::auth::{AccessToken, AuthError, TokenRefresher, UserId, World};
use authloom::property::Sometimes;
use authloom::prove::{Conclusion, Incomplete, Level, Options};
use authloom::report;
use authloom::world::{Clock as _, Spawner as _};
use authloom_scenarios::refresh;
use tokio::sync::{Mutex, Notify};

use support::{Refresher, explore_for, serialized, violated_property};
use yields::yield_now;

#[test]
fn a_panic_is_a_finding_with_its_place() {
    let verdict = refresh::concurrent_callers(2).verdict(|_: &World| {
        Refresher(|| async {
            yield_now().await;
            panic!("the answer has no expiry")
        })
    });
    assert_eq!(violated_property(&verdict), Some("never-panics"));
    let text = report::verdict_text(&verdict);
    assert!(text.contains("the answer has no expiry"), "{text}");
    assert!(text.contains("bad_implementations/main.rs:"), "{text}");
    // Both callers panic in every execution: start and panic, in any order, the first one first.
    assert_eq!(verdict.executions, 3);
}

/// Two locks taken in opposite orders, with an await between.
#[test]
fn a_deadlock_is_a_finding() {
    let verdict = explore_for("everyone-finishes", || {
        let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
        let turn = Arc::new(AtomicUsize::new(0));
        Refresher(move || {
            let (a, b) = (a.clone(), b.clone());
            let swap = turn.fetch_add(1, Ordering::Relaxed) == 1;
            async move {
                let (first, second) = if swap { (b, a) } else { (a, b) };
                let _first = first.lock().await;
                yield_now().await;
                let _second = second.lock().await;
                Err(AuthError::NotSignedIn)
            }
        })
    });
    assert_eq!(violated_property(&verdict), Some("everyone-finishes"));
    let text = report::verdict_text(&verdict);
    assert!(text.contains("not finished: realtime, sync"), "{text}");
}

/// Where operations are steps, what is in a channel is not ready at once: whoever relies on that is
/// told that this may be no finding.
#[test]
fn what_may_come_of_how_it_was_explored_says_so() {
    let told = |level| {
        let build = |_: &World| -> Arc<dyn TokenRefresher> {
            Arc::new(Refresher(|| async {
                let (sender, mut receiver) = authloom::sync::mpsc::unbounded_channel();
                sender.send(()).expect("there is a receiver");
                let is_there = {
                    let mut received = pin!(receiver.recv());
                    poll_fn(|cx| Poll::Ready(received.as_mut().poll(cx).is_ready())).await
                };
                assert!(is_there, "it was sent");
                Err(AuthError::NotSignedIn)
            }))
        };
        let options = Options { level, focus: Some("never-panics"), ..Options::default() };
        let verdict = refresh::concurrent_callers(1).explore(build, &options, &mut |_| {});
        (violated_property(&verdict), report::verdict_text(&verdict).contains("\n  in doubt: "))
    };
    assert_eq!(told(Level::Await), (Some("callers-get-live-tokens"), false));
    assert_eq!(told(Level::Lock), (Some("never-panics"), true));
}

#[test]
fn a_lost_wake_up_is_a_finding() {
    let verdict = explore_for("everyone-finishes", || {
        let (freed, waiting) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        Refresher(move || {
            let (freed, waiting) = (freed.clone(), waiting.clone());
            async move {
                if waiting.fetch_add(1, Ordering::Relaxed) == 0 {
                    // Nobody is told if the other comes later than this.
                    yield_now().await;
                    freed.notify_waiters();
                } else {
                    freed.notified().await;
                }
                Err(AuthError::NotSignedIn)
            }
        })
    });
    assert_eq!(violated_property(&verdict), Some("everyone-finishes"));
}

/// A loop that never ends even when everybody gets their turn.
#[test]
fn a_livelock_is_a_finding_and_its_schedule_replays() {
    let forever = |_: &World| {
        Refresher(|| async {
            loop {
                yield_now().await;
            }
        })
    };
    let scenario = refresh::concurrent_callers(2);
    let verdict = scenario.verdict(forever);
    assert_eq!(violated_property(&verdict), Some("everyone-finishes"));
    let text = report::verdict_text(&verdict);
    assert!(text.contains("still moving after 1000 steps"), "{text}");
    // The two of them in turn.
    assert!(text.contains("steps 1 to 2 come again"), "{text}");
    assert!(text.contains("998 steps more of the same"), "{text}");
    scenario.assert_reproduces(&text, forever);
}

/// A loop that waits for the other caller's turn ends under any fair schedule: no livelock, and no
/// proof either.
#[test]
fn a_spinning_wait_is_incomplete() {
    let verdict = refresh::concurrent_callers(2).verdict(|world: &World| {
        let (arrived, auth) = (Arc::new(AtomicUsize::new(0)), Arc::new(serialized(world)));
        Refresher(move || {
            let (arrived, auth) = (arrived.clone(), auth.clone());
            async move {
                arrived.fetch_add(1, Ordering::Relaxed);
                while arrived.load(Ordering::Relaxed) < 2 {
                    yield_now().await;
                }
                auth.access_token(&UserId::new("alice")).await
            }
        })
    });
    assert!(
        matches!(verdict.conclusion, Conclusion::Incomplete(Incomplete::StepLimit { steps: 1000 })),
        "{:?}",
        verdict.conclusion
    );
}

/// A step that never returns: it blocks its thread, as a std lock would that is held by a caller
/// suspended on the same thread.
fn a_blocked_thread_is_a_finding_of(jobs: usize) {
    let step_time_max = Duration::from_secs(1);
    let options = Options { step_time_max, jobs, ..Options::default() };
    let build = |_: &World| -> Arc<dyn TokenRefresher> {
        let callers = Arc::new(AtomicUsize::new(0));
        Arc::new(Refresher(move || {
            let is_second = callers.fetch_add(1, Ordering::Relaxed) == 1;
            async move {
                if is_second {
                    loop {
                        std::thread::park();
                    }
                }
                yield_now().await;
                Err(AuthError::NotSignedIn)
            }
        }))
    };
    let verdict = refresh::concurrent_callers(2).explore(build, &options, &mut |_| {});
    assert_eq!(violated_property(&verdict), Some("everyone-finishes"));
    let text = report::verdict_text(&verdict);
    assert!(text.contains("the last step of sync has not returned for 1 s"), "{text}");
    assert!(text.contains("never returns"), "{text}");
}

#[test]
fn a_blocked_thread_is_a_finding() {
    a_blocked_thread_is_a_finding_of(1);
    a_blocked_thread_is_a_finding_of(2);
}

/// What came before it is told as it was, though identical callers are explored in their order.
#[test]
fn what_led_to_a_blocked_thread_is_told() {
    let step_time_max = Duration::from_millis(300);
    let options = Options { step_time_max, ..Options::default() };
    let build = |world: &World| -> Arc<dyn TokenRefresher> {
        let (clock, callers) = (world.clock(), AtomicUsize::new(0));
        let made = clock.now();
        Arc::new(Refresher(move || {
            let is_first = callers.fetch_add(1, Ordering::Relaxed) == 0;
            let is_late = clock.now() > made;
            async move {
                if is_first && is_late {
                    loop {
                        std::thread::park();
                    }
                }
                Err(AuthError::NotSignedIn)
            }
        }))
    };
    let scenario = refresh::concurrent_callers(2).with_clock_advances(1);
    let verdict = scenario.explore(build, &options, &mut |_| {});
    let found = verdict.conclusion.violation().expect("it never returns");
    let recording = &found.recording;
    let lanes = recording.rows.iter().map(|row| &recording.lanes[usize::from(row.lane.0)]);
    assert_eq!(lanes.collect::<Vec<_>>(), ["clock", "realtime"]);
}

#[test]
fn a_panic_while_being_built_is_incomplete() {
    let verdict = refresh::concurrent_callers(2)
        .verdict(|_: &World| -> Refresher<fn() -> Never> { panic!("no configuration") });
    let Conclusion::Incomplete(Incomplete::SetUpPanicked { panic, .. }) = &verdict.conclusion
    else {
        panic!("{:?}", verdict.conclusion)
    };
    assert_eq!(panic.message, "no configuration");
}

type Never = std::future::Pending<Result<AccessToken, AuthError>>;

/// Entropy that decides what is awaited, here a counter that outlives the world.
#[test]
fn nondeterminism_is_incomplete_and_shows_both_sides() {
    let executions = Arc::new(AtomicUsize::new(0));
    let verdict = refresh::concurrent_callers(2).verdict(move |world: &World| {
        let suspends = executions.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        let auth = Arc::new(serialized(world));
        Refresher(move || {
            let auth = auth.clone();
            async move {
                if suspends {
                    yield_now().await;
                }
                auth.access_token(&UserId::new("alice")).await
            }
        })
    });
    let Conclusion::Incomplete(Incomplete::Nondeterministic { step, expected, found }) =
        &verdict.conclusion
    else {
        panic!("{:?}", verdict.conclusion)
    };
    assert_eq!(*step, 2);
    // Which of the two came first is no matter.
    let sides = BTreeSet::from([expected.join(", "), found.join(", ")]);
    let (suspended, called) = ("realtime runs, sync runs", "realtime token#1 arrives, sync runs");
    assert_eq!(sides, BTreeSet::from([suspended.to_owned(), called.to_owned()]));
}

/// A refresher that never refreshes leaves its callers without a token.
#[test]
fn an_implementation_that_never_refreshes_is_a_finding() {
    let verdict = refresh::concurrent_callers(2)
        .verdict(|_: &World| Refresher(|| async { Err(AuthError::NotSignedIn) }));
    assert_eq!(violated_property(&verdict), Some("callers-get-live-tokens"));
    let text = report::verdict_text(&verdict);
    assert!(text.contains("got no token: nobody is signed in"), "{text}");
}

/// A scenario that never comes to its point proves nothing.
#[test]
fn a_condition_that_nothing_shows_is_incomplete() {
    let mut scenario = refresh::concurrent_callers(2);
    scenario.sometimes.push(Sometimes { name: "it rains", shown: |_| false });
    let verdict = scenario.verdict(serialized);
    let Conclusion::Incomplete(Incomplete::NeverShown { names }) = &verdict.conclusion else {
        panic!("{:?}", verdict.conclusion)
    };
    assert_eq!(names, &["it rains"]);
}

/// A background task that never rests, beside callers that all end, is no livelock of theirs.
#[test]
fn a_background_task_that_never_rests_is_incomplete() {
    let verdict = refresh::concurrent_callers(1).verdict(|world: &World| {
        let forever = async {
            loop {
                yield_now().await;
            }
        };
        world.spawner().spawn("ticker", Box::pin(forever));
        serialized(world)
    });
    assert!(
        matches!(
            verdict.conclusion,
            Conclusion::Incomplete(Incomplete::BackgroundNeverRests { steps: 1000 })
        ),
        "{:?}",
        verdict.conclusion
    );
}

/// A breach that comes only the first time is not reported as if it could be seen again.
#[test]
fn a_breach_that_does_not_come_again_is_incomplete() {
    let executions = Arc::new(AtomicUsize::new(0));
    let verdict = refresh::concurrent_callers(1).verdict(move |world: &World| {
        let is_first = executions.fetch_add(1, Ordering::Relaxed) == 0;
        let (auth, user) = (serialized(world), UserId::new("alice"));
        let auth = Arc::new(auth);
        Refresher(move || {
            let (auth, user) = (auth.clone(), user.clone());
            async move {
                let token = auth.access_token(&user).await;
                if is_first { Err(AuthError::NotSignedIn) } else { token }
            }
        })
    });
    assert!(
        matches!(
            verdict.conclusion,
            Conclusion::Incomplete(Incomplete::NotReproduced {
                property: "callers-get-live-tokens"
            })
        ),
        "{:?}",
        verdict.conclusion
    );
}

/// `tokio::spawn` has no runtime here: the panic says so.
#[test]
fn a_bare_tokio_spawn_is_a_finding() {
    let verdict = refresh::concurrent_callers(1).verdict(|_: &World| {
        Refresher(|| async {
            tokio::spawn(async {});
            Err(AuthError::NotSignedIn)
        })
    });
    assert_eq!(violated_property(&verdict), Some("never-panics"));
    let text = report::verdict_text(&verdict);
    assert!(text.contains("no reactor running"), "{text}");
}

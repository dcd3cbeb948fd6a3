//! Processes that crash at level `thread`: at any moment, with or without their requests, before
//! the clock goes on or after it. Each test demands to see orders of events that some execution
//! must show, or that none may; a coarser level says the same.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, Event, TokenEndpoint as _, TokenRefresher, TokenStore as _, UserId,
    World, operations, presets,
};
use authloom::explore::Lane;
use authloom::property::{Breach, Moment, Property, Sometimes, When};
use authloom::prove::{
    Bounds, Conclusion, Incomplete, Level, Options, Scenario, Search, Stage, Verdict,
};
use authloom::sync::atomic::{AtomicU64, Ordering};
use authloom::world::{Clock as _, Release, TaskState};
use implementations::{knows_its_start, request_with_deadline, two_requests, under_file_lock};

mod implementations;

type Build = fn(&World) -> Arc<dyn TokenRefresher>;
type SetStage = fn(&Stage<'_, dyn TokenRefresher>);

/// So many processes with a caller each.
fn processes(stage: &Stage<'_, dyn TokenRefresher>, names: &[&'static str]) {
    let user = UserId::new("alice");
    stage.world().server().set_policy(presets::OKTA);
    stage.world().server().log_in_expired(&user);
    stage.clock_advances_by(Duration::from_secs(1));
    for &name in names {
        let user = user.clone();
        stage.process(move |process| {
            let (world, refresher) = (process.world().clone(), process.instance());
            let user = user.clone();
            process.caller(name, async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
        });
    }
}

fn one_process(stage: &Stage<'_, dyn TokenRefresher>) {
    processes(stage, &["caller"]);
}

fn two_processes(stage: &Stage<'_, dyn TokenRefresher>) {
    processes(stage, &["first", "second"]);
}

fn crashes(callers: usize) -> Bounds {
    Bounds { crashes: 1, ..Bounds::callers(callers) }
}

fn scenario(
    bounds: Bounds,
    stage: SetStage,
    properties: &[Property],
    sometimes: &[Sometimes],
) -> Scenario<dyn TokenRefresher> {
    Scenario {
        name: "test/crashes",
        summary: "processes that crash",
        bounds,
        properties: properties.to_vec(),
        sometimes: sometimes.to_vec(),
        stage: Arc::new(stage),
    }
}

fn explore(
    level: Level,
    bounds: Bounds,
    stage: SetStage,
    build: Build,
    properties: &[Property],
    sometimes: &[Sometimes],
) -> Verdict {
    let options = Options { level, ..Options::default() };
    scenario(bounds, stage, properties, sometimes).explore(build, &options, &mut |_| {})
}

/// Asserts that at every level some execution shows each of these.
fn assert_shown(bounds: Bounds, stage: SetStage, build: Build, shown: &[Sometimes]) {
    for &level in Level::ALL {
        let conclusion = explore(level, bounds, stage, build, &[], shown).conclusion;
        assert!(matches!(conclusion, Conclusion::Proved), "{level:?} {conclusion:?}");
    }
}

fn assert_not_here(verdict: &Verdict, what: &'static str) {
    match &verdict.conclusion {
        Conclusion::Incomplete(reason) => assert_eq!(*reason, Incomplete::NotAtThisLevel { what }),
        other => panic!("{other:?}"),
    }
}

/// Where in the history the events of a lane are that are of a kind.
fn all(moment: &Moment<'_>, by: Lane, is_it: fn(&Event) -> bool) -> Vec<usize> {
    let entries = moment.ledger.entries().iter().enumerate();
    let these = entries.filter(|(_, entry)| entry.by == by && is_it(&entry.event));
    these.map(|(at, _)| at).collect()
}

/// Where the clock goes on, whoever lets it.
fn advanced(moment: &Moment<'_>) -> Option<usize> {
    let mut entries = moment.ledger.entries().iter();
    entries.position(|entry| matches!(entry.event, Event::ClockAdvanced { .. }))
}

fn is_presented(event: &Event) -> bool {
    matches!(event, Event::RefreshTokenPresented { .. })
}

fn is_asked(event: &Event) -> bool {
    matches!(event, Event::TokenAsked { .. })
}

fn is_returned(event: &Event) -> bool {
    matches!(event, Event::Returned(_))
}

fn has_crashed(moment: &Moment<'_>) -> bool {
    moment.tasks[0].state == TaskState::Crashed
}

/// The lane of the caller that the restarted process has started.
fn restarted(moment: &Moment<'_>) -> Option<Lane> {
    let name = &moment.tasks[0].name;
    let again = format!("{name}-2");
    let lane = moment.tasks.iter().position(|task| task.name == again)?;
    Some(Lane(lane as u16))
}

/// When the restarted caller asks.
fn asks_again(moment: &Moment<'_>) -> Option<usize> {
    all(moment, restarted(moment)?, is_asked).first().copied()
}

/// How often the crashed caller's requests come to the server, before the restarted one asks and
/// after that.
fn requests(moment: &Moment<'_>) -> Option<[usize; 2]> {
    let again = asks_again(moment).filter(|_| has_crashed(moment))?;
    let presented = all(moment, Lane(0), is_presented);
    let earlier = presented.iter().filter(|&&at| at < again).count();
    Some([earlier, presented.len() - earlier])
}

/// Requests that were on their way arrive late, or never.
#[test]
fn a_crash_comes_at_any_moment_with_or_without_requests() {
    let shown = [
        Sometimes { name: "none arrives", shown: |moment| requests(moment) == Some([0, 0]) },
        Sometimes { name: "one arrives", shown: |moment| requests(moment) == Some([1, 0]) },
        Sometimes { name: "it is late", shown: |moment| requests(moment) == Some([0, 1]) },
        Sometimes { name: "both arrive", shown: |moment| requests(moment) == Some([2, 0]) },
        Sometimes { name: "the second is late", shown: |moment| requests(moment) == Some([1, 1]) },
        Sometimes {
            name: "the restarted caller is told",
            shown: |moment| {
                restarted(moment).is_some_and(|lane| !all(moment, lane, is_returned).is_empty())
            },
        },
    ];
    assert_shown(crashes(1), one_process, two_requests, &shown);
}

/// Nothing of a crashed process runs any more: of two requests one after the other, at most one
/// was on its way. And it is told nothing.
#[test]
fn what_has_crashed_does_nothing_more() {
    fn goes_on(moment: &Moment<'_>) -> Option<Breach> {
        let [_, late] = requests(moment)?;
        let is_told = !all(moment, Lane(0), is_returned).is_empty();
        let lanes = vec![Lane(0)];
        (late > 1 || is_told).then_some(Breach::Unfinished { lanes })
    }
    let property = Property {
        name: "gone-is-gone",
        statement: "a crashed task does nothing more",
        joins: &[],
        checks: &[(When::Eventually, goes_on)],
    };
    for &level in Level::ALL {
        let verdict = explore(level, crashes(1), one_process, two_requests, &[property], &[]);
        assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
    }
}

/// The world has one thread for both, and takes them in either order.
#[test]
fn the_clock_goes_on_before_a_crash_and_after_it() {
    let shown = [
        Sometimes {
            name: "before it",
            shown: |moment| {
                let shown = || {
                    let presented = all(moment, Lane(0), is_presented);
                    Some(has_crashed(moment) && advanced(moment)? < *presented.first()?)
                        .filter(|_| presented.len() == 2)
                };
                shown() == Some(true)
            },
        },
        Sometimes {
            name: "after it",
            shown: |moment| {
                let shown = || Some(asks_again(moment)? < advanced(moment)?);
                shown() == Some(true)
            },
        },
    ];
    let bounds = Bounds { clock_advances: 1, ..crashes(1) };
    assert_shown(bounds, one_process, two_requests, &shown);
}

/// Of two processes each can crash, and the other goes on. What the one had locked is not locked
/// any more: somebody would wait for ever.
#[test]
fn a_lock_of_a_crashed_process_is_let_go_of() {
    let shown = [
        Sometimes { name: "the first", shown: has_crashed },
        Sometimes {
            name: "the second",
            shown: |moment| moment.tasks[1].state == TaskState::Crashed,
        },
        Sometimes {
            name: "the first crashes with the lock, and the second goes on",
            shown: |moment| {
                let presented = |lane| all(moment, Lane(lane), is_presented).len();
                has_crashed(moment) && presented(0) == 1 && presented(1) == 1
            },
        },
    ];
    assert_shown(crashes(2), two_processes, under_file_lock, &shown);
}

static HISTORIES: Mutex<BTreeSet<Vec<String>>> = Mutex::new(BTreeSet::new());

/// Writes down who did what, and is never broken.
fn write_down(moment: &Moment<'_>) -> Option<Breach> {
    let entries = moment.ledger.entries().iter();
    let name = |by: Lane| &moment.tasks[usize::from(by.0)].name;
    let history = entries.map(|entry| format!("{} {:?}", name(entry.by), entry.event)).collect();
    HISTORIES.lock().expect("nobody panics").insert(history);
    None
}

/// Whatever can be seen at level `await` of a crash can be seen on threads that are interrupted
/// however often.
#[test]
fn threads_show_every_history_that_level_await_shows() {
    let property = Property {
        name: "writes-down",
        statement: "histories are written down",
        joins: &[],
        checks: &[(When::Eventually, write_down)],
    };
    let histories = |level, bounds, preemptions, build: Build| {
        let options = Options { level, search: Search::Plain, preemptions, ..Options::default() };
        let scenario = scenario(bounds, one_process, &[property], &[]);
        let conclusion = scenario.explore(build, &options, &mut |_| {}).conclusion;
        assert!(matches!(conclusion, Conclusion::Proved), "{level:?} {conclusion:?}");
        std::mem::take(&mut *HISTORIES.lock().expect("nobody panics"))
    };
    let with_clock = Bounds { clock_advances: 1, ..crashes(1) };
    let with_cancellation = Bounds { cancellations: 1, ..crashes(1) };
    let with_fault = Bounds { faults: 1, ..crashes(1) };
    let all: [(Bounds, Option<usize>, Build); 5] = [
        (with_clock, None, two_requests),
        (with_clock, None, knows_its_start),
        // Without a bound it takes a minute.
        (with_clock, Some(3), request_with_deadline),
        (with_cancellation, None, two_requests),
        (with_fault, None, two_requests),
    ];
    for (bounds, preemptions, build) in all {
        let coarse = histories(Level::Await, bounds, preemptions, build);
        let fine = histories(Level::Thread, bounds, preemptions, build);
        let missing: Vec<_> = coarse.difference(&fine).collect();
        assert!(coarse.len() > 10, "{bounds:?}: {}", coarse.len());
        assert!(missing.is_empty(), "{} of {}: {:#?}", missing.len(), coarse.len(), missing[0]);
    }
}

/// Starting a process again runs code under test, whose panic is a finding.
#[test]
fn a_restart_that_panics_is_found() {
    fn panics_again(world: &World) -> Arc<dyn TokenRefresher> {
        struct Built;
        let mut is_first = false;
        world.own(|_| {
            is_first = true;
            Built
        });
        assert!(is_first, "it was built before");
        two_requests(world)
    }
    for &level in Level::ALL {
        let verdict = explore(level, crashes(1), one_process, panics_again, &[], &[]);
        let violation = verdict.conclusion.violation().expect("the restart panics");
        assert_eq!(violation.property.name, "never-panics", "{level:?}");
    }
}

/// What a constructor writes is there when a process is started again too.
#[test]
fn a_restart_can_use_what_it_makes() {
    struct Flagged(AtomicU64);

    #[async_trait]
    impl TokenRefresher for Flagged {
        async fn access_token(&self, _user: &UserId) -> Result<AccessToken, AuthError> {
            assert_eq!(self.0.load(Ordering::SeqCst), 1);
            Err(AuthError::NotSignedIn)
        }
    }

    fn flagged(_world: &World) -> Arc<dyn TokenRefresher> {
        let flag = AtomicU64::new(0);
        flag.store(1, Ordering::SeqCst);
        Arc::new(Flagged(flag))
    }

    let verdict = explore(Level::Thread, crashes(1), one_process, flagged, &[], &[]);
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
}

/// What is of no process could share anything with the one that crashes.
#[test]
fn code_of_no_process_beside_a_crash_is_no_pass() {
    fn shared(stage: &Stage<'_, dyn TokenRefresher>) {
        let _shared = stage.instance();
        one_process(stage);
    }
    let verdict = explore(Level::Thread, crashes(1), shared, two_requests, &[], &[]);
    assert_not_here(&verdict, "crashes beside code of no process");
}

/// A task that is stopped unwinds; one that goes on all the same is noticed.
#[test]
fn a_task_that_does_not_stop_is_no_pass() {
    struct Catching(World);

    #[async_trait]
    impl TokenRefresher for Catching {
        async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
            let tokens = self.0.token_store().load(user).await.ok_or(AuthError::NotSignedIn)?;
            let _ = catch_unwind(AssertUnwindSafe(|| self.0.clock().now()));
            let _ = self.0.token_endpoint().refresh(&tokens.refresh_token).await;
            Ok(tokens.access_token)
        }
    }

    fn catching(world: &World) -> Arc<dyn TokenRefresher> {
        Arc::new(Catching(world.clone()))
    }

    let verdict = explore(Level::Thread, crashes(1), one_process, catching, &[], &[]);
    assert_not_here(&verdict, "catches the unwinding of a task that has crashed");
}

/// That an answer is held until nothing else moves, which a crash does, would have to be tried
/// before it and after it.
#[test]
fn a_held_answer_beside_a_crash_is_no_pass() {
    fn held(stage: &Stage<'_, dyn TokenRefresher>) {
        stage.withhold(&operations::TOKEN, Release::WhenNothingElseMoves);
        one_process(stage);
    }
    let verdict = explore(Level::Thread, crashes(1), held, two_requests, &[], &[]);
    assert_not_here(&verdict, "holds an answer while a process crashes");
}

/// So would a clock that goes on twice.
#[test]
fn what_comes_between_two_advances_of_the_clock_is_no_pass() {
    let bounds = Bounds { clock_advances: 2, ..crashes(1) };
    let verdict = explore(Level::Thread, bounds, one_process, two_requests, &[], &[]);
    assert_not_here(&verdict, "crashes while its clock goes on more than once");
}

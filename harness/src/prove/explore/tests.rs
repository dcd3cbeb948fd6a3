//! The reduced search on worlds: one execution for each interleaving class.
//!
//! Brute force runs every schedule and sorts it by its Foata normal form: each step in the first
//! layer after all the steps before it that it depends on. What a step touches is all that it
//! touches in any schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::task::Poll;

use super::super::testing::{Recheck, stage_refreshers};
use super::*;
use crate::auth::{
    AuthError, BrowserId, Callback, CallbackHandler, Capability, CodeVerifier, Event, SessionId,
    SessionStore as _, TokenEndpoint as _, objects, operations,
};
use crate::explore::{
    Access, Estimate, ObjectId, Path, ProcessId, Progress, Tree, Visitor, depth_first, estimate,
    optimal,
};
use crate::property::{Moment, When};
use crate::world::{Operation, Release, Setting as _};

type Class = BTreeSet<(usize, ProcessId, Vec<Access>)>;

/// For each step, by its process and its place among the steps of that, what it touches in any
/// schedule.
type Footprints = BTreeMap<(ProcessId, usize), BTreeSet<Access>>;

/// Every complete schedule that a search runs.
#[derive(Default)]
struct Schedules(Vec<Vec<Choice>>);

impl Visitor<Subject> for Schedules {
    fn stepped(&mut self, _: &Subject, _: &Path) {}

    fn quiescent(&mut self, _: &Subject, path: &Path) {
        self.0.push(path.taken().collect());
    }
}

fn footprints(stage: &Stage<World>, schedules: &[Vec<Choice>]) -> Footprints {
    let mut footprints = Footprints::new();
    let mut subject = Subject::new(Stage::clone(stage));
    for steps in schedules {
        let mut taken = BTreeMap::new();
        subject.reset();
        for choice in steps {
            let mut possible = Vec::new();
            subject.enabled(&mut possible);
            let ordinal: &mut usize = taken.entry(choice.process).or_default();
            let touched = footprints.entry((choice.process, *ordinal)).or_default();
            touched.extend(subject.step(choice.process));
            *ordinal += 1;
        }
    }
    footprints
}

/// A step comes after the last one of its own process, after the one that made it possible, and
/// after all that it conflicts with.
fn class(stage: &Stage<World>, footprints: &Footprints, steps: &[Choice]) -> Class {
    let mut subject = Subject::new(Stage::clone(stage));
    let (mut possible, mut before) = (Vec::new(), Vec::new());
    let mut enabler: BTreeMap<ProcessId, usize> = BTreeMap::new();
    let mut taken: Vec<(usize, ProcessId, Vec<Access>)> = Vec::new();
    subject.reset();
    subject.enabled(&mut possible);
    for (at, choice) in steps.iter().enumerate() {
        subject.step(choice.process);
        let ordinal = taken.iter().filter(|(_, process, _)| *process == choice.process).count();
        let accesses: Vec<Access> =
            footprints[&(choice.process, ordinal)].iter().copied().collect();
        let conflicts = |others: &[Access]| {
            others.iter().any(|a| accesses.iter().any(|b| a.conflicts_with(*b)))
        };
        let after = taken.iter().enumerate().filter(|(earlier, (_, process, others))| {
            *process == choice.process
                || enabler.get(&choice.process) == Some(earlier)
                || conflicts(others)
        });
        let layer = after.map(|(_, (layer, _, _))| layer + 1).max().unwrap_or(0);
        taken.push((layer, choice.process, accesses));
        std::mem::swap(&mut possible, &mut before);
        subject.enabled(&mut possible);
        let was = |process| before.iter().any(|choice: &Choice| choice.process == process);
        let new = possible.iter().map(|choice| choice.process).filter(|&process| !was(process));
        enabler.extend(new.map(|process| (process, at)));
    }
    taken.into_iter().collect()
}

/// Executions of the reduced search, which must be as many as the classes of the plain one.
fn executions(stage: Stage<World>) -> u64 {
    let limits = Limits { steps_max: 100 };
    let mut all = Schedules::default();
    let mut subject = Subject::new(Stage::clone(&stage));
    let ended = depth_first(&mut subject, limits, &Progress::new(limits), &mut all);
    assert_eq!(ended, Ended::Exhausted);
    let footprints = footprints(&stage, &all.0);
    let classes = |schedules: &[Vec<Choice>]| -> BTreeSet<Class> {
        schedules.iter().map(|steps| class(&stage, &footprints, steps)).collect()
    };

    let mut reduced = Schedules::default();
    let progress = Progress::new(limits);
    let ended = optimal(&mut subject, limits, &progress, &mut reduced);
    assert_eq!(ended, Ended::Exhausted);
    let counts = progress.snapshot();
    let all = classes(&all.0);
    assert!(classes(&reduced.0) == all, "the classes differ");
    assert_eq!(counts.executions, all.len() as u64, "executions, and classes");
    assert_eq!(counts.redundant, 0);
    counts.executions
}

fn refreshing(
    callers: &'static [&'static str],
    is_locked: bool,
    held: Option<&'static Operation>,
) -> Stage<World> {
    Arc::new(move |world: &World| {
        if let Some(operation) = held {
            world.kernel().withhold(operation, Release::WhenNothingElseMoves);
        }
        stage_refreshers(world, callers, is_locked, Recheck::Yes);
    })
}

#[test]
fn refreshers_without_a_lock() {
    assert_eq!(executions(refreshing(&["a"], false, None)), 1);
    executions(refreshing(&["a", "b"], false, None));
    executions(refreshing(&["a", "b", "c"], false, None));
}

/// Under the lock this is open: who is first, and where the other begins: before the first one's
/// request, after it, or after its last step. Who finds a live token looks at it in the same step
/// in which others send a request, so that every such step is taken to look at it.
#[test]
fn refreshers_under_a_lock() {
    assert_eq!(executions(refreshing(&["a", "b"], true, None)), 6);
    executions(refreshing(&["a", "b", "c"], true, None));
}

/// The answer is held until the other has come: only who is first is open.
#[test]
fn refreshers_whose_first_answer_is_held() {
    assert_eq!(executions(refreshing(&["a", "b"], true, Some(&operations::TOKEN))), 2);
    executions(refreshing(&["a", "b"], false, Some(&operations::TOKEN)));
}

/// Looks, exchanges, creates: with calls to a store between.
struct Handler {
    world: World,
}

#[async_trait::async_trait]
impl CallbackHandler for Handler {
    async fn handle_callback(
        &self,
        browser: &BrowserId,
        callback: &Callback,
    ) -> Result<SessionId, AuthError> {
        let sessions = self.world.session_store(Capability::UniqueInsert);
        if let Some(existing) = sessions.find(browser).await {
            return Ok(existing.id);
        }
        self.world.token_endpoint().exchange(&callback.code, &callback.verifier).await?;
        Ok(sessions.insert_unique(browser).await?.id)
    }
}

fn logging_in(release: Option<Release>) -> Stage<World> {
    let verifier = CodeVerifier::new("verifier");
    Arc::new(move |world: &World| {
        if let Some(release) = release {
            world.kernel().withhold(&operations::TOKEN, release);
        }
        let handler = Arc::new(Handler { world: world.clone() });
        for name in ["a", "b"] {
            let callback = world.server().issue_callback(&verifier);
            let (inside, handler) = (world.clone(), handler.clone());
            world.kernel().add_caller(name, None, async move {
                let browser = BrowserId::new("browser");
                let _ = inside.deliver_callback(&*handler, &browser, &callback).await;
            });
        }
    })
}

#[test]
fn callback_handlers() {
    executions(logging_in(None));
    executions(logging_in(Some(Release::WhenNothingElseMoves)));
    let find = Release::AfterArrivals { operation: &operations::FIND_SESSION, count: 2 };
    executions(logging_in(Some(find)));
}

/// A caller with two calls in flight at once: whether it has seen one answer or both when it runs.
#[test]
fn two_calls_at_once() {
    let stage: Stage<World> = Arc::new(|world: &World| {
        for name in ["a", "b"] {
            let (first, second) = (world.resource_server().pull(), world.resource_server().pull());
            world.kernel().add_caller(name, None, async move {
                let (mut first, mut second) = (Box::pin(first), Box::pin(second));
                let mut done = [false; 2];
                std::future::poll_fn(|cx| {
                    done[0] = done[0] || first.as_mut().poll(cx).is_ready();
                    done[1] = done[1] || second.as_mut().poll(cx).is_ready();
                    if done == [true; 2] { Poll::Ready(()) } else { std::task::Poll::Pending }
                })
                .await;
            });
        }
    });
    executions(stage);
}

/// Broken only between a pull and a refresh that do not depend on each other, and only if the pull
/// comes first.
fn pulled_before_refreshed(moment: &Moment<'_>) -> Option<Breach> {
    let has =
        |is_it: fn(&Event) -> bool| moment.ledger.entries().iter().any(|entry| is_it(&entry.event));
    let is_pulled = has(|event| matches!(event, Event::Pulled));
    let is_refreshed = has(|event| matches!(event, Event::RefreshTokenPresented { .. }));
    (is_pulled && !is_refreshed).then(|| Breach::Unfinished { lanes: Vec::new() })
}

/// Sends a call and waits for nothing.
async fn send(call: impl Future) {
    let mut call = Box::pin(call);
    std::future::poll_fn(|cx| {
        let _ = call.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

/// Whether the reduced search comes to where the pull overtakes the refresh.
fn is_found(joins: &'static [ObjectId]) -> bool {
    let property = Property {
        name: "pulled-after-refreshed",
        statement: "nothing is pulled before a token is refreshed",
        joins,
        checks: &[(When::Always, pulled_before_refreshed)],
    };
    let stage: Stage<World> = Arc::new(|world: &World| {
        let tokens = world.server().log_in_expired(&crate::auth::UserId::new("alice"));
        let (endpoint, server) = (world.token_endpoint(), world.resource_server());
        // Both at once: who waits longest moves first, and that is the refresh.
        world.kernel().add_caller("both", None, async move {
            send(endpoint.refresh(&tokens.refresh_token)).await;
            send(server.pull()).await;
        });
    });
    let limits = Limits { steps_max: 100 };
    let mut judge = Judge::new(&[property], &[], &Options::default());
    let mut subject = Subject::new(stage);
    subject.join(judge.joined());
    let ended = optimal(&mut subject, limits, &Progress::new(limits), &mut judge);
    assert_eq!(ended, Ended::Exhausted);
    judge.broken().next().is_some()
}

#[test]
fn a_property_over_two_objects_joins_them() {
    const BOTH: &[ObjectId] = &[objects::family(0), objects::RESOURCE_SERVER];
    assert!(is_found(BOTH));
    // The state between the two is not reached otherwise.
    assert!(!is_found(&[]));
}

/// Expected: about the executions of the reduced search. It may say a few times less: a probe takes
/// a step to touch what it touched then, the search what it ever touched.
#[test]
fn the_estimate_is_near_on_worlds() {
    let limits = Limits { steps_max: 100 };
    for stage in [
        refreshing(&["a", "b", "c"], false, None),
        refreshing(&["a", "b", "c"], true, None),
        refreshing(&["a", "b"], true, Some(&operations::TOKEN)),
        logging_in(None),
        logging_in(Some(Release::WhenNothingElseMoves)),
    ] {
        let (progress, mut subject) = (Progress::new(limits), Subject::new(Stage::clone(&stage)));
        let found = estimate(&mut subject, limits, &progress, Tree::Classes, (1, 2_000));
        let Estimate { executions: estimated, standard_error } = found.expect("it ends");
        let executions = executions(stage) as f64;
        let share = estimated / executions;
        assert!(standard_error < 0.2 * executions, "{estimated} +- {standard_error}");
        assert!((0.25..1.5).contains(&share), "{estimated}, not {executions}");
    }
}

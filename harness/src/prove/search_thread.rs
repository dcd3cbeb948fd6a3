//! The search on a thread of its own, watched from the calling one.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::judge::{Counterexample, History, Judge, Subject};
use super::options::{Options, Search};
use super::plans::search_under_every_plan;
use super::sampling::Sampling;
use super::shard::PlanShare;
use super::simplest::simplest;
use super::stations::{Sight, Stations, total};
use super::verdict::{Bounds, Incomplete};
use super::workers::{Joined, Workers, divergence_texts};
use crate::auth::World;
use crate::explore::{
    Ended, Estimate, Limits, PctBound, Program as _, Snapshot, Tree, depth_first, estimate,
    few_deviations, optimal, replay,
};
use crate::property::{Breach, Property};
use crate::world::{Outsiders, Panic, Plan, Stage, attempt};

/// How often the calling thread looks at the search.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

/// As much as a main thread usually has: what recurses there must not overflow here.
const STACK_BYTES: usize = 8 << 20;

/// Probes that tell whether a better estimate is worth while.
const PROBES_FIRST: u64 = 8;

/// Fewer executions than this are done before anybody looks.
const EXECUTIONS_SOON_DONE: f64 = 1_000.0;

/// Schedules that are run first under each plan, and in how many moments they may deviate from what
/// a fair scheduler would do: a thousand at two moments, where nothing befalls anybody.
const FIRST_LOOK: (usize, usize) = (2, 1_000);

/// The same under any other plan.
const FIRST_LOOK_AT_OTHERS: (usize, usize) = (1, 50);

/// What the search thread sends back.
pub(super) struct Searched {
    /// How the search ended, unless the implementation panicked outside a step.
    pub(super) ended: Result<Ended, Panic>,
    /// Where the search ended; the way to the simplest counterexample is not counted.
    pub(super) counts: Snapshot,
    pub(super) judge: Judge,
    /// The plan that the last execution was under.
    pub(super) plan: Plan,
    /// The property to report, with its simplest counterexample.
    pub(super) reported: Option<(Property, Counterexample)>,
    /// Why an exhausted search is no proof.
    pub(super) doubt: Option<Incomplete>,
    /// What a sampled search promises.
    pub(super) bound: Option<PctBound>,
    /// The texts of a divergence's choices: only the search's own world knows them.
    pub(super) divergence_texts: Option<(Vec<String>, Vec<String>)>,
    /// Under which plans parts were run, if the search was split.
    pub(super) plans: Vec<PlanShare>,
}

/// What is known of a search that did not come back.
pub(super) struct Lost {
    pub(super) counts: Snapshot,
    /// The plan that the last execution was under.
    pub(super) plan: Plan,
    /// The property to report, with the simplest counterexample found by then.
    pub(super) reported: Option<(Property, Counterexample)>,
}

/// What to search.
pub(super) struct Task {
    pub(super) stage: Stage<World>,
    pub(super) judge: Judge,
    pub(super) bounds: Bounds,
    pub(super) limits: Limits,
    pub(super) options: Options,
}

/// Runs the search to its end, or to a step that does not return; then its threads are left behind.
pub(super) fn search(task: Task, watch: &mut dyn FnMut(&Snapshot)) -> Result<Searched, Box<Lost>> {
    let (sender, receiver) = mpsc::channel();
    let (found, is_abandoned) = (task.judge.found(), task.judge.is_abandoned());
    let (focus, patience) = (task.options.focus, task.options.step_time_max);
    let plan = SharedPlan::default();
    let workers = if task.options.is_in_parts() { task.options.jobs.max(1) } else { 0 };
    let stations = Arc::new(Stations::new(task.limits, workers));
    let (shared_plan, shared) = (plan.clone(), Arc::clone(&stations));
    spawn(move || {
        // Nobody listens any more if the search was given up.
        let _ = sender.send(run(task, &shared, &shared_plan));
    });

    watched(&receiver, patience, || stations.sights(), watch).map_err(|counts| {
        is_abandoned.say();
        Box::new(Lost { counts, plan: plan.get(), reported: found.reported(focus) })
    })
}

/// What a search thread sends, however long it takes as long as the counts of every busy thread
/// change; `watch` is shown those of all now and then. When they have not changed for so long, the
/// threads are given up.
///
/// # Errors
/// The counts at which it was given up, with the running execution of the first thread that did not
/// move.
///
/// # Panics
/// When the thread ends and sends nothing.
pub(super) fn watched<R>(
    receiver: &Receiver<R>,
    patience: Duration,
    sights: impl Fn() -> Vec<Sight>,
    watch: &mut dyn FnMut(&Snapshot),
) -> Result<R, Snapshot> {
    let mut last: Vec<(Sight, Instant)> =
        sights().into_iter().map(|sight| (sight, Instant::now())).collect();
    loop {
        match receiver.recv_timeout(WATCH_INTERVAL) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Disconnected) => {
                unreachable!("a search thread sends what it has, whatever panics")
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = sights();
        let counts = total(&now);
        watch(&counts);
        for (sight, (before, since)) in now.into_iter().zip(&mut last) {
            if sight != *before || !sight.is_busy {
                (*before, *since) = (sight, Instant::now());
            } else if since.elapsed() >= patience {
                return Err(Snapshot { positions: sight.counts.positions, ..counts });
            }
        }
    }
}

fn run(task: Task, stations: &Arc<Stations>, shared_plan: &SharedPlan) -> Searched {
    let Task { stage, mut judge, bounds, limits, options } = task;
    let progress = stations.home().progress();
    let mut subject = Subject::new(Stage::clone(&stage));
    if options.search == Search::Optimal {
        subject.explore_up_to_renaming();
        subject.join(judge.joined());
    }
    let mut sampling = Sampling::new(&options);
    let mut workers = Workers {
        stage,
        limits,
        options: options.clone(),
        stations: Arc::clone(stations),
        joined: Joined::default(),
    };
    let mut texts = None;
    let ended = attempt(|| {
        if options.search == Search::Optimal && options.has_first_look {
            // However this ends, the search will tell.
            search_under_every_plan(&mut subject, bounds, &Plan::default(), |subject, plan| {
                judge.begin(plan);
                shared_plan.set(plan);
                let is_first = *plan == Plan::default();
                let look = if is_first { FIRST_LOOK } else { FIRST_LOOK_AT_OTHERS };
                match few_deviations(subject, limits, progress, look, &mut judge) {
                    // The next plan has its look too.
                    Ended::Sampled => Ended::Exhausted,
                    ended => ended,
                }
            });
            judge.forget_executions();
        }
        let mut search_from = |root: &Plan, judge: &mut Judge| {
            search_under_every_plan(&mut subject, bounds, root, |subject, plan| {
                judge.begin(plan);
                shared_plan.set(plan);
                expect(subject, limits, stations, &options);
                let ended = match options.search.strategy() {
                    None if options.is_in_parts() => workers.search(subject, plan, judge),
                    None if options.search == Search::Plain => {
                        depth_first(subject, limits, progress, judge)
                    }
                    None => optimal(subject, limits, progress, judge),
                    Some(strategy) => {
                        match sampling.run(strategy, subject, limits, progress, judge) {
                            // The next plan has its samples too.
                            Ended::Sampled => Ended::Exhausted,
                            ended => ended,
                        }
                    }
                };
                texts = divergence_texts(subject, &ended);
                ended
            })
        };
        let ended = search_from(&Plan::default(), &mut judge);
        let goes_on = matches!(ended, Ended::Exhausted | Ended::StepLimit);
        if !goes_on || !options.goes_on_coarser() || judge.has_found(options.focus) {
            return ended;
        }
        let plan = shared_plan.get();
        judge.keep_more_histories();
        let ended_coarser = search_from(&Plan::coarser(), &mut judge);
        if ended == Ended::StepLimit {
            // That is what there is to tell, unless something else was found.
            shared_plan.set(&plan);
            return ended;
        }
        ended_coarser
    });
    let Joined { outsiders, plans, panic, divergence_texts, .. } = &workers.joined;
    let ended = match (ended, panic) {
        (Ok(_), Some(panic)) => Err(panic.clone()),
        (Ok(Ended::Exhausted), None) if options.search.strategy().is_some() => Ok(Ended::Sampled),
        (ended, _) => ended,
    };
    let counts = workers.joined.added_to(progress.snapshot());
    let texts = divergence_texts.clone().or(texts);
    let mut outsiders = outsiders.clone();
    outsiders.insert(0, subject.outsiders());
    // Who waits for an outsider does not wait for ever.
    let is_believed = |found: &Counterexample| {
        !matches!(found.breach, Breach::Unfinished { .. })
            || !outsiders.iter().any(|one| one.was_seen())
    };
    let reported = judge.reported(options.focus, is_believed).map(|(property, found)| {
        let found: Vec<Counterexample> = found.into_iter().cloned().collect();
        let simplest = attempt(|| simplest(&mut subject, limits, progress, property, &found));
        // If it panics now, the first one has to do.
        (property, simplest.unwrap_or_else(|_| found[0].clone()))
    });
    let reported = reported.filter(|(_, found)| is_believed(found));
    let doubt = match (&ended, &reported) {
        (Ok(Ended::Exhausted | Ended::Stopped | Ended::Sampled), None) => attempt(|| {
            doubt(&mut subject, judge.histories(), &outsiders)
        })
        .unwrap_or_else(|panic| Some(Incomplete::SetUpPanicked { panic, broken: Vec::new() })),
        _ => None,
    };
    let doubt = doubt.or((counts.impossible > 0)
        .then_some(Incomplete::PlannedImpossible { steps: counts.impossible }));
    let (plan, plans) = (shared_plan.get(), plans.clone());
    let bound = sampling.bound();
    Searched { ended, counts, judge, plan, reported, doubt, bound, divergence_texts: texts, plans }
}

/// Says how many executions there will be under the present plan, about.
fn expect(subject: &mut Subject, limits: Limits, stations: &Stations, options: &Options) {
    let progress = stations.home().progress();
    let elsewhere = stations.executions_of_workers();
    let tree = match options.search {
        Search::Optimal => Tree::Classes,
        Search::Plain => Tree::Schedules,
        Search::Pct { .. } | Search::Pos | Search::Walk => {
            return progress.expect(options.samples);
        }
    };
    // What is soon done needs no good estimate.
    for probes in [options.probes.min(PROBES_FIRST), options.probes] {
        let found = estimate(subject, limits, progress, tree, (options.seed, probes));
        let Some(Estimate { executions, .. }) = found else { return };
        progress.expect(elsewhere + (executions.round() as u64).max(1));
        if executions < EXECUTIONS_SOON_DONE {
            return;
        }
    }
}

/// What speaks against believing an exhausted search.
fn doubt(
    subject: &mut Subject,
    histories: &[History],
    outsiders: &[Arc<Outsiders>],
) -> Option<Incomplete> {
    let changed = histories.iter().enumerate().find_map(|(index, history)| {
        let again = run_again(subject, history)?;
        Some(Incomplete::HistoryChanged { execution: index + 1, again })
    });
    subject.clear();
    if let Some(seen) = outsiders.iter().find(|one| one.was_seen()) {
        return Some(Incomplete::UsedFromElsewhere { thread: seen.thread() });
    }
    if let Some(task) = outsiders.iter().find_map(|one| one.waited_unseen()) {
        return Some(Incomplete::WaitedUnseen { task });
    }
    if let Some(task) = outsiders.iter().find_map(|one| one.used_unseen()) {
        return Some(Incomplete::UsedUnseen { task });
    }
    if let Some(place) = outsiders.iter().find_map(|one| one.given_up()) {
        return Some(Incomplete::GivenUpAtOnce { place });
    }
    let is_kept = outsiders.iter().any(|one| one.has_kept_a_world());
    changed.or_else(|| is_kept.then_some(Incomplete::WorldKept))
}

/// The number of the first event, counted from 1, in which an execution differs when it is run
/// again.
fn run_again(subject: &mut Subject, history: &History) -> Option<usize> {
    subject.set_plan(history.plan.clone());
    let mut possible = Vec::new();
    let is_possible = replay(subject, &history.steps, |_, _, _| {}).is_ok();
    subject.enabled(&mut possible);
    let again = subject.world().ledger();
    let (first, again) = (history.ledger.entries(), again.entries());
    let same = first.iter().zip(again).take_while(|(first, again)| first == again).count();
    let is_same = same == first.len() && same == again.len() && is_possible && possible.is_empty();
    (!is_same).then_some(same + 1)
}

/// What `work` returns or panics with, on a thread of its own, if it does so in `time`.
pub(super) fn within<R: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> R + Send + 'static,
) -> Option<Result<R, Panic>> {
    let (sender, receiver) = mpsc::channel();
    spawn(move || {
        // Nobody listens any more if it took too long.
        let _ = sender.send(attempt(work));
    });
    receiver.recv_timeout(time).ok()
}

pub(super) fn spawn(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(String::from("authloom")).stack_size(STACK_BYTES);
    thread.spawn(work).expect("a process that runs tests can start a thread");
}

/// The plan of the running executions, for whoever watches them.
#[derive(Clone, Default)]
struct SharedPlan(Arc<Mutex<Plan>>);

impl SharedPlan {
    fn set(&self, plan: &Plan) {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = plan.clone();
    }

    fn get(&self) -> Plan {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

#[cfg(test)]
mod tests;

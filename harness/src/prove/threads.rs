//! Level `thread`: loom runs the callers, each on a thread, once under each plan.
//!
//! What loom calls an iteration is an execution here. Its limits end it with a panic, which is told
//! from one of the code under test by where it comes from, and is never a pass.

use std::convert::Infallible;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::options::{Options, Sharing};
use super::plans::under_every_plan;
use super::scenario::Scenario;
use super::search_thread::{spawn, watched};
use super::verdict::{Bounds, Conclusion, Incomplete, Level, Verdict};
use crate::auth::World;
use crate::explore::Snapshot;
use crate::world::{
    Doubt, Memory, Panic, Plan, Setting as _, Stage, TEAM_MAX, Team, Told, WorldOrder, attempt,
    observe,
};

use finding::Finding;
pub(super) use replay::replay_threads;
use tally::Tally;

mod finding;
mod history;
mod replay;
mod tally;
mod timeline;
mod watched;

/// Executions in which to look for what was found, where atomics are strict: some ten seconds.
const STRICT_EXECUTIONS_MAX: u64 = 100_000;

/// What loom counts for an operation, at most.
const BRANCHES_OF_STEP: usize = 8;

/// Explores on loom's threads.
pub(super) fn explore_threads<T: ?Sized + 'static>(
    scenario: &Scenario<T>,
    stage: Stage<World>,
    options: &Options,
    watch: &mut dyn FnMut(&Snapshot),
) -> Verdict {
    let started = Instant::now();
    let properties = scenario.all_properties();
    let tally_with = |memory, options: &Options| {
        let tally = Tally::new(&properties, &scenario.sometimes, memory, options);
        Arc::new(Mutex::new(tally))
    };
    let tally = tally_with(Memory::Loose, options);
    let is_sample = options.search.strategy().is_some();
    let ended = if is_sample {
        // loom chooses the executions.
        lock(&tally).doubt(Doubt::NotHere("draws executions at random"));
        Some(Ok(()))
    } else {
        search(Stage::clone(&stage), scenario.bounds, &tally, options, watch)
    };
    let is_exhausted = !is_sample && matches!(ended, Some(Ok(())));
    let tally = lock(&tally);
    let strictly = || {
        let executions_max = options.executions_max.min(STRICT_EXECUTIONS_MAX);
        let options = Options { executions_max, ..options.clone() };
        let tally = tally_with(Memory::Strict, &options);
        search(stage, scenario.bounds, &tally, &options, watch);
        lock(&tally).finding()
    };
    let conclusion = match Finding::of(&tally, strictly) {
        Some(found) => {
            let violation = found.told(scenario.name, scenario.bounds, options);
            Conclusion::Violated(Box::new(violation))
        }
        None => tally.conclude(ended, scenario.bounds, options),
    };
    Verdict {
        scenario: scenario.name,
        summary: scenario.summary,
        model: options.model,
        level: Level::Thread,
        sharing: Sharing::Anything,
        bounds: scenario.bounds,
        preemptions: options.preemptions,
        conclusion,
        properties,
        executions: tally.executions,
        is_exhausted,
        redundant: 0,
        share: None,
        coverage: None,
        steps: tally.steps,
        elapsed: started.elapsed(),
    }
}

/// Runs loom to its end under every plan, on a thread of its own. `None` if an execution does not
/// return; then that thread is left behind.
fn search(
    stage: Stage<World>,
    bounds: Bounds,
    tally: &Arc<Mutex<Tally>>,
    options: &Options,
    watch: &mut dyn FnMut(&Snapshot),
) -> Option<Result<(), Panic>> {
    let (sender, receiver) = mpsc::channel();
    let (shared, steps_max, preemptions) =
        (Arc::clone(tally), options.steps_max, options.preemptions);
    spawn(move || {
        let history = lock(&shared).shared_history();
        let _observing = observe(Box::new(move |one| {
            // A panic while it is drawn is nobody's step.
            if let Ok(mut history) = history.try_lock() {
                history.see(one);
            }
        }));
        let ended = attempt(|| {
            let Ok(()) = under_every_plan(&Plan::default(), |plan| {
                lock(&shared).begin();
                for &order in orders(bounds, plan) {
                    check(&stage, plan, order, &shared, steps_max, preemptions);
                }
                Ok::<_, Infallible>(lock(&shared).befell(bounds, plan))
            });
        });
        Team::dissolve();
        // Nobody listens any more if the search was given up.
        let _ = sender.send(ended);
    });
    let ended = watched(&receiver, options.step_time_max, || vec![lock(tally).sight()], watch);
    if ended.is_err() {
        lock(tally).is_stopped = true;
    }
    ended.ok()
}

/// The orders in which the world does what it does: its clock goes on before a crash or after it.
fn orders(bounds: Bounds, plan: &Plan) -> &'static [WorldOrder] {
    let has_both = bounds.clock_advances > 0 && plan.crashes().next().is_some();
    if has_both { &WorldOrder::ALL } else { &WorldOrder::ALL[..1] }
}

/// Every execution under a plan. It panics when loom gives up, and when there is enough.
fn check(
    stage: &Stage<World>,
    plan: &Plan,
    order: WorldOrder,
    tally: &Arc<Mutex<Tally>>,
    steps_max: usize,
    preemptions: Option<usize>,
) {
    let mut builder = loom::model::Builder::new();
    // Whatever the environment says.
    builder.max_threads = TEAM_MAX + 1;
    builder.max_branches = steps_max.saturating_mul(BRANCHES_OF_STEP);
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.preemption_bound = preemptions;
    builder.checkpoint_file = None;
    builder.checkpoint_interval = usize::MAX;
    builder.expect_explicit_explore = false;
    builder.location = false;
    builder.log = false;
    let (stage, plan, tally) = (Stage::clone(stage), plan.clone(), Arc::clone(tally));
    builder.check(move || execute(&stage, &plan, order, &tally));
}

/// One execution, on loom's first thread.
fn execute(stage: &Stage<World>, plan: &Plan, order: WorldOrder, tally: &Arc<Mutex<Tally>>) {
    if lock(tally).is_stopped {
        // loom has no other way to end early.
        std::panic::resume_unwind(Box::new("there is enough"));
    }
    lock(tally).begin_execution();
    let outsiders = lock(tally).outsiders();
    let memory = lock(tally).memory;
    let team = Team::begin(plan.clone(), order, memory, Arc::clone(&outsiders));
    let world = World::of_team(outsiders);
    stage(&world);
    let (tally, judged) = (Arc::clone(tally), world.clone());
    let witness = Box::new(move |tasks: &[_], told: Told| lock(&tally).look(&judged, tasks, told));
    let mourner = world.clone();
    let went_down = Arc::new(move |lanes: &[_]| mourner.went_down(lanes));
    team.start(world.kernel(), witness, went_down);
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why an execution that is doubted proves nothing.
fn incomplete(doubt: &Doubt) -> Incomplete {
    match doubt {
        Doubt::TooManyTasks(one_more) => {
            Incomplete::TooManyThreads { threads_max: TEAM_MAX, one_more: one_more.clone() }
        }
        Doubt::GaveUp(panic) => Incomplete::LoomGaveUp { panic: panic.clone() },
        Doubt::WaitedUnseen(task) => Incomplete::WaitedUnseen { task: task.clone() },
        Doubt::UsedUnseen(task) => Incomplete::UsedUnseen { task: task.clone() },
        Doubt::NotHere(what) => Incomplete::NotAtThisLevel { what },
    }
}

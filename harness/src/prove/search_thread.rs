//! The search on a thread of its own, watched from the calling one.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::explore::{Options, Search};
use super::judge::{Counterexample, History, Judge, Subject};
use super::plans::under_every_plan;
use super::simplest::simplest;
use super::step_text::step_texts;
use super::verdict::Incomplete;
use crate::auth::World;
use crate::explore::{
    Divergence, Ended, Limits, Program as _, Progress, Snapshot, depth_first, optimal, replay,
};
use crate::property::{Breach, Property};
use crate::world::{Panic, Plan, Stage, attempt};

/// How often the calling thread looks at the search.
pub(super) const WATCH_INTERVAL: Duration = Duration::from_millis(100);

/// As much as a main thread usually has: what recurses there must not overflow here.
const STACK_BYTES: usize = 8 << 20;

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
    /// The texts of a divergence's choices: only the search's own world knows them.
    pub(super) divergence_texts: Option<(Vec<String>, Vec<String>)>,
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
    pub(super) cancellations: usize,
    pub(super) limits: Limits,
    pub(super) options: Options,
}

/// Runs the search to its end, or to a step that does not return; then its thread is left behind.
pub(super) fn search(
    task: Task,
    progress: &Arc<Progress>,
    watch: &mut dyn FnMut(&Snapshot),
) -> Result<Searched, Box<Lost>> {
    let (sender, receiver) = mpsc::channel();
    let (found, is_abandoned) = (task.judge.found(), task.judge.is_abandoned());
    let (focus, patience) = (task.options.focus, task.options.step_time_max);
    let plan = SharedPlan::default();
    let (shared_plan, shared) = (plan.clone(), Arc::clone(progress));
    spawn(move || {
        // Nobody listens any more if the search was given up.
        let _ = sender.send(run(task, &shared, &shared_plan));
    });

    let mut last = (progress.snapshot(), Instant::now());
    loop {
        match receiver.recv_timeout(WATCH_INTERVAL) {
            Ok(searched) => return Ok(searched),
            Err(RecvTimeoutError::Disconnected) => {
                unreachable!("the search thread sends what it has, whatever panics")
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let counts = progress.snapshot();
        watch(&counts);
        if counts != last.0 {
            last = (counts, Instant::now());
        } else if last.1.elapsed() >= patience {
            is_abandoned.say();
            let reported = found.reported(focus);
            return Err(Box::new(Lost { counts, plan: plan.get(), reported }));
        }
    }
}

fn run(task: Task, progress: &Progress, shared_plan: &SharedPlan) -> Searched {
    let Task { stage, mut judge, cancellations, limits, options } = task;
    let mut subject = Subject::new(stage);
    let ended = attempt(|| {
        under_every_plan(&mut subject, cancellations, &mut |subject, plan| {
            judge.begin(plan);
            shared_plan.set(plan);
            match options.search {
                Search::Optimal => optimal(subject, limits, progress, &mut judge),
                Search::Plain => depth_first(subject, limits, progress, &mut judge),
            }
        })
    });
    let counts = progress.snapshot();
    let divergence_texts = match &ended {
        Ok(Ended::Diverged(Divergence { expected, found, .. })) => {
            let kernel = subject.kernel();
            Some((step_texts(kernel, expected), step_texts(kernel, found)))
        }
        _ => None,
    };
    let reported = judge.reported(options.focus).map(|(property, found)| {
        let found: Vec<Counterexample> = found.into_iter().cloned().collect();
        let simplest = attempt(|| simplest(&mut subject, limits, progress, property, &found));
        // If it panics now, the first one has to do.
        (property, simplest.unwrap_or_else(|_| found[0].clone()))
    });
    let is_unfinished =
        |(_, found): &(Property, Counterexample)| matches!(found.breach, Breach::Unfinished { .. });
    // Who waits for an outsider does not wait for ever.
    let reported =
        reported.filter(|found| !(is_unfinished(found) && subject.outsiders().was_seen()));
    let doubt = match (&ended, &reported) {
        (Ok(Ended::Exhausted | Ended::Stopped), None) => attempt(|| {
            doubt(&mut subject, judge.histories())
        })
        .unwrap_or_else(|panic| Some(Incomplete::SetUpPanicked { panic, broken: Vec::new() })),
        _ => None,
    };
    let plan = shared_plan.get();
    Searched { ended, counts, judge, plan, reported, doubt, divergence_texts }
}

/// What speaks against believing an exhausted search.
fn doubt(subject: &mut Subject, histories: &[History]) -> Option<Incomplete> {
    let changed = histories.iter().enumerate().find_map(|(index, history)| {
        let again = run_again(subject, history)?;
        Some(Incomplete::HistoryChanged { execution: index + 1, again })
    });
    subject.clear();
    let outsiders = subject.outsiders();
    if outsiders.was_seen() {
        return Some(Incomplete::UsedFromElsewhere { thread: outsiders.thread() });
    }
    if let Some(task) = outsiders.waited_unseen() {
        return Some(Incomplete::WaitedUnseen { task });
    }
    changed.or_else(|| outsiders.has_kept_a_world().then_some(Incomplete::WorldKept))
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

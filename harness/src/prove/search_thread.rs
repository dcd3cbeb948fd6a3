//! The search on a thread of its own, watched from the calling one.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::explore::{Options, Search};
use super::judge::{Counterexample, Judge, Subject};
use super::plans::under_every_plan;
use super::simplest::simplest;
use super::step_text::step_texts;
use crate::auth::World;
use crate::explore::{Divergence, Ended, Limits, Progress, Snapshot, depth_first, optimal};
use crate::property::Property;
use crate::world::{Panic, Plan, Stage, caught, quietly};

/// How often the calling thread looks at the search.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

/// As much as a main thread usually has: what recurses there must not overflow here.
const STACK_BYTES: usize = 8 << 20;

/// What the search thread sends back.
pub(super) struct Searched {
    pub(super) ended: Ended,
    /// Where the search ended; the way to the simplest counterexample is not counted.
    pub(super) counts: Snapshot,
    pub(super) judge: Judge,
    /// The plan that the last execution was under.
    pub(super) plan: Plan,
    /// The property to report, with its simplest counterexample.
    pub(super) reported: Option<(Property, Counterexample)>,
    pub(super) used_from_elsewhere: bool,
    /// The texts of a divergence's choices: only the search's own world knows them.
    pub(super) divergence_texts: Option<(Vec<String>, Vec<String>)>,
}

/// Why a search thread sent nothing back.
pub(super) enum Lost {
    Panicked(Panic),
    NeverReturned(Snapshot, Plan),
}

/// Runs the search to its end, or to a step that does not return; then its thread is left behind.
pub(super) fn search(
    stage: Stage<World>,
    mut judge: Judge,
    cancellations: usize,
    limits: Limits,
    progress: &Arc<Progress>,
    options: &Options,
    watch: &mut dyn FnMut(&Snapshot),
) -> Result<Searched, Lost> {
    let (sender, receiver) = mpsc::channel();
    let shared = Arc::clone(progress);
    let (focus, kind) = (options.focus, options.search);
    let plan = Arc::new(SharedPlan::default());
    let shared_plan = Arc::clone(&plan);
    let run = move || {
        let searched = quietly(|| {
            catch_unwind(AssertUnwindSafe(move || {
                let mut subject = Subject::new(stage);
                let ended = under_every_plan(&mut subject, cancellations, &mut |subject, plan| {
                    judge.begin(plan);
                    shared_plan.set(plan);
                    match kind {
                        Search::Optimal => optimal(subject, limits, &shared, &mut judge),
                        Search::Plain => depth_first(subject, limits, &shared, &mut judge),
                    }
                });
                let counts = shared.snapshot();
                let divergence_texts = match &ended {
                    Ended::Diverged(Divergence { expected, found, .. }) => Some((
                        step_texts(subject.kernel(), expected),
                        step_texts(subject.kernel(), found),
                    )),
                    _ => None,
                };
                let used_from_elsewhere = subject.used_from_elsewhere();
                let reported = judge.reported(focus).map(|(property, found)| {
                    (property, simplest(&mut subject, limits, &shared, property, &found))
                });
                let plan = shared_plan.get();
                Searched {
                    ended,
                    counts,
                    judge,
                    plan,
                    reported,
                    used_from_elsewhere,
                    divergence_texts,
                }
            }))
        });
        // Nobody listens any more if the search was given up.
        let _ = sender.send(searched.map_err(|payload| caught(&*payload)));
    };
    let spawned = thread::Builder::new().stack_size(STACK_BYTES).spawn(run);
    spawned.expect("a process that runs tests can start a thread");

    let mut last = (progress.snapshot(), Instant::now());
    loop {
        match receiver.recv_timeout(WATCH_INTERVAL) {
            Ok(searched) => return searched.map_err(Lost::Panicked),
            Err(RecvTimeoutError::Disconnected) => {
                unreachable!("the search thread sends a result or what it panicked with");
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = progress.snapshot();
        watch(&now);
        if now != last.0 {
            last = (now, Instant::now());
        } else if last.1.elapsed() >= options.step_time_max {
            return Err(Lost::NeverReturned(now, plan.get()));
        }
    }
}

/// What `work` returns, on a thread of its own, if it does so in `time`. A panic is passed on.
pub(super) fn within<R: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> R + Send + 'static,
) -> Option<R> {
    let (sender, receiver) = mpsc::channel();
    let run = move || {
        // Nobody listens any more if it took too long.
        let _ = sender.send(work());
    };
    let spawned = thread::Builder::new().stack_size(STACK_BYTES).spawn(run);
    let thread = spawned.expect("a process that runs tests can start a thread");
    match receiver.recv_timeout(time) {
        Ok(result) => Some(result),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(payload) => resume_unwind(payload),
            Ok(()) => unreachable!("work that does not panic has sent its result"),
        },
    }
}

/// The plan of the running executions, for whoever watches them.
#[derive(Default)]
struct SharedPlan(Mutex<Plan>);

impl SharedPlan {
    fn set(&self, plan: &Plan) {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = plan.clone();
    }

    fn get(&self) -> Plan {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

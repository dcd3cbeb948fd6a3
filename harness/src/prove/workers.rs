//! A search under one plan in parts, several at a time.
//!
//! ```text
//!   split ---> part 1  part 2  part 3  part 4 ...      each depends on the program alone
//!                |       |       |
//!             worker 1   |    worker 2                 whoever is free takes the next
//!                \       |      /
//!                 joined in the order of parts         so that time shows in nothing
//! ```
//!
//! A worker is a thread of its own with a world of its own for each part: nothing of the code under
//! test is shared, but for what it keeps outside its world.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};

use super::judge::{Judge, Subject};
use super::options::{Options, Search};
use super::search_thread::spawn;
use super::shard::PlanShare;
use super::stations::{Station, Stations};
use super::step_text::step_texts;
use crate::auth::World;
use crate::explore::{
    Divergence, Ended, Footprints, Limits, Part, Snapshot, Tree, depth_first_part, optimal_part,
    split,
};
use crate::world::{Outsiders, Panic, Plan, Shown, Stage, attempt};

/// Into how many parts the search under a plan is split at least, if it has as many schedules. A
/// number of its own, which no machine changes: the parts decide what is counted.
const PARTS_MIN: usize = 64;

/// What all parts are run with.
pub(super) struct Workers {
    pub(super) stage: Stage<World>,
    pub(super) limits: Limits,
    pub(super) options: Options,
    pub(super) stations: Arc<Stations>,
    /// What came of the parts so far.
    pub(super) joined: Joined,
}

/// What came of parts, besides what the judge knows.
#[derive(Default)]
pub(super) struct Joined {
    pub(super) executions: u64,
    pub(super) redundant: u64,
    pub(super) impossible: u64,
    pub(super) steps: u64,
    /// Of every part, for what it still notices.
    pub(super) outsiders: Vec<Arc<Outsiders>>,
    pub(super) divergence_texts: Option<(Vec<String>, Vec<String>)>,
    /// The implementation panicked outside a step.
    pub(super) panic: Option<Panic>,
    pub(super) plans: Vec<PlanShare>,
}

impl Joined {
    fn add(&mut self, counts: Counts) {
        self.executions += counts.executions;
        self.redundant += counts.redundant;
        self.impossible += counts.impossible;
        self.steps += counts.steps;
    }

    /// Adds those of a batch.
    fn take(&mut self, batch: Joined) {
        let Joined { executions, redundant, impossible, steps, .. } = batch;
        self.add(Counts { executions, redundant, impossible, steps });
        self.outsiders.extend(batch.outsiders);
        self.divergence_texts = batch.divergence_texts;
        self.panic = batch.panic;
    }

    /// These counts and those of the parts.
    pub(super) fn added_to(&self, counts: Snapshot) -> Snapshot {
        Snapshot {
            executions: counts.executions + self.executions,
            redundant: counts.redundant + self.redundant,
            impossible: counts.impossible + self.impossible,
            steps: counts.steps + self.steps,
            ..counts
        }
    }
}

/// What a worker sends back of a part.
struct Outcome {
    ended: Result<Result<Ended, Footprints>, Panic>,
    judge: Judge,
    shown: Shown,
    counts: Counts,
    outsiders: Option<Arc<Outsiders>>,
    divergence_texts: Option<(Vec<String>, Vec<String>)>,
}

struct Counts {
    executions: u64,
    redundant: u64,
    impossible: u64,
    steps: u64,
}

/// The parts that are to be run under a plan.
struct Batch {
    stage: Stage<World>,
    plan: Plan,
    limits: Limits,
    search: Search,
    parts: Vec<Part>,
    next: AtomicUsize,
}

impl Workers {
    /// Runs the parts, or this machine's share of them, under a plan that `subject` is under.
    pub(super) fn search(
        &mut self,
        subject: &mut Subject,
        plan: &Plan,
        judge: &mut Judge,
    ) -> Ended {
        let tree = match self.options.search {
            Search::Plain => Tree::Schedules,
            _ => Tree::Classes,
        };
        let stations = Arc::clone(&self.stations);
        let home = stations.home();
        let mut known = Footprints::default();
        loop {
            let how = (tree, PARTS_MIN);
            let parts = match split(subject, self.limits, home.progress(), how, known) {
                Ok(parts) => parts,
                Err(ended) => {
                    self.joined.divergence_texts = divergence_texts(subject, &ended);
                    return ended;
                }
            };
            let share = PlanShare::of(plan, &parts);
            let is_mine = |(index, part): (usize, Part)| {
                self.options.shard.is_none_or(|shard| shard.has(index)).then_some(part)
            };
            let batch = Arc::new(Batch {
                stage: Stage::clone(&self.stage),
                plan: plan.clone(),
                limits: self.limits,
                search: self.options.search,
                parts: parts.into_iter().enumerate().filter_map(is_mine).collect(),
                next: AtomicUsize::new(0),
            });
            home.rest();
            let joined = self.join(&batch, subject, judge);
            home.work();
            match joined {
                Ok(ended) => {
                    self.joined.plans.push(share);
                    return ended;
                }
                // What was split was split from too little.
                Err(more) => known = more,
            }
        }
    }

    /// Runs a batch on all workers.
    ///
    /// # Errors
    /// What the first part that has learned more has learned. Then nothing of the batch counts.
    fn join(
        &mut self,
        batch: &Arc<Batch>,
        subject: &mut Subject,
        judge: &mut Judge,
    ) -> Result<Ended, Footprints> {
        let mut of_batch = judge.of_batch();
        let (sender, receiver) = mpsc::channel();
        for station in self.stations.of_workers() {
            let (batch, sender) = (Arc::clone(batch), sender.clone());
            let (station, judge) = (Arc::clone(station), of_batch.of_part());
            station.work();
            spawn(move || {
                batch.work(&station, &judge, &sender);
                station.rest();
            });
        }
        drop(sender);
        let (mut joined, mut shown, mut early) = (Joined::default(), Vec::new(), BTreeMap::new());
        let mut ended = Ok(Ended::Exhausted);
        for index in 0..batch.parts.len() {
            let outcome: Outcome = loop {
                if let Some(outcome) = early.remove(&index) {
                    break outcome;
                }
                let (index, outcome) = receiver.recv().expect("a worker sends what it has");
                early.insert(index, outcome);
            };
            let executions = outcome.counts.executions;
            joined.add(outcome.counts);
            joined.outsiders.extend(outcome.outsiders);
            joined.divergence_texts = outcome.divergence_texts;
            shown.push(outcome.shown);
            of_batch.absorb(outcome.judge, executions);
            let is_last = index + 1 == batch.parts.len();
            ended = match outcome.ended {
                Ok(Ok(Ended::Exhausted)) if is_last || judge.wants_more_after(&of_batch) => {
                    Ok(Ended::Exhausted)
                }
                Ok(Ok(Ended::Exhausted)) => Ok(Ended::Stopped),
                Ok(ended) => ended,
                Err(panic) => {
                    joined.panic = Some(panic);
                    Ok(Ended::Stopped)
                }
            };
            if ended != Ok(Ended::Exhausted) {
                break;
            }
        }
        // What the workers still do is for nobody.
        of_batch.is_over().say();
        if matches!(ended, Ok(Ended::Exhausted) | Err(_)) {
            // Their stations are needed again.
            receiver.iter().for_each(drop);
        }
        let ended = ended?;
        let executions = joined.executions;
        self.joined.take(joined);
        shown.iter().for_each(|shown| subject.was_also_shown(shown));
        judge.absorb(of_batch, executions);
        Ok(ended)
    }
}

impl Batch {
    /// Runs parts as long as there are some that nobody has taken.
    fn work(&self, station: &Station, judge: &Judge, sender: &Sender<(usize, Outcome)>) {
        loop {
            if judge.is_over().is_said() {
                return;
            }
            let index = self.next.fetch_add(1, Relaxed);
            let Some(part) = self.parts.get(index) else { return };
            if sender.send((index, self.run(part, station, judge.of_part()))).is_err() {
                return;
            }
        }
    }

    fn run(&self, part: &Part, station: &Station, mut judge: Judge) -> Outcome {
        let progress = station.progress();
        let before = progress.snapshot();
        let mut shown = Shown::default();
        let mut outsiders = None;
        let mut texts = None;
        let ended = attempt(|| {
            let mut subject = Subject::new(Stage::clone(&self.stage)).under(self.plan.clone());
            outsiders = Some(subject.outsiders());
            let ended = match self.search {
                Search::Plain => {
                    Ok(depth_first_part(&mut subject, self.limits, progress, part, &mut judge))
                }
                _ => {
                    subject.explore_up_to_renaming();
                    subject.join(judge.joined());
                    optimal_part(&mut subject, self.limits, progress, part, &mut judge)
                }
            };
            shown = subject.shown();
            texts = ended.as_ref().ok().and_then(|ended| divergence_texts(&subject, ended));
            ended
        });
        let after = progress.snapshot();
        Outcome {
            ended,
            judge,
            shown,
            counts: Counts {
                executions: after.executions - before.executions,
                redundant: after.redundant - before.redundant,
                impossible: after.impossible - before.impossible,
                steps: after.steps - before.steps,
            },
            outsiders,
            divergence_texts: texts,
        }
    }
}

/// The texts of a divergence's choices, which only the world knows that it came from.
pub(super) fn divergence_texts(
    subject: &Subject,
    ended: &Ended,
) -> Option<(Vec<String>, Vec<String>)> {
    let Ended::Diverged(Divergence { expected, found, .. }) = ended else { return None };
    let kernel = subject.kernel();
    Some((step_texts(kernel, expected), step_texts(kernel, found)))
}

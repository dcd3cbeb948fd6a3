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

use super::found::Abandoned;
use super::judge::{Judge, Subject};
use super::options::{Options, Search};
use super::search_thread::spawn;
use super::shard::PlanShare;
use super::stations::{Station, Stations};
use super::step_text::step_texts;
use crate::auth::World;
use crate::explore::{
    Choice, Divergence, Ended, Footprints, Limits, OrderMatters, Part, Program as _, Snapshot,
    Tree, depth_first_part, optimal_part, split,
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
    ended: Result<Ended, Panic>,
    judge: Judge,
    shown: Shown,
    footprints: Footprints,
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
    /// What steps are known to touch. Of a share, nothing: it must not depend on what other shares
    /// have run.
    footprints: Footprints,
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
        let parts = match split(subject, self.limits, home.progress(), (tree, PARTS_MIN)) {
            Ok(parts) => parts,
            Err(ended) => {
                self.joined.divergence_texts = divergence_texts(subject, &ended);
                return ended;
            }
        };
        self.joined.plans.push(PlanShare::of(plan, &parts));
        let mine = |(index, part): (usize, Part)| {
            self.options.shard.is_none_or(|shard| shard.has(index)).then_some(part)
        };
        let known = subject.take_footprints().unwrap_or_default();
        let footprints = if self.options.shard.is_some() { Footprints::default() } else { known };
        let batch = Arc::new(Batch {
            stage: Stage::clone(&self.stage),
            plan: plan.clone(),
            limits: self.limits,
            search: self.options.search,
            footprints,
            parts: parts.into_iter().enumerate().filter_map(mine).collect(),
            next: AtomicUsize::new(0),
        });
        home.rest();
        let ended = self.join(&batch, subject, judge);
        home.work();
        ended
    }

    /// Runs a batch on all workers. What steps touch is known better then.
    fn join(&mut self, batch: &Arc<Batch>, subject: &mut Subject, judge: &mut Judge) -> Ended {
        let mut footprints = batch.footprints.clone();
        let is_over = Abandoned::default();
        let (sender, receiver) = mpsc::channel();
        for station in self.stations.of_workers() {
            let (batch, sender) = (Arc::clone(batch), sender.clone());
            let (station, judge) = (Arc::clone(station), judge.of_part(&is_over));
            station.work();
            spawn(move || {
                batch.work(&station, &judge, &sender);
                station.rest();
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut ended = Ended::Exhausted;
        for index in 0..batch.parts.len() {
            let outcome: Outcome = loop {
                if let Some(outcome) = early.remove(&index) {
                    break outcome;
                }
                let (index, outcome) = receiver.recv().expect("a worker sends what it has");
                early.insert(index, outcome);
            };
            let executions = outcome.counts.executions;
            self.joined.add(outcome.counts);
            self.joined.outsiders.extend(outcome.outsiders);
            self.joined.divergence_texts = outcome.divergence_texts;
            subject.was_also_shown(&outcome.shown);
            footprints.add(&outcome.footprints);
            judge.absorb(outcome.judge, executions);
            let is_last = index + 1 == batch.parts.len();
            ended = match outcome.ended {
                Ok(Ended::Exhausted) if !is_last && judge.has_enough() => Ended::Stopped,
                Ok(ended) => ended,
                Err(panic) => {
                    self.joined.panic = Some(panic);
                    Ended::Stopped
                }
            };
            if ended != Ended::Exhausted {
                break;
            }
        }
        // What the workers still do is for nobody.
        is_over.say();
        if ended == Ended::Exhausted {
            // Their stations are needed again.
            receiver.iter().for_each(drop);
        }
        subject.keep_footprints(footprints);
        ended
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
            if sender
                .send((index, self.run(part, station, judge.of_part(judge.is_over()))))
                .is_err()
            {
                return;
            }
        }
    }

    fn run(&self, part: &Part, station: &Station, mut judge: Judge) -> Outcome {
        let progress = station.progress();
        let before = progress.snapshot();
        let mut shown = Shown::default();
        let mut footprints = Footprints::default();
        let mut outsiders = None;
        let mut texts = None;
        let ended = attempt(|| {
            let mut subject = Subject::new(Stage::clone(&self.stage)).under(self.plan.clone());
            outsiders = Some(subject.outsiders());
            let ended = match self.search {
                Search::Plain => {
                    depth_first_part(&mut subject, self.limits, progress, part, &mut judge)
                }
                _ => {
                    subject.explore_up_to_renaming();
                    subject.join(judge.joined());
                    subject.keep_footprints(self.footprints.clone());
                    optimal_part(&mut subject, self.limits, progress, part, &mut judge)
                }
            };
            shown = subject.shown();
            footprints = subject.take_footprints().unwrap_or_default();
            texts = divergence_texts(&subject, &ended);
            ended
        });
        let after = progress.snapshot();
        Outcome {
            ended,
            judge,
            shown,
            footprints,
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

/// The texts of the choices that an end of a search is about, which only the world knows that it
/// came from.
pub(super) fn divergence_texts(
    subject: &Subject,
    ended: &Ended,
) -> Option<(Vec<String>, Vec<String>)> {
    let texts = |choices: &[Choice]| step_texts(subject.kernel(), choices);
    match ended {
        Ended::Diverged(Divergence { expected, found, .. }) => {
            Some((texts(expected), texts(found)))
        }
        Ended::OrderMatters(OrderMatters { steps }) => Some((texts(steps), Vec::new())),
        _ => None,
    }
}

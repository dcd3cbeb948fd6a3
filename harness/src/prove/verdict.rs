//! What an exploration concluded, within which bounds.

use std::time::Duration;

use super::coverage::Coverage;
use super::options::Sharing;
use super::prevention::Prevention;
use super::recording::Recording;
use super::schedule::Schedule;
use super::shard::{Shard, Share};
use crate::explore::PctBound;
use crate::property::{Breach, Property};
use crate::world::{Panic, Place};

/// What may happen in a scenario, and how often: part of every verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Callers that run at the same time.
    pub callers: usize,
    /// Callers that are cancelled.
    pub cancellations: usize,
    /// Faults that befall calls, those included that the scenario itself asks for.
    pub faults: usize,
    /// Times that the clock moves.
    pub clock_advances: usize,
    /// Crashes of processes.
    pub crashes: usize,
}

impl Bounds {
    /// What differs from the most faults and crashes that an execution came to: what it is, how
    /// many the bounds name, how many it came to.
    pub(super) fn other_than(
        self,
        [faults, crashes]: [usize; 2],
    ) -> Option<(&'static str, usize, usize)> {
        let all = [("faults", self.faults, faults), ("crashes", self.crashes, crashes)];
        all.into_iter().find(|(_, named, met)| named != met)
    }

    /// So many callers, and nothing goes wrong.
    pub fn callers(callers: usize) -> Self {
        Bounds { callers, cancellations: 0, faults: 0, clock_advances: 0, crashes: 0 }
    }
}

/// How finely an execution is cut into steps. The coarser level is the lesser one. What is shared
/// and is neither a double nor of `authloom::sync`, a level may see that a finer one does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// At await points that suspend. Code between them is one step: an uncontended
    /// `lock().await` never suspends, and threads do not interleave.
    Await,
    /// At those, and before each async operation of `authloom::sync`. Because none of these is
    /// ready when it is first polled then, the search goes on at level `await`, as a part of this
    /// one.
    Lock,
    /// Each caller is a thread: at every operation of a double or of `authloom::sync`, with what
    /// weak memory orderings allow, within a number of preemptions.
    Thread,
}

impl Level {
    /// All, the coarsest first.
    pub const ALL: &[Level] = &[Level::Await, Level::Lock, Level::Thread];

    /// The level of this name.
    pub fn named(name: &str) -> Option<Level> {
        Level::ALL.iter().copied().find(|level| level.as_str() == name)
    }

    /// The most callers that it can have, if there is a limit: loom's threads are counted.
    pub fn callers_max(self) -> Option<usize> {
        match self {
            Level::Await | Level::Lock => None,
            Level::Thread => Some(4),
        }
    }

    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Await => "await",
            Level::Lock => "lock",
            Level::Thread => "thread",
        }
    }
}

/// The result of exploring one scenario with one implementation.
#[derive(Debug, Clone)]
#[must_use = "what was found is in it: look at its conclusion"]
pub struct Verdict {
    /// The scenario's name.
    pub scenario: &'static str,
    /// What the scenario is, in a sentence.
    pub summary: &'static str,
    /// The model's name, if it is one of the catalogue.
    pub model: Option<&'static str>,
    /// How finely it was cut into steps.
    pub level: Level,
    /// What the tasks of one instance were taken to share.
    pub sharing: Sharing,
    /// What was allowed to happen.
    pub bounds: Bounds,
    /// How often a thread was interrupted at most, at level `thread`; `None` is no bound.
    pub preemptions: Option<usize>,
    /// What was looked at.
    pub properties: Vec<Property>,
    /// What came out.
    pub conclusion: Conclusion,
    /// Executions that were run.
    pub executions: u64,
    /// Whether those were all: after a violation, the search goes on only for a while, and at level
    /// `lock` not at level `await`.
    pub is_exhausted: bool,
    /// Executions that were cut short because they repeated others.
    pub redundant: u64,
    /// Steps that were taken, over all executions.
    pub steps: u64,
    /// If only a share was run, what is needed to merge it with others.
    pub share: Option<Share>,
    /// What was exercised, if it was asked for.
    pub coverage: Option<Coverage>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came out of an exploration.
#[derive(Debug, Clone)]
pub enum Conclusion {
    /// A schedule of every interleaving class within the bounds was run, and every property held in
    /// all of them.
    Proved,
    /// A schedule breaks a property.
    Violated(Box<Violation>),
    /// Neither: something was not looked at.
    Incomplete(Incomplete),
}

impl Conclusion {
    /// Its name in every output.
    pub fn as_str(&self) -> &'static str {
        match self {
            Conclusion::Proved => "proved",
            Conclusion::Violated(_) => "violated",
            Conclusion::Incomplete(_) => "incomplete",
        }
    }

    /// The violation, if it is one.
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            Conclusion::Violated(violation) => Some(violation),
            _ => None,
        }
    }
}

/// A broken property and the simplest schedule found that breaks it.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The property.
    pub property: Property,
    /// How finely the schedule is cut into steps: level `lock` includes level `await`.
    pub level: Level,
    /// Other properties that some schedule breaks.
    pub others: Vec<&'static str>,
    /// The facts.
    pub breach: Breach,
    /// The schedule, run again and recorded.
    pub recording: Recording,
    /// Which step would have had to come later, if moving one step helps.
    pub prevention: Option<Prevention>,
    /// The schedule as plain data. `None` when it cannot be replayed, because its last step never
    /// returns.
    pub schedule: Option<Schedule>,
}

/// Why an exploration is not a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incomplete {
    /// No execution showed these: the scenario is not about anything.
    NeverShown {
        /// The names of the `sometimes` conditions.
        names: Vec<&'static str>,
    },
    /// An execution went on past the limit, though not when everybody gets their turn.
    StepLimit {
        /// The limit.
        steps: usize,
    },
    /// The same prefix of a schedule offered other steps the second time.
    Nondeterministic {
        /// Where, counted from 1.
        step: usize,
        /// The steps possible the first time.
        expected: Vec<String>,
        /// The steps possible the second time.
        found: Vec<String>,
    },
    /// Two steps that were taken to have nothing to do with each other came to something else the
    /// other way round.
    OrderMatters {
        /// The steps of an execution up to these two, which are the last.
        steps: Vec<String>,
    },
    /// An execution came to something else when it was run again, in the same order.
    OutcomeChanged,
    /// A schedule broke a property once, and did not when it was run again.
    NotReproduced {
        /// The property.
        property: &'static str,
    },
    /// Every caller has ended, but a background task goes on moving, so that nothing ever comes to
    /// rest.
    BackgroundNeverRests {
        /// The steps after which it was cut off.
        steps: usize,
    },
    /// The search planned steps that then were not possible: what programs declare that they touch
    /// is not all, or the search is wrong. It may have missed something.
    PlannedImpossible {
        /// How many.
        steps: u64,
    },
    /// Nothing is broken in this share of the search, and all of it was run. The others are not
    /// known here.
    OneShard {
        /// Which share.
        shard: Shard,
    },
    /// As many executions were run as were allowed.
    ExecutionLimit {
        /// The limit.
        executions: u64,
    },
    /// Some schedules were run, chosen at random, and none broke anything.
    Sampled {
        /// How many.
        executions: u64,
        /// What the choices were drawn from.
        seed: u64,
        /// The chance that each execution had at the least to show a bug, if the way of sampling
        /// promises one.
        bound: Option<PctBound>,
    },
    /// The bounds name another number of callers than the scenario has, or it has none.
    OtherCallers {
        /// The callers of the bounds.
        named: usize,
        /// The callers that there were.
        staged: usize,
    },
    /// The bounds name more than ever befell an execution, or less than the scenario stages.
    OtherBound {
        /// Of what.
        what: &'static str,
        /// As many as the bounds name.
        named: usize,
        /// The most that befell an execution, or that the scenario stages.
        met: usize,
    },
    /// The same schedule, run again at the end, gave another history.
    HistoryChanged {
        /// The execution, counted from 1, with those that were looked at first.
        execution: usize,
        /// The first event that was another one, counted from 1.
        again: usize,
    },
    /// A thread that the explorer does not own has woken a task or used a double.
    UsedFromElsewhere {
        /// Its name, if it has one.
        thread: Option<String>,
    },
    /// At a level at which locks are steps, a task waited for something that is neither a double
    /// nor of `authloom::sync`: its operations were no steps.
    WaitedUnseen {
        /// The task.
        task: String,
    },
    /// At a level at which locks are steps, a task used a lock or channel of tokio's that is not of
    /// `authloom::sync`: its operations were no steps.
    UsedUnseen {
        /// The task.
        task: String,
    },
    /// At level `lock`, a task gave up an operation in the poll that suspended before it. What
    /// comes of it if it is ready then was explored at level `await` at most.
    GivenUpAtOnce {
        /// The operation.
        place: Place,
    },
    /// Level `thread` does not have what the scenario or the implementation asked for.
    NotAtThisLevel {
        /// What that is.
        what: &'static str,
    },
    /// These properties are about who waits for a held answer, and none was ever held: the
    /// scenario does not ask for it.
    NotLookedAt {
        /// The properties.
        names: Vec<&'static str>,
    },
    /// An execution had more tasks, and calls beside which these go on, than loom has threads.
    TooManyThreads {
        /// The most there can be.
        threads_max: usize,
        /// For what there was none left.
        one_more: String,
    },
    /// loom gave up: a limit of its own, or a fault.
    LoomGaveUp {
        /// What it said.
        panic: Panic,
    },
    /// At level `thread`, an execution did not return: it blocks loom's thread or computes for
    /// ever.
    ExecutionNeverReturned {
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// Level `thread` was left out of this build.
    BuiltWithoutLoom,
    /// A double outlived the execution that it was made for.
    WorldKept,
    /// Building the implementation, or taking it down, did not return.
    SetUpNeverReturned {
        /// How long it was waited for, in seconds.
        seconds: u64,
    },
    /// Running a schedule again did not return.
    RerunNeverReturned {
        /// How long it was waited for, in seconds.
        seconds: u64,
        /// The properties that had been seen broken.
        broken: Vec<&'static str>,
    },
    /// The implementation panicked outside a step: while being built or taken down.
    SetUpPanicked {
        /// What it said.
        panic: Panic,
        /// The properties that had been seen broken.
        broken: Vec<&'static str>,
    },
}

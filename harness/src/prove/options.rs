//! How to explore.

use std::time::Duration;

use super::shard::Shard;
use super::verdict::Level;

/// How to explore.
#[derive(Debug, Clone)]
pub struct Options {
    /// The model's name, for the verdict and the schedule.
    pub model: Option<&'static str>,
    /// The property to report if it is broken. Without one, or if it holds, the first broken
    /// property of the scenario's list is reported.
    pub focus: Option<&'static str>,
    /// How finely to cut executions into steps.
    pub level: Level,
    /// What the tasks of one instance are taken to share.
    pub sharing: Sharing,
    /// At level `thread`, how often a thread may be interrupted in an execution; `None` is no
    /// bound.
    pub preemptions: Option<usize>,
    /// Which schedules to run.
    pub search: Search,
    /// Whether the search begins with a look at the schedules that deviate least from what a fair
    /// scheduler does: most races show there. A reduced search does so.
    pub has_first_look: bool,
    /// How many threads search. With more than one, the search is split into parts
    /// ([`split`](crate::explore::split)), and what comes out is the same with any such number;
    /// `redundant` may then be more than 0. Sampled searches and level `thread`
    /// take one.
    pub jobs: usize,
    /// Run only a share of the parts, on this machine: what is not broken there is then
    /// `incomplete`, until [`merge`](crate::prove::merge) has seen all shares.
    pub shard: Option<Shard>,
    /// Steps after which an execution is taken to be endless.
    pub steps_max: usize,
    /// Executions after which to give up: then it is no proof. Some more are run all the same, to
    /// find the simplest counterexample.
    pub executions_max: u64,
    /// What a sampled search draws its random numbers from: the same seed, the same schedules.
    pub seed: u64,
    /// Executions of a sampled search under each plan of what befalls and which call is held.
    pub samples: u64,
    /// Random executions from which to estimate, before a search, how many it will take; 0 for no
    /// estimate. They are not part of what is proved, and not counted.
    pub probes: u64,
    /// Whether to tell what was exercised, in [`Verdict::coverage`](super::Verdict::coverage): that
    /// takes time. Not at level `thread`.
    pub coverage: bool,
    /// How long a single step may take before it is taken never to return.
    pub step_time_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            model: None,
            focus: None,
            level: Level::Await,
            sharing: Sharing::Anything,
            preemptions: Some(2),
            search: Search::Optimal,
            has_first_look: true,
            jobs: 1,
            shard: None,
            steps_max: 1_000,
            executions_max: u64::MAX,
            seed: 1,
            samples: 10_000,
            probes: 0,
            coverage: false,
            step_time_max: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// Whether the search goes on at level `await`. Where operations are steps, none is ready when
    /// it is first polled, so that it would miss what that level finds.
    pub(super) fn goes_on_coarser(&self) -> bool {
        self.level == Level::Lock && self.search.strategy().is_none()
    }

    /// Whether the search is split into parts.
    pub(super) fn is_in_parts(&self) -> bool {
        let is_whole = matches!(self.search, Search::Optimal | Search::Plain);
        is_whole && (self.jobs > 1 || self.shard.is_some())
    }
}

/// What the tasks of one instance are taken to share. Level `thread` does not ask: there, what is
/// neither a double nor of `authloom::sync` comes in no other order than that brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Sharing {
    /// Anything: of two steps, both orders are tried. So it must be where code is not known.
    #[default]
    Anything,
    /// Objects of `authloom::sync`, and what is the world's, and nothing else: of two steps,
    /// both orders are tried only if they touch the same of that, which is much faster.
    ///
    /// No lock, channel or atomic of another crate, no `static`, no `Weak` and no count of an
    /// `Arc`'s handles then decides anything that one task does and another sees; nor who is the
    /// last to drop an `Arc` with a guard or a permit in it, or an end of a channel that they have
    /// never used. That is for you to say: it is part of the verdict, and spot-checked only, by
    /// running some executions once more with their steps in another order, which must come to the
    /// same.
    SyncObjects,
}

impl Sharing {
    /// Its name in machine-readable output and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Sharing::Anything => "anything",
            Sharing::SyncObjects => "sync-objects",
        }
    }
}

/// Which schedules are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// One of each interleaving class, up to the names of identical callers.
    Optimal,
    /// All. Much slower; what the other is measured against.
    Plain,
    /// Some, at random, which is never a proof: by priorities that change at `depth - 1` steps
    /// ([`Pct`](crate::explore::Pct)).
    Pct {
        /// The steps whose order makes the bugs to find.
        depth: usize,
    },
    /// Some, at random, which is never a proof: by priorities of steps
    /// ([`Pos`](crate::explore::Pos)).
    Pos,
    /// Some, at random, which is never a proof: by a uniform random walk
    /// ([`Urw`](crate::explore::Urw)).
    Walk,
}

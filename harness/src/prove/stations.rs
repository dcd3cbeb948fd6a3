//! Where each thread of a search stands, for whoever watches them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::explore::{Limits, Progress, Snapshot};

/// The threads of a search: the one that it begins on, and those of workers.
pub(super) struct Stations {
    home: Station,
    workers: Vec<Arc<Station>>,
}

/// One thread's.
pub(super) struct Station {
    progress: Progress,
    is_busy: AtomicBool,
}

/// What a station looked like.
#[derive(PartialEq, Eq)]
pub(super) struct Sight {
    /// Whether a step that does not return would be one of the thread's own.
    pub(super) is_busy: bool,
    pub(super) counts: Snapshot,
}

impl Stations {
    /// The home is busy, all workers rest.
    pub(super) fn new(limits: Limits, workers: usize) -> Self {
        let station = |is_busy| Station {
            progress: Progress::new(limits),
            is_busy: AtomicBool::new(is_busy),
        };
        let workers = (0..workers).map(|_| Arc::new(station(false))).collect();
        Stations { home: station(true), workers }
    }

    pub(super) fn home(&self) -> &Station {
        &self.home
    }

    pub(super) fn of_workers(&self) -> &[Arc<Station>] {
        &self.workers
    }

    /// All of them, the home first.
    pub(super) fn sights(&self) -> Vec<Sight> {
        let all = std::iter::once(&self.home).chain(self.workers.iter().map(Arc::as_ref));
        let sight = |one: &Station| Sight {
            is_busy: one.is_busy.load(Relaxed),
            counts: one.progress.snapshot(),
        };
        all.map(sight).collect()
    }

    /// Executions that workers have begun.
    pub(super) fn executions_of_workers(&self) -> u64 {
        self.workers.iter().map(|one| one.progress.snapshot().executions).sum()
    }
}

impl Station {
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn work(&self) {
        self.is_busy.store(true, Relaxed);
    }

    pub(super) fn rest(&self) {
        self.is_busy.store(false, Relaxed);
    }
}

/// The counts of all together, and the running execution of the first.
pub(super) fn total(sights: &[Sight]) -> Snapshot {
    let mut counts = sights.iter().map(|sight| &sight.counts);
    let mut total = counts.next().cloned().expect("a search has a thread");
    for more in counts {
        total.executions += more.executions;
        total.redundant += more.redundant;
        total.impossible += more.impossible;
        total.steps += more.steps;
        total.probes += more.probes;
    }
    total
}

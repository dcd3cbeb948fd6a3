//! A property that is watched on threads, and the simplest execution that breaks it.

use crate::property::{Breach, Property};
use crate::prove::recording::Recording;

/// A property, and what is known to break it.
pub(super) struct Watched {
    pub(super) property: Property,
    /// Found in the execution that runs. What has not ended is not to be believed yet.
    candidate: Option<Candidate>,
    counterexample: Option<Counterexample>,
}

/// That an execution breaks a property.
#[derive(Clone)]
pub(super) struct Candidate {
    /// The switches in its history up to there, then its length.
    pub(super) simplicity: (usize, usize),
    pub(super) breach: Breach,
    /// How much was seen of the execution when it broke.
    pub(super) breached_at: usize,
    /// Which execution it is, counted from 1.
    pub(super) execution: u64,
    /// Whether anything was done in it by then to which it matters how much atomics may do.
    pub(super) memory_matters: bool,
}

/// The simplest execution that breaks a property: the fewest switches, then the shortest.
pub(super) struct Counterexample {
    pub(super) breach: Breach,
    pub(super) execution: u64,
    pub(super) memory_matters: bool,
    pub(super) recording: Recording,
    simplicity: (usize, usize),
}

impl Watched {
    pub(super) fn new(property: Property) -> Self {
        Watched { property, candidate: None, counterexample: None }
    }

    /// Whether what is that simple would be the simplest.
    pub(super) fn would_take(&self, simplicity: (usize, usize)) -> bool {
        let candidate = self.candidate.as_ref().map(|candidate| candidate.simplicity);
        let known = candidate.or(self.counterexample.as_ref().map(|found| found.simplicity));
        known.is_none_or(|known| simplicity < known)
    }

    /// The execution that runs breaks it.
    pub(super) fn breaks(&mut self, candidate: Candidate) {
        self.candidate = Some(candidate);
    }

    /// The execution has ended, or is not to be believed: then there is no recording.
    pub(super) fn end(&mut self, record: Option<impl FnOnce(usize) -> Recording>) {
        if let (Some(candidate), Some(record)) = (self.candidate.take(), record) {
            let Candidate { simplicity, breach, breached_at, execution, memory_matters } =
                candidate;
            let recording = record(breached_at);
            self.counterexample =
                Some(Counterexample { breach, execution, memory_matters, recording, simplicity });
        }
    }

    /// The simplest execution that has ended and breaks it.
    pub(super) fn counterexample(&self) -> Option<&Counterexample> {
        self.counterexample.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Ledger;
    use crate::property::EVERYONE_FINISHES;

    fn candidate(execution: u64, switches: usize) -> Candidate {
        let breach = Breach::Unfinished { lanes: Vec::new() };
        let simplicity = (switches, 5);
        Candidate { simplicity, breach, breached_at: 1, execution, memory_matters: false }
    }

    fn record(scheduled: usize) -> Recording {
        let (ledger, rows, lanes) = (Ledger::default(), Vec::new(), Vec::new());
        let (waits, wait_unseen, reservation) = (Vec::new(), Vec::new(), None);
        Recording { lanes, rows, scheduled, ledger, waits, wait_unseen, reservation }
    }

    /// What was found first stays found, though what is simpler turns out not to be believed.
    #[test]
    fn what_does_not_end_takes_nothing_away() {
        let mut watched = Watched::new(EVERYONE_FINISHES);
        let known = |watched: &Watched| watched.counterexample().map(|found| found.execution);
        watched.breaks(candidate(1, 4));
        assert_eq!(known(&watched), None);
        watched.end(Some(record));
        assert_eq!(known(&watched), Some(1));
        assert!(watched.would_take((3, 9)) && !watched.would_take((4, 5)));
        watched.breaks(candidate(2, 3));
        assert_eq!(known(&watched), Some(1));
        watched.end(None::<fn(usize) -> Recording>);
        assert_eq!(known(&watched), Some(1));
        watched.breaks(candidate(3, 2));
        watched.end(Some(record));
        assert_eq!(known(&watched), Some(3));
    }
}

//! Which events of an execution come before which others in every execution of its class.

use std::rc::Rc;

use super::program::{Access, ProcessId};

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) process: ProcessId,
    pub(super) accesses: Rc<[Access]>,
}

impl Event {
    /// Whether the order of two events of different processes can matter.
    pub(super) fn conflicts_with(&self, other: &Event) -> bool {
        let conflicts = |a: &Access| other.accesses.iter().any(|b| a.conflicts_with(*b));
        self.accesses.iter().any(conflicts)
    }

    /// Whether this event freed something that `later` then took. Then `later` was not possible
    /// just before it, whatever else both touch: it could only come sooner still.
    fn lets_go_for(&self, later: &Event) -> bool {
        let frees = |a: &Access| later.accesses.iter().any(|b| a.lets_go_for(*b));
        self.accesses.iter().any(frees)
    }
}

/// A set of positions in an execution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Positions(Vec<u64>);

impl Positions {
    pub(super) fn contains(&self, position: usize) -> bool {
        self.0.get(position / 64).is_some_and(|word| word >> (position % 64) & 1 == 1)
    }

    fn insert(&mut self, position: usize) {
        let word = position / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (position % 64);
    }

    fn union(&mut self, other: &Positions) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

/// What comes before an event.
#[derive(Debug, Clone, Default)]
pub(super) struct Before {
    /// In every execution of the class.
    pub(super) all: Positions,
    /// The same without those that freed what the event took: what still comes before it if
    /// it takes it sooner.
    pub(super) unless_sooner: Positions,
    /// The events that it conflicts with and that nothing stands between: each could have come
    /// after it instead.
    pub(super) races: Vec<usize>,
}

/// What comes before `event`, which follows `events`. `enabler` is the event of another process
/// that made it possible, if it had to wait for one.
pub(super) fn before(
    event: &Event,
    events: &[Event],
    before: &[Before],
    enabler: Option<usize>,
) -> Before {
    let mut found = Before::default();
    let own = events.iter().rposition(|earlier| earlier.process == event.process);
    // A step that freed what the event takes is not in the way of taking it sooner.
    let enabler = enabler.filter(|&k| !events[k].lets_go_for(event));
    for k in own.into_iter().chain(enabler) {
        include(&mut found.unless_sooner, k, before);
    }
    let mut freeing = Vec::new();
    for (k, earlier) in events.iter().enumerate().rev() {
        if found.unless_sooner.contains(k) || !earlier.conflicts_with(event) {
            continue;
        }
        if earlier.lets_go_for(event) {
            freeing.push(k);
        } else {
            found.races.push(k);
            include(&mut found.unless_sooner, k, before);
        }
    }
    found.all = found.unless_sooner.clone();
    for k in freeing {
        include(&mut found.all, k, before);
    }
    found
}

/// Adds a position and all that comes before it.
pub(super) fn include(positions: &mut Positions, position: usize, before: &[Before]) {
    positions.insert(position);
    positions.union(&before[position].all);
}

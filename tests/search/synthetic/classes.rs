//! The interleaving classes of a program, by brute force: every execution is run and sorted into
//! its class.

use std::collections::BTreeMap;

use authloom::explore::{Path, Visitor};

use super::{Machine, State, Step};

/// The Foata normal form of an execution: its steps in layers, each step in the first layer after
/// all the steps before it that it depends on.
///
/// Two executions have the same one exactly if swapping neighbouring independent steps leads from
/// one to the other.
pub type Class = Vec<(usize, Step)>;

fn class(steps: &[Step]) -> Class {
    let mut class: Class = Vec::with_capacity(steps.len());
    for &step in steps {
        let after = class.iter().filter(|&&(_, earlier)| depends(earlier, step));
        let layer = after.map(|&(layer, _)| layer + 1).max().unwrap_or(0);
        class.push((layer, step));
    }
    class.sort_unstable();
    class
}

fn depends(earlier: Step, later: Step) -> bool {
    earlier.process == later.process || earlier.access.conflicts_with(later.access)
}

/// The classes of the executions visited, each with the state that all its executions end in.
#[derive(Debug, Default)]
pub struct Classes(pub BTreeMap<Class, State>);

impl Visitor<Machine> for Classes {
    fn stepped(&mut self, _: &Machine, _: &Path) {}

    fn quiescent(&mut self, machine: &Machine, _: &Path) {
        let end = self.0.entry(class(machine.steps())).or_insert_with(|| machine.state().clone());
        assert_eq!(end, machine.state(), "two executions of one class end in different states");
    }
}

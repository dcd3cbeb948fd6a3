//! What a step touches of the code under test, and of what its tasks share.

use super::State;
use crate::explore::{Access, Lane, ObjectId};
use crate::world::objects::{endings, implementation};
use crate::world::touched::{Ending, Touched};

impl State {
    /// Declares that the running step runs code under test, in the process of a task.
    pub(in crate::world) fn touch_implementation(&mut self, task: Lane) {
        self.touch(self.runs_implementation(task));
    }

    /// Declares that the running step comes before or after whatever the code under test does in
    /// the process of a task.
    pub(in crate::world) fn touch_all_of_implementation(&mut self, task: Lane) {
        self.touch(self.all_of_implementation(task));
    }

    /// What a step does that runs code under test, in the process of a task: two such steps
    /// conflict if it is not seen what they share. So they do if a process is to crash, which it
    /// can after any of them: no matter which, it would be that one that made it possible.
    pub(in crate::world) fn runs_implementation(&self, task: Lane) -> Access {
        match self.sees_sharing && !self.reach.has_crash {
            true => Access::read(self.implementation_of(task)),
            false => self.all_of_implementation(task),
        }
    }

    /// What a step does that comes before or after whatever the code under test does in the process
    /// of a task.
    pub(in crate::world) fn all_of_implementation(&self, task: Lane) -> Access {
        Access::write(self.implementation_of(task))
    }

    /// Declares that a task of the code under test ends in the running step, which lets go of all
    /// that it has.
    pub(in crate::world) fn touch_endings(&mut self, task: Lane) {
        if self.sees_sharing {
            self.touch(Access::write(endings(self.process_of(task))));
        }
    }

    /// Declares what the running step did to objects of `sync`.
    pub(in crate::world) fn touch_sync(&mut self, touched: Touched) {
        if !self.sees_sharing {
            return;
        }
        for access in touched.accesses {
            self.touch(access);
        }
        match touched.ending {
            Some(Ending::OfSeveral) => self.touch_all_of_implementation(self.current),
            Some(Ending::OfOne) => self.touch_endings(self.current),
            None => {}
        }
    }

    fn implementation_of(&self, task: Lane) -> ObjectId {
        implementation(self.process_of(task))
    }

    /// The process of a task, unless some code is of no process: then that may be shared by all.
    fn process_of(&self, task: Lane) -> Option<usize> {
        let process = self.lanes[usize::from(task.0)].process;
        process.filter(|_| !self.has_code_of_no_process)
    }
}

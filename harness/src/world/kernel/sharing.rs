//! How a kernel is told what tasks share, and what a step touches of it.

use super::Kernel;
use crate::explore::{Access, Lane};
use crate::world::driving::{Driving, drive};

impl Kernel {
    /// From now on, to the end of this execution, the operations of `sync` are steps, or at least
    /// seen.
    pub(crate) fn drive_sync(&self, driving: Driving) {
        self.lock().driving = driving;
        drive(driving);
    }

    /// In this execution, tasks share nothing that is not seen.
    pub(crate) fn see_sharing(&self) {
        self.lock().sees_sharing = true;
    }

    /// Declares that the running step runs code under test, in the process of a task.
    pub(in crate::world) fn touch_implementation(&self, task: Lane) {
        self.lock().touch_implementation(task);
    }

    /// Declares that a task of the code under test ends in the running step.
    pub(in crate::world) fn touch_endings(&self, task: Lane) {
        self.lock().touch_endings(task);
    }

    /// Declares that the running step comes before or after whatever the code under test does in
    /// the process of a task.
    pub(in crate::world) fn touch_all_of_implementation(&self, task: Lane) {
        self.lock().touch_all_of_implementation(task);
    }

    /// Declares an access of code under test, which conflicts anyway unless it is of several
    /// processes or what it shares is seen.
    pub(crate) fn touch_between_processes(&self, access: Access) {
        let mut state = self.lock();
        if state.sees_sharing || !state.has_code_of_no_process {
            state.touch(access);
        }
    }
}

//! How a kernel is told what tasks share.

use super::Kernel;
use crate::explore::Access;
use crate::world::driving::{Driving, drive};

impl Kernel {
    /// From now on, to the end of this execution, the operations of `sync` are steps, unless the
    /// plan is coarser, or at least seen.
    pub(crate) fn drive_sync(&self, driving: Driving) {
        let mut state = self.lock();
        state.driving = match driving {
            Driving::Steps if state.reach.is_coarser => Driving::Seen,
            driving => driving,
        };
        drive(state.driving);
    }

    /// In this execution, tasks share nothing that is not seen.
    pub(crate) fn see_sharing(&self) {
        self.lock().sees_sharing = true;
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

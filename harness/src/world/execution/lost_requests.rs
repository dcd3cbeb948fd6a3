//! When it matters that a process goes down with its requests.
//!
//! A request that never arrives is as good as not sent. So if its process has done nothing else by
//! then that others can see, a crash that takes it along comes to the same as an earlier crash,
//! just before it was sent. It makes a difference only if the process has done something else while
//! the request was on its way, or in the step that sent it: then that stays, and the request is
//! gone.

use super::{Execution, Setting};
use crate::explore::{Access, AccessKind, Lane, ProcessId};
use crate::world::objects::is_inside_process;

/// A request that may still be on its way, for all that its process knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct OnItsWay {
    process: usize,
    lane: Lane,
    call: usize,
}

impl<W: Setting> Execution<W> {
    /// A step ends: takes note of whether what it did matters beside a request that goes down.
    pub(super) fn note_requests(&mut self, taken: ProcessId) {
        let lane = taken.lane;
        let Some(process) = self.processes[usize::from(lane.0)].filter(|_| taken.index == 0) else {
            return;
        };
        let state = self.world.kernel().lock();
        // All that its process does from now on comes after the arrival.
        let is_back = |one: &OnItsWay| one.lane == lane && state.is_answered(one.call);
        self.on_their_way.retain(|one| !is_back(one));
        let sent = state.sent_before..state.calls.len();
        let others_see =
            |access: &Access| access.kind != AccessKind::Read && !is_inside_process(access.object);
        let is_seen = state.has_recorded || self.accesses.iter().any(others_see);
        let does = sent.len() + usize::from(is_seen);
        let is_beside = self.on_their_way.iter().any(|one| one.process == process);
        // Where not all steps of a process conflict, others may be beside it than are here.
        let may_be_beside = state.sees_sharing;
        drop(state);
        let matters = (does > 0 && (is_beside || may_be_beside)) || (!sent.is_empty() && does > 1);
        self.on_their_way.extend(sent.map(|call| OnItsWay { process, lane, call }));
        if let Some(first) = self.firsts[process].filter(|_| matters) {
            self.seen[usize::from(first.0)].requests_matter = true;
        }
    }
}

//! What befalls calls, and what becomes of those of a process that crashes.

use std::task::Waker;

use super::{CallRecord, State};
use crate::explore::{Access, Choice, Lane, ProcessId};
use crate::world::call::Phase;
use crate::world::fault::{Fault, Lasts};
use crate::world::objects::{OUTAGE, life, mailbox};
use crate::world::plan::PlannedFault;

impl State {
    /// What befalls a call when it arrives now, and whether that begins something that lasts.
    pub(in crate::world) fn fault_of(&self, call: &CallRecord) -> Option<(Fault, Lasts)> {
        let can_befall = |fault: Fault| call.operation.faults.contains(&fault);
        let planned = self.faults.iter().find(|one| one.call == call.process);
        let planned = planned.filter(|one| can_befall(one.fault));
        let lasting = || self.outages.iter().find(|(out, _)| std::ptr::eq(*out, call.operation));
        let planned = planned.map(|one| (one.fault, one.lasts));
        planned.or_else(|| lasting().map(|&(_, fault)| (fault, Lasts::Once)))
    }

    /// The call is about to arrive: settles what befalls it.
    pub(in crate::world) fn befall(&mut self, call: usize) {
        let record = &self.calls[call];
        let (process, operation) = (record.process, record.operation);
        let fault = self.fault_of(record);
        self.befalls = fault.map(|(fault, _)| fault);
        let is_planned = self.faults.iter().any(|one| one.call == process);
        self.faults_met += usize::from(is_planned && fault.is_some());
        // Who comes after the beginning of what lasts meets it too.
        if self.faults.iter().any(|one| one.lasts == Lasts::FromThenOn) {
            self.touch(match fault {
                Some((_, Lasts::FromThenOn)) => Access::write(OUTAGE),
                _ => Access::read(OUTAGE),
            });
        }
        if let Some((fault, Lasts::FromThenOn)) = fault {
            self.outages.push((operation, fault));
        }
    }

    /// These tasks' process has crashed: wakers that calls of theirs have, and that are foreign
    /// code, do not run any more. The answers to those calls come before this or after it.
    pub(in crate::world) fn bury_foreign_wakers(
        &mut self,
        lanes: &[Lane],
        is_of_task: impl Fn(&Waker) -> bool,
    ) {
        let mut tasks = Vec::new();
        for call in self.calls.iter_mut().filter(|call| lanes.contains(&call.process.lane)) {
            let foreign = call.waker.take_if(|waker| !is_of_task(waker));
            tasks.extend(foreign.is_some().then_some(call.process.lane));
            self.graves.extend(foreign);
        }
        for lane in tasks {
            self.touch(Access::write(mailbox(lane)));
        }
    }

    /// The requests of these tasks that have not arrived never will. Returns them. The step touches
    /// those too that have: had it come before that, they would not have.
    pub(in crate::world) fn requests_go_down(&mut self, lanes: &[Lane]) -> Vec<ProcessId> {
        let (mut all, mut lost) = (Vec::new(), Vec::new());
        for call in self.calls.iter_mut().filter(|call| lanes.contains(&call.process.lane)) {
            all.push(call.process);
            if call.phase == Phase::Sent {
                call.phase = Phase::Answered;
                call.is_lost = true;
                lost.push(call.process);
            }
        }
        for request in all {
            self.touch_life(request);
        }
        lost
    }

    /// The calls that a fault could befall when they arrive next, with the kinds that may.
    pub(in crate::world) fn faults_now(&self) -> impl Iterator<Item = (ProcessId, Fault)> {
        let is_sent = |process: ProcessId| {
            let on_its_way =
                |call: &CallRecord| call.process == process && call.phase == Phase::Sent;
            self.calls.iter().any(on_its_way)
        };
        self.calls_to_fault().filter(move |(process, _)| is_sent(*process))
    }

    /// What the arrival of a call would be if that befell it.
    pub(in crate::world) fn faulty_step(&self, one: PlannedFault) -> Option<Choice> {
        let call = self.calls.iter().find(|call| call.process == one.call)?;
        let label = call.operation.labels.of_fault(one.fault, one.lasts);
        Some(Choice { process: one.call, label })
    }

    pub(super) fn arrival_label(&self, call: &CallRecord) -> &'static str {
        let labels = &call.operation.labels;
        match self.fault_of(call) {
            Some((fault, lasts)) => labels.of_fault(fault, lasts),
            None => labels.arrives,
        }
    }

    /// The calls made so far that a fault can befall, with the kinds that may befall each.
    pub(in crate::world) fn calls_to_fault(&self) -> impl Iterator<Item = (ProcessId, Fault)> {
        let may = |fault: &Fault| self.fault_kinds.contains(fault);
        self.calls.iter().flat_map(move |call| {
            let kinds = call.operation.faults.iter().copied().filter(may);
            kinds.map(|fault| (call.process, fault))
        })
    }

    /// Declares that the request arrives, or never will.
    pub(in crate::world) fn touch_life(&mut self, request: ProcessId) {
        if self.reach.requests_may_go_down {
            self.touch(Access::write(life(request)));
        }
    }
}

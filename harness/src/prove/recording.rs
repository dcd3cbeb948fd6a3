//! A schedule run again, this time with everything that a timeline shows.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::judge::Subject;
use super::step_text::{lane_names, step_text};
use crate::auth::{Ledger, World};
use crate::explore::{Access, Choice, Divergence, Lane, Program as _, replay};
use crate::world::{
    Action, Awaited, Driving, Observed, Panic, Place, Plan, STAYS_AWAY, Setting as _, Stage,
    TaskState, TaskStatus, is_crash, observe,
};

/// What happened under one schedule.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The columns.
    pub lanes: Vec<String>,
    /// The rows, one a step.
    pub rows: Vec<Row>,
    /// How many of the rows are the schedule; the others show what comes of it.
    pub scheduled: usize,
    /// Everything that happened; the rows refer to it.
    pub ledger: Ledger,
    /// Who waits, once nothing can move any more, for which object of `authloom::sync`.
    pub waits: Vec<(Lane, Awaited)>,
    /// Who waits, in the end, for nothing that the engine knows of.
    pub wait_unseen: Vec<Lane>,
    /// Why what it shows may be no finding.
    pub reservation: Option<Reservation>,
}

/// Why what was found may be no finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// At level `lock`, an operation was given up here in the poll that suspended before it.
    GivenUpAtOnce(Place),
    /// At level `thread`, it was found where atomics are as loose as loom's, and not where they are
    /// strict.
    LooseAtomics,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its column.
    pub lane: Lane,
    /// The step as a schedule writes it.
    pub step: String,
    /// What was done in it, in order.
    pub deeds: Vec<Deed>,
    /// How it ended.
    pub end: RowEnd,
    /// What it touched.
    pub accesses: Vec<Access>,
}

/// Something that was done in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It was entered in the ledger at this index.
    Entered(usize),
    /// It was not entered there.
    Acted(Action),
}

impl Deed {
    /// Whether it is that another task is woken.
    pub(crate) fn is_wake(&self) -> bool {
        matches!(self, Deed::Acted(Action::Wakes(_)))
    }
}

impl Row {
    /// What was done last in it, besides waking others.
    pub(crate) fn last_deed(&self) -> Option<&Deed> {
        self.deeds.iter().rfind(|deed| !deed.is_wake())
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowEnd {
    /// A call moved on.
    CallMoved,
    /// A task awaits an answer.
    AwaitsAnswer,
    /// A task awaits something that is no call: a lock, a notification, another task.
    Waits,
    /// A task returned.
    Finished,
    /// A task panicked.
    Panicked(Panic),
    /// A task's future was dropped.
    Cancelled,
    /// A task's process crashed.
    Crashed,
    /// A caller never began, so that there is one fewer.
    StaysAway,
    /// It did not end.
    NeverReturned,
}

/// `schedule`, continued to quiescence by always taking the first step that is possible, or for as
/// long as `steps_max` steps.
///
/// # Errors
/// When a step of the schedule is not possible any more: the implementation is not deterministic.
pub(super) fn continued(
    stage: &Stage<World>,
    schedule: &[Choice],
    steps_max: usize,
) -> Result<Vec<Choice>, Divergence> {
    let mut subject = Subject::new(Stage::clone(stage)).under(Plan::of(schedule));
    let mut steps = schedule.to_vec();
    let mut possible = Vec::new();
    replay(&mut subject, schedule, |_, _, _| {})?;
    subject.enabled(&mut possible);
    while let Some(&next) = possible.first().filter(|_| steps.len() < steps_max) {
        subject.step(next.process);
        steps.push(next);
        subject.enabled(&mut possible);
    }
    Ok(steps)
}

/// Runs `steps` again in a fresh world; the first `scheduled` of them are the schedule.
///
/// # Errors
/// When a step is not possible any more: the implementation is not deterministic.
pub(super) fn record(
    stage: &Stage<World>,
    steps: &[Choice],
    scheduled: usize,
) -> Result<Recording, Divergence> {
    let recording = record_as(Stage::clone(stage), steps, scheduled)?;
    let named = record_as(with_names(stage), steps, scheduled);
    // If that makes a difference, it has to do without names. Then it is not known either who waits
    // for none of these objects.
    let nameless = || Recording { wait_unseen: Vec::new(), ..recording.clone() };
    Ok(named.ok().filter(|named| named.is_alike(&recording)).unwrap_or_else(nameless))
}

/// The same, where the objects of `sync` that are waited for say so: at level `await` they do not.
fn with_names(stage: &Stage<World>) -> Stage<World> {
    let stage = Stage::clone(stage);
    Arc::new(move |world: &World| {
        world.kernel().drive_sync(Driving::Named);
        stage(world);
    })
}

fn record_as(
    stage: Stage<World>,
    steps: &[Choice],
    scheduled: usize,
) -> Result<Recording, Divergence> {
    let mut subject = Subject::new(stage).under(Plan::of(steps));
    let observed = Rc::new(RefCell::new(Vec::new()));
    let shared = Rc::clone(&observed);
    let _observing = observe(Box::new(move |one| shared.borrow_mut().push(one)));
    let mut rows: Vec<Row> = Vec::with_capacity(steps.len());
    let mut entries = 0;
    replay(&mut subject, steps, |subject, choice, accesses| {
        let made = entries..subject.world().with_ledger(|ledger| ledger.entries().len());
        entries = made.end;
        let deeds = deeds(made, observed.take());
        rows.push(Row {
            lane: choice.process.lane,
            step: step_text(subject.kernel(), choice),
            end: row_end(subject, choice, &deeds, &rows),
            deeds,
            accesses: accesses.to_vec(),
        });
    })?;
    let lanes = lane_names(subject.kernel(), subject.tasks().len());
    // What is waited for is known once nothing is possible any more.
    subject.enabled(&mut Vec::new());
    let (ledger, tasks) = (subject.world().ledger(), subject.tasks());
    let (waits, wait_unseen) = (who_waits(tasks), who_waits_unseen(tasks));
    let reservation = subject.outsiders().given_up().map(Reservation::GivenUpAtOnce);
    Ok(Recording { lanes, rows, scheduled, ledger, waits, wait_unseen, reservation })
}

impl Recording {
    /// Whether another shows the same steps with the same ends and entries.
    fn is_alike(&self, other: &Recording) -> bool {
        let shown = |row: &Row| (row.step.clone(), row.end.clone());
        self.rows.iter().map(shown).eq(other.rows.iter().map(shown))
            && self.ledger.entries() == other.ledger.entries()
    }
}

/// Who of these waits for which object of `sync`.
pub(super) fn who_waits(tasks: &[TaskStatus]) -> Vec<(Lane, Awaited)> {
    let waits = tasks.iter().zip(0..).flat_map(|(task, lane)| {
        task.waits_for.iter().map(move |awaited| (Lane(lane), awaited.clone()))
    });
    waits.collect()
}

/// Who of these waits for nothing that the engine knows of.
pub(super) fn who_waits_unseen(tasks: &[TaskStatus]) -> Vec<Lane> {
    let waits = |task: &TaskStatus| task.state == TaskState::Running && task.waits_unseen;
    let lanes = tasks.iter().zip(0..).filter(|(task, _)| waits(task));
    lanes.map(|(_, lane)| Lane(lane)).collect()
}

/// What was done in a step that made these entries. Others' may have been observed too.
fn deeds(mut entries: Range<usize>, observed: Vec<Observed>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    for one in observed {
        let deed = match one {
            Observed::Entry => entries.next().map(Deed::Entered),
            Observed::Action(_, action) => Some(Deed::Acted(action)),
        };
        deed.into_iter().for_each(|deed| push(&mut deeds, deed));
    }
    deeds.extend(entries.map(Deed::Entered));
    deeds
}

/// Adds a deed. Of several tasks that are woken one after the other, the order may be random: a
/// watch channel of tokio's wakes them like that. They come in the order of their lanes.
pub(super) fn push(deeds: &mut Vec<Deed>, deed: Deed) {
    let Deed::Acted(Action::Wakes(woken)) = deed else { return deeds.push(deed) };
    let goes_before =
        |one: &Deed| matches!(one, Deed::Acted(Action::Wakes(other)) if *other > woken);
    let at = deeds.iter().rposition(|one| !goes_before(one)).map_or(0, |last| last + 1);
    deeds.insert(at, deed);
}

fn row_end(subject: &Subject, choice: Choice, deeds: &[Deed], before: &[Row]) -> RowEnd {
    let lane = choice.process.lane;
    if is_crash(choice.process) {
        return match &subject.tasks()[usize::from(lane.0)].state {
            // Starting it again did.
            TaskState::Panicked(panic) => RowEnd::Panicked(panic.clone()),
            _ => RowEnd::Crashed,
        };
    }
    if choice.process.index > 0 {
        let has_panicked = |row: &Row| row.lane == lane && matches!(row.end, RowEnd::Panicked(_));
        return match &subject.tasks()[usize::from(lane.0)].state {
            // A waker of the caller's own did.
            TaskState::Panicked(panic) if !before.iter().any(has_panicked) => {
                RowEnd::Panicked(panic.clone())
            }
            _ => RowEnd::CallMoved,
        };
    }
    match &subject.tasks()[usize::from(lane.0)].state {
        TaskState::Finished => RowEnd::Finished,
        TaskState::Cancelled if choice.label == STAYS_AWAY => RowEnd::StaysAway,
        TaskState::Cancelled => RowEnd::Cancelled,
        TaskState::Crashed => RowEnd::Crashed,
        TaskState::Blocked => RowEnd::NeverReturned,
        TaskState::Panicked(panic) => RowEnd::Panicked(panic.clone()),
        TaskState::Running if deeds.iter().any(is_call) => RowEnd::AwaitsAnswer,
        TaskState::Running => RowEnd::Waits,
    }
}

fn is_call(deed: &Deed) -> bool {
    matches!(deed, Deed::Acted(Action::Calls { .. }))
}

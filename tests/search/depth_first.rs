//! Whether the search runs every schedule, each once: against counts that are known, and against
//! brute force on random programs.

use std::cell::Cell;

use authloom::explore::{
    Access, Choice, Divergence, Ended, Limits, Path, ProcessId, Program, Progress, Visitor,
    depth_first, round_robin,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::synthetic::brute_force::{self, Execution, Executions};
use crate::synthetic::classes::Classes;
use crate::synthetic::workloads::{last_zero, readers, w1, w2, w3};
use crate::synthetic::{Code, END, Machine, Object, Op, process_id};

/// More than any program here takes, those that never end excepted.
const LIMITS: Limits = Limits { steps_max: 100 };

/// Counts the complete executions.
#[derive(Debug, Default)]
struct Interleavings(u64);

impl<P> Visitor<P> for Interleavings {
    fn stepped(&mut self, _: &P, _: &Path) {}

    fn quiescent(&mut self, _: &P, _: &Path) {
        self.0 += 1;
    }
}

/// Searches all of `code` for `visitor`, which must see each execution that the search reports.
fn exhaust(code: Code, visitor: &mut impl Visitor<Machine>) -> u64 {
    let progress = Progress::new(LIMITS);
    let ended = depth_first(&mut Machine::new(code), LIMITS, &progress, visitor);
    assert_eq!(ended, Ended::Exhausted);
    progress.snapshot().executions
}

fn interleavings(code: Code) -> u64 {
    let mut interleavings = Interleavings::default();
    let executions = exhaust(code, &mut interleavings);
    assert_eq!(executions, interleavings.0, "executions begun, and executions completed");
    interleavings.0
}

fn classes(code: Code) -> usize {
    let mut classes = Classes::default();
    exhaust(code, &mut classes);
    classes.0.len()
}

/// Runs every interleaving. Expected: brute force.
#[test]
fn w1_refresh_without_a_lock_has_this_many_interleavings() {
    assert_eq!(interleavings(w1(2)), 162);
    assert_eq!(interleavings(w1(3)), 133_386);
}

/// Runs every interleaving. Expected: brute force.
#[test]
fn w2_refresh_under_a_lock_has_this_many_interleavings() {
    assert_eq!(interleavings(w2(2)), 18);
    assert_eq!(interleavings(w2(3)), 564);
    assert_eq!(interleavings(w2(4)), 25_464);
}

/// Runs every interleaving. Expected: brute force.
#[test]
fn w3_callback_without_a_lock_has_this_many_interleavings() {
    assert_eq!(interleavings(w3(2)), 244);
    assert_eq!(interleavings(w3(3)), 671_178);
}

/// Runs every interleaving and counts the normal forms. Expected: brute force.
#[test]
fn w1_refresh_without_a_lock_has_this_many_classes() {
    assert_eq!(classes(w1(2)), 10);
    assert_eq!(classes(w1(3)), 207);
}

/// Runs every interleaving and counts the normal forms. Expected: brute force.
#[test]
fn w2_refresh_under_a_lock_has_this_many_classes() {
    assert_eq!(classes(w2(2)), 4);
    assert_eq!(classes(w2(3)), 15);
}

/// Runs every interleaving and counts the normal forms. Expected: brute force.
#[test]
fn w3_callback_without_a_lock_has_this_many_classes() {
    assert_eq!(classes(w3(2)), 26);
    assert_eq!(classes(w3(3)), 3_387);
}

/// Runs every interleaving and counts the normal forms. Expected: the formula, `2^n`.
#[test]
fn every_reader_doubles_the_classes() {
    for n in 1..=5 {
        assert_eq!(classes(readers(n)), 1 << n, "{n} readers");
    }
}

/// Runs every interleaving and counts the normal forms. Expected: the formula,
/// `(n + 3) * 2^(n - 2)`.
#[test]
fn last_zero_has_as_many_classes_as_its_formula_says() {
    for n in 2..=4 {
        assert_eq!(classes(last_zero(n)), (n as usize + 3) << (n - 2), "{n} writers");
    }
}

/// What a search shows of a program, to compare with [`brute_force`].
#[derive(Debug, Default)]
struct Shown(Executions);

impl Visitor<Machine> for Shown {
    fn stepped(&mut self, machine: &Machine, path: &Path) {
        check_path(machine, path);
        self.0.prefixes += 1;
    }

    fn quiescent(&mut self, machine: &Machine, path: &Path) {
        check_path(machine, path);
        let processes = path.taken().map(|choice| usize::from(choice.process.lane.0)).collect();
        self.0.complete.push(Execution { processes, end: machine.state().clone() });
    }
}

/// The path tells the steps that the machine was made to take, and the switches among them.
fn check_path(machine: &Machine, path: &Path) {
    let told: Vec<ProcessId> = path.taken().map(|choice| choice.process).collect();
    let taken: Vec<ProcessId> = machine.steps().iter().map(|step| step.process).collect();
    assert_eq!(told, taken);
    assert_eq!(path.len(), taken.len());
    let switches = taken.windows(2).filter(|pair| pair[0].lane != pair[1].lane).count();
    assert_eq!(path.switches(), switches, "switches of {taken:?}");
}

/// Two or three processes of up to four operations over up to three objects, each of which some
/// use as a variable and some as a lock: they wait for each other, end early and deadlock.
fn small_programs() -> impl Strategy<Value = Code> {
    let object = || 0..3 as Object;
    let op = prop_oneof![
        3 => object().prop_map(Op::Read),
        2 => (object(), 1..=2_i64).prop_map(|(object, value)| Op::Write(object, value)),
        2 => (object(), 0..=1_i64).prop_map(|(object, more)| Op::Store(object, more)),
        3 => object().prop_map(Op::Lock),
        3 => object().prop_map(Op::Unlock),
        1 => (0..=2_i64).prop_map(|value| Op::JumpIf(value, END)),
    ];
    let process = prop::collection::vec(op, 1..=4);
    prop::collection::vec(process, 2..=3).prop_map(Code::new)
}

/// Checks 500 programs, the same ones each time: what fails once fails again without a file of
/// regressions.
fn check_small_programs(check: impl Fn(Code)) {
    let config = Config {
        cases: 500,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    };
    let checked = TestRunner::new(config).run(&small_programs(), |code| {
        check(code);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

/// Compares what the search shows of random programs with a recursion that copies states: the
/// same executions in the same order, to the same ends, and each prefix shown once. Some of the
/// ends must be deadlocks.
#[test]
fn depth_first_runs_what_brute_force_runs() {
    let deadlocks = Cell::new(0);
    check_small_programs(|code| {
        let mut shown = Shown::default();
        let executions = exhaust(code.clone(), &mut shown);
        let expected = brute_force::executions(&code);
        assert_eq!(executions, expected.complete.len() as u64);
        assert_eq!(shown.0, expected);
        let deadlocked = expected.complete.iter().filter(|run| !code.is_finished(&run.end));
        deadlocks.set(deadlocks.get() + deadlocked.count());
    });
    assert!(deadlocks.get() > 0, "no program deadlocked");
}

/// Sorts every execution of random programs into its class. Counting classes makes sense only if
/// the accesses that steps report are all that their order can depend on.
#[test]
fn executions_of_one_class_end_in_one_state() {
    check_small_programs(|code| {
        exhaust(code, &mut Classes::default());
    });
}

/// A program that is another one from its second reset on.
struct Changing {
    programs: [Machine; 2],
    resets: usize,
}

impl Changing {
    fn new(first: Vec<Vec<Op>>, later: Vec<Vec<Op>>) -> Self {
        Changing { programs: [first, later].map(|ops| Machine::new(Code::new(ops))), resets: 0 }
    }

    fn program(&mut self) -> &mut Machine {
        &mut self.programs[usize::from(self.resets > 1)]
    }
}

impl Program for Changing {
    fn reset(&mut self) {
        self.resets += 1;
        self.program().reset();
    }

    fn enabled(&mut self, choices: &mut Vec<Choice>) {
        self.program().enabled(choices);
    }

    fn step(&mut self, process: ProcessId) -> &[Access] {
        self.program().step(process)
    }
}

/// The first execution is 0, 0, 1. The second repeats its first step, and finds something else
/// where the second step was to be another one.
#[track_caller]
fn assert_diverges(mut program: Changing, expected: Vec<Choice>, found: Vec<Choice>) {
    let mut interleavings = Interleavings::default();
    let ended = depth_first(&mut program, LIMITS, &Progress::new(LIMITS), &mut interleavings);
    assert_eq!(ended, Ended::Diverged(Divergence { step: 1, expected, found }));
    assert_eq!(interleavings.0, 1, "executions before the one that diverged");
}

fn choice(process: usize, label: &'static str) -> Choice {
    Choice { process: process_id(process), label }
}

/// Takes a process's second step away at the second reset.
#[test]
fn a_process_that_is_missing_when_a_prefix_is_repeated_is_a_divergence() {
    let other = vec![Op::Read(0)];
    assert_diverges(
        Changing::new(
            vec![vec![Op::Write(0, 1), Op::Write(0, 2)], other.clone()],
            vec![vec![Op::Write(0, 1)], other],
        ),
        vec![choice(0, "write"), choice(1, "read")],
        vec![choice(1, "read")],
    );
}

/// Makes a process's second step one of another kind at the second reset.
#[test]
fn a_step_of_another_kind_when_a_prefix_is_repeated_is_a_divergence() {
    let other = vec![Op::Read(0)];
    assert_diverges(
        Changing::new(
            vec![vec![Op::Write(0, 1), Op::Write(0, 2)], other.clone()],
            vec![vec![Op::Write(0, 1), Op::Lock(1)], other],
        ),
        vec![choice(0, "write"), choice(1, "read")],
        vec![choice(0, "lock"), choice(1, "read")],
    );
}

/// The first process waits, step by step, for what the second one does in a single step.
fn spin() -> Machine {
    let waits = vec![Op::Read(0), Op::JumpIf(0, 0)];
    Machine::new(Code::new(vec![waits, vec![Op::Write(0, 1)]]))
}

/// Each process raises its flag and is done if the other's is down; if it is up, it lowers its own
/// and starts again. Under a fair schedule they do so for ever.
fn polite() -> Machine {
    let process = |own, other| {
        vec![
            Op::Write(own, 1),
            Op::Read(other),
            Op::JumpIf(0, END),
            Op::Write(own, 0),
            Op::JumpUnless(0, 0),
        ]
    };
    Machine::new(Code::new(vec![process(0, 1), process(1, 0)]))
}

/// Always takes the first process, which then waits for ever.
#[test]
fn an_execution_that_never_ends_reaches_the_step_limit() {
    let (progress, mut interleavings) = (Progress::new(LIMITS), Interleavings::default());
    let ended = depth_first(&mut spin(), LIMITS, &progress, &mut interleavings);
    assert_eq!(ended, Ended::StepLimit);
    assert_eq!(interleavings.0, 0);
    assert_eq!(progress.snapshot().executions, 1);
    assert_eq!(progress.snapshot().steps, LIMITS.steps_max as u64);
}

/// Runs a program of three steps with room for three, then for two.
#[test]
fn an_execution_as_long_as_the_step_limit_is_complete() {
    let code = Code::new(vec![vec![Op::Read(0), Op::Read(0)], vec![Op::Write(0, 1)]]);
    let mut machine = Machine::new(code);
    for (steps_max, ended, complete) in [(3, Ended::Exhausted, 3), (2, Ended::StepLimit, 0)] {
        let limits = Limits { steps_max };
        let mut interleavings = Interleavings::default();
        assert_eq!(round_robin(&mut machine, limits).is_ok(), ended == Ended::Exhausted);
        let progress = Progress::new(LIMITS);
        assert_eq!(depth_first(&mut machine, limits, &progress, &mut interleavings), ended);
        assert_eq!(interleavings.0, complete);
    }
}

/// Gives every process its turn: what one process waits for, the other one does.
#[test]
fn a_loop_that_waits_for_the_turn_of_another_is_no_livelock() {
    let mut machine = spin();
    assert_eq!(round_robin(&mut machine, LIMITS), Ok(()));
    assert!(machine.is_finished());
    let turns: Vec<ProcessId> = machine.steps().iter().map(|step| step.process).collect();
    assert_eq!(turns, [0, 1, 0].map(process_id));
}

/// Gives every process its turn, and gets the turns back when they lead nowhere.
#[test]
fn processes_that_give_way_for_ever_are_a_livelock() {
    let round = ["write", "read", "write"];
    let turns = round.into_iter().cycle().flat_map(|label| [choice(0, label), choice(1, label)]);
    let taken: Vec<Choice> = turns.take(LIMITS.steps_max).collect();
    assert_eq!(round_robin(&mut polite(), LIMITS), Err(taken));
}

//! Whether what is looked at first shows much, and whether what is found is as simple as it is said
//! to be.

use std::cell::Cell;

use authloom::explore::{
    Choice, Ended, Limits, Path, ProcessId, Progress, Visitor, few_deviations, fewer_switches,
    fewest_switches, optimal,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::synthetic::brute_force::executions;
use crate::synthetic::{Code, Machine, Op, State};

const LIMITS: Limits = Limits { steps_max: 100 };

/// The schedules to the end, and which of them came to the state that is looked for.
struct Looked {
    is_found: fn(&State) -> bool,
    schedules: Vec<Vec<ProcessId>>,
    first: Option<usize>,
    enough: usize,
}

impl Looked {
    fn new(is_found: fn(&State) -> bool, enough: usize) -> Self {
        Looked { is_found, schedules: Vec::new(), first: None, enough }
    }
}

impl Visitor<Machine> for Looked {
    fn stepped(&mut self, _: &Machine, _: &Path) {}

    fn quiescent(&mut self, machine: &Machine, path: &Path) {
        self.schedules.push(path.taken().map(|choice| choice.process).collect());
        if (self.is_found)(machine.state()) {
            self.first.get_or_insert(self.schedules.len());
        }
    }

    fn wants_more(&mut self) -> bool {
        self.schedules.len() < self.enough
    }
}

fn look(code: Code, bounds: (usize, usize), is_found: fn(&State) -> bool) -> Looked {
    let (progress, mut looked) = (Progress::new(LIMITS), Looked::new(is_found, usize::MAX));
    let ended = few_deviations(&mut Machine::new(code), LIMITS, &progress, bounds, &mut looked);
    assert_eq!(ended, Ended::Sampled);
    assert_eq!(progress.snapshot().executions, 0, "they are not part of a search");
    assert_eq!(progress.snapshot().probes as usize, looked.schedules.len());
    looked
}

fn lanes(schedule: &[ProcessId]) -> Vec<u16> {
    schedule.iter().map(|process| process.lane.0).collect()
}

/// Expected, by hand: each in turn; then whose turn it is at one step stands aside until nothing
/// else can move. Of the four steps, at the last two only one can still move.
#[test]
fn the_first_schedule_is_wake_order_and_the_next_deviate_once() {
    let code = Code::new(vec![vec![Op::Read(0); 2]; 2]);
    let schedules = |bounds| look(code.clone(), bounds, |_| false).schedules;
    let lanes =
        |bounds| -> Vec<Vec<u16>> { schedules(bounds).iter().map(|one| lanes(one)).collect() };
    assert_eq!(lanes((0, 10)), [[0, 1, 0, 1]]);
    assert_eq!(lanes((1, 10)), [[0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 1, 0]]);
    assert_eq!(lanes((1, 2)).len(), 2, "no more than asked for");
}

/// One who looks at what three others count when they are done, which takes them long, in an order
/// that matters. The first process is the one who looks, and keeps what it saw.
fn looks_early() -> Code {
    let busy = || vec![Op::Read(1), Op::Store(1, 1), Op::Read(1), Op::Store(1, 1), Op::Add(0, 1)];
    Code::new(vec![vec![Op::Read(0), Op::Store(2, 0)], busy(), busy(), busy()])
}

fn saw_all_three(state: &State) -> bool {
    state.value(2) == 3
}

/// Expected: what takes a single slow step is among the first few schedules, while the search that
/// goes through everything is long busy with something else.
#[test]
fn one_slow_step_is_found_before_the_search_comes_to_it() {
    let found = look(looks_early(), (1, 50), saw_all_three).first.expect("it is found");
    let (progress, mut looked) = (Progress::new(LIMITS), Looked::new(saw_all_three, 1_000));
    optimal(&mut Machine::new(looks_early()), LIMITS, &progress, &mut looked);
    assert_eq!(looked.first, None, "found at {found} by the one, and by the other as well");
}

fn small_programs() -> impl Strategy<Value = Code> {
    let object = || 0..2_u32;
    let op = prop_oneof![
        2 => object().prop_map(Op::Read),
        2 => (object(), 0..=1_i64).prop_map(|(object, more)| Op::Store(object, more)),
        1 => (object(), 1..=2_i64).prop_map(|(object, more)| Op::Add(object, more)),
    ];
    let process = prop::collection::vec(op, 1..=3);
    prop::collection::vec(process, 2..=3).prop_map(Code::new)
}

fn switches(processes: &[usize]) -> usize {
    processes.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

fn processes(steps: &[Choice]) -> Vec<usize> {
    steps.iter().map(|step| usize::from(step.process.lane.0)).collect()
}

/// For each end of each small program: the schedule of fewest switches that leads to it has as many
/// as brute force finds. Made simpler in small steps from any schedule, one has no fewer, it still
/// leads there, and no block of it can be moved or left out to have fewer.
#[test]
fn what_is_found_is_as_simple_as_brute_force_says() {
    let config = Config { cases: 300, rng_seed: RngSeed::Fixed(11), ..Config::default() };
    let was_simpler = Cell::new(0);
    let mut runner = TestRunner::new(config);
    let result = runner.run(&small_programs(), |code| {
        let all = executions(&code).complete;
        let worst = all.iter().max_by_key(|one| switches(&one.processes)).expect("one at least");
        let to_the_same = all.iter().filter(|one| one.end == worst.end);
        let fewest = to_the_same.map(|one| switches(&one.processes)).min();
        let (progress, mut machine) = (Progress::new(LIMITS), Machine::new(code.clone()));
        let shows = |machine: &Machine, _: &Path, is_quiescent: bool| {
            is_quiescent && *machine.state() == worst.end
        };
        let bounds = (LIMITS.steps_max, u64::MAX);
        let found = fewest_switches(&mut machine, LIMITS, &progress, bounds, shows);
        let found = found.expect("no divergence").expect("it can be shown");
        prop_assert_eq!(Some(switches(&processes(&found))), fewest);

        let start = steps_of(&mut machine, &worst.processes);
        let simpler = fewer_switches(&mut machine, LIMITS, &progress, &start, shows);
        let simpler = processes(&simpler);
        prop_assert!(to_the_end(&all, &simpler) == Some(&worst.end), "{:?}", simpler);
        let left = switches(&simpler);
        prop_assert!(fewest <= Some(left) && left <= switches(&worst.processes));
        let is_simpler = left < switches(&worst.processes);
        was_simpler.set(was_simpler.get() + usize::from(is_simpler));
        for changed in with_a_block_moved(&simpler) {
            let leads_there = to_the_end(&all, &changed) == Some(&worst.end);
            prop_assert!(!leads_there || switches(&changed) >= left, "{:?}", changed);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let was_simpler = was_simpler.get();
    assert!(was_simpler > 30, "few of the programs had anything to make simpler: {was_simpler}");
}

/// What brute force says that these steps lead to.
fn to_the_end<'a>(
    all: &'a [crate::synthetic::brute_force::Execution],
    processes: &[usize],
) -> Option<&'a State> {
    all.iter().find(|one| one.processes == processes).map(|one| &one.end)
}

/// The choices that these processes stand for.
fn steps_of(machine: &mut Machine, processes: &[usize]) -> Vec<Choice> {
    use authloom::explore::Program as _;
    let (mut possible, mut steps) = (Vec::new(), Vec::new());
    machine.reset();
    for &process in processes {
        machine.enabled(&mut possible);
        let is_it = |choice: &&Choice| usize::from(choice.process.lane.0) == process;
        let choice = *possible.iter().find(is_it).expect("brute force took it");
        machine.step(choice.process);
        steps.push(choice);
    }
    steps
}

/// Each schedule in which the steps between two switches come right after the last ones of the same
/// process, or right before the next.
fn with_a_block_moved(processes: &[usize]) -> Vec<Vec<usize>> {
    let blocks: Vec<&[usize]> = processes.chunk_by(|one, next| one == next).collect();
    let pairs = (0..blocks.len()).flat_map(|at| (0..at).map(move |to| (to, at)));
    let of_one_process = pairs.filter(|&(to, at)| blocks[to][0] == blocks[at][0]);
    let is_last = |&(to, at): &(usize, usize)| {
        (to + 1..at).all(|between| blocks[between][0] != blocks[at][0])
    };
    let moved = of_one_process.filter(is_last).flat_map(|(to, at)| {
        let mut earlier = blocks.clone();
        let block = earlier.remove(at);
        earlier.insert(to + 1, block);
        let mut later = blocks.clone();
        let block = later.remove(to);
        later.insert(at - 1, block);
        [earlier.concat(), later.concat()]
    });
    moved.collect()
}

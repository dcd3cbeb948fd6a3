//! Whether the sampled searches choose as their papers say: the same seed the same schedules, and
//! frequencies near those that can be worked out by hand.

use authloom::explore::{
    Ended, Limits, Path, Pct, Pos, ProcessId, Progress, Strategy, Urw, Visitor, sample,
};

use crate::synthetic::workloads::{a_token_was_refused, sessions_are_not_one, w1, w3};
use crate::synthetic::{Code, Machine, Op, State};

const LIMITS: Limits = Limits { steps_max: 100 };

/// What each execution came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sampled {
    schedules: Vec<Vec<ProcessId>>,
    ends: Vec<State>,
}

impl Visitor<Machine> for Sampled {
    fn stepped(&mut self, _: &Machine, _: &Path) {}

    fn quiescent(&mut self, machine: &Machine, path: &Path) {
        self.schedules.push(path.taken().map(|choice| choice.process).collect());
        self.ends.push(machine.state().clone());
    }
}

impl Sampled {
    /// The first execution that violates something, counted from 1.
    fn first(&self, is_violated: fn(&State) -> bool) -> Option<usize> {
        self.ends.iter().position(is_violated).map(|at| at + 1)
    }
}

fn run(code: Code, strategy: &mut Strategy, seed: u64, executions: u64) -> Sampled {
    let (progress, mut sampled) = (Progress::new(LIMITS), Sampled::default());
    let lot = (strategy, seed, executions);
    let ended = sample(&mut Machine::new(code), LIMITS, &progress, lot, &mut sampled);
    assert_eq!(ended, Ended::Sampled);
    assert_eq!(progress.snapshot().executions, executions);
    sampled
}

fn strategies() -> [Strategy; 3] {
    [Strategy::Pct(Pct::new(2)), Strategy::Pos(Pos::default()), Strategy::Urw(Urw::default())]
}

#[test]
fn a_seed_gives_the_same_schedules_again_and_another_seed_others() {
    let run = |mut strategies: [Strategy; 3], seed| {
        strategies.each_mut().map(|strategy| run(w1(3), strategy, seed, 50))
    };
    let (first, again, other) = (run(strategies(), 7), run(strategies(), 7), run(strategies(), 8));
    assert_eq!(first, again);
    for (first, other) in first.iter().zip(&other) {
        assert_ne!(first.schedules, other.schedules);
    }
}

/// Expected: each strategy shows each race in its first 50 executions, whatever the seed.
#[test]
fn races_are_found_within_fifty_executions() {
    for seed in 0..100 {
        for mut strategy in strategies() {
            let w1 = run(w1(3), &mut strategy, seed, 50).first(a_token_was_refused);
            assert!(w1.is_some(), "W1, seed {seed}, {strategy:?}");
        }
        for mut strategy in strategies() {
            let w3 = run(w3(3), &mut strategy, seed, 50).first(sessions_are_not_one);
            assert!(w3.is_some(), "W3, seed {seed}, {strategy:?}");
        }
    }
}

/// Who writes an object twice at the end of eight steps, and one who looks at it: what it sees
/// between the two writes takes exactly two steps in order.
fn glimpse() -> Code {
    let mut writer = vec![Op::Read(1); 6];
    writer.extend([Op::Write(0, 1), Op::Write(0, 2)]);
    Code::new(vec![writer, vec![Op::Read(0), Op::Store(2, 0)]])
}

/// How many executions left this in object 2 of [`glimpse`].
fn seen(sampled: &Sampled, value: i64) -> usize {
    sampled.ends.iter().filter(|end| end.value(2) == value).count()
}

/// The bound is 1 / (2 processes * 10 steps). Expected: just that, for the writer must begin, and
/// there is one step of ten after which it must fall. With depth 1 nobody falls: never.
#[test]
fn pct_meets_its_bound() {
    let mut shown = 0;
    let mut expected = 0.0;
    for seed in 0..500 {
        let mut strategy = Strategy::Pct(Pct::new(2));
        shown += seen(&run(glimpse(), &mut strategy, seed, 101), 1);
        let Strategy::Pct(pct) = strategy else { unreachable!("it is what it was") };
        let bound = pct.bound().expect("it has learnt how long executions are");
        assert_eq!((bound.processes, bound.steps, bound.executions), (2, 10, 100));
        assert!((bound.chance() - 0.05).abs() < 1e-12);
        expected += bound.chance() * bound.executions as f64;
    }
    let ratio = shown as f64 / expected;
    assert!((0.95..1.05).contains(&ratio), "{shown} times instead of {expected:.0}");
    for seed in 0..500 {
        assert_eq!(seen(&run(glimpse(), &mut Strategy::Pct(Pct::new(1)), seed, 20), 1), 0);
    }
}

/// One process writes an object five times, another reads it once. Expected: the read comes last in
/// 1 of `2^5` executions, since it draws again after each write; with priorities that stay it would
/// be 1 of 6.
#[test]
fn pos_draws_again_after_a_race() {
    let writer = (1..=5).map(|value| Op::Write(0, value)).collect();
    let code = Code::new(vec![writer, vec![Op::Read(0), Op::Store(1, 0)]]);
    let sampled = run(code, &mut Strategy::Pos(Pos::default()), 1, 32_000);
    let last = sampled.ends.iter().filter(|end| end.value(1) == 5).count();
    assert!((900..1_100).contains(&last), "{last} of 32,000");
}

/// One process takes four steps, another one. Expected: each of the five interleavings in a fifth
/// of the executions; a walk that tosses a coin each time has the short one first in half.
#[test]
fn a_uniform_walk_is_uniform() {
    let code = Code::new(vec![vec![Op::Read(0); 4], vec![Op::Read(1)]]);
    let sampled = run(code, &mut Strategy::Urw(Urw::default()), 1, 50_000);
    let mut counts = [0; 5];
    for schedule in &sampled.schedules {
        let short = schedule.iter().position(|process| process.lane.0 == 1);
        counts[short.expect("it takes its step")] += 1;
    }
    assert!(counts.iter().all(|count| (9_700..10_300).contains(count)), "{counts:?}");
}

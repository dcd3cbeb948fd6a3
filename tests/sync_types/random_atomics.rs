//! Whatever comes of random operations on atomics one after the other, in some order, comes of them
//! at level `thread`: no order is left out.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use authloom::prove::{Conclusion, Level, Options};
use authloom::sync::atomic::{AtomicU32, Ordering};

use crate::support::{Calls, explore_with};

const PROGRAMS: u64 = 60;
const OPERATIONS: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Operation {
    Load,
    Store(u32),
    Swap(u32),
    Add(u32),
    Exchange(u32, u32),
}

/// Of one caller: on which of two atomics each is, and in which order it is to memory.
type Program = Vec<(usize, Operation, Ordering)>;

/// What a caller has read.
type Read = Vec<u32>;

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }

    fn operation(&mut self) -> (usize, Operation, Ordering) {
        let (on, value) = (self.below(2) as usize, self.below(3) as u32);
        let operation = match self.below(6) {
            0 | 1 => Operation::Load,
            2 => Operation::Store(value),
            3 => Operation::Swap(value),
            4 => Operation::Add(value + 1),
            _ => Operation::Exchange(value, value + 1),
        };
        let order = [Ordering::Relaxed, Ordering::AcqRel][self.below(2) as usize];
        (on, operation, order)
    }

    fn program(&mut self) -> Program {
        (0..OPERATIONS).map(|_| self.operation()).collect()
    }
}

/// One after the other, on plain numbers.
fn carry_out(operation: Operation, value: &mut u32) -> Option<u32> {
    let former = *value;
    match operation {
        Operation::Load => {}
        Operation::Store(new) => {
            *value = new;
            return None;
        }
        Operation::Swap(new) => *value = new,
        Operation::Add(more) => *value += more,
        Operation::Exchange(current, new) if former == current => *value = new,
        Operation::Exchange(..) => {}
    }
    Some(former)
}

fn carry_out_on(operation: Operation, order: Ordering, atomic: &AtomicU32) -> Option<u32> {
    let is_relaxed = order == Ordering::Relaxed;
    let acquire = if is_relaxed { order } else { Ordering::Acquire };
    let release = if is_relaxed { order } else { Ordering::Release };
    Some(match operation {
        Operation::Load => atomic.load(acquire),
        Operation::Store(value) => {
            atomic.store(value, release);
            return None;
        }
        Operation::Swap(value) => atomic.swap(value, order),
        Operation::Add(more) => atomic.fetch_add(more, order),
        Operation::Exchange(current, new) => {
            atomic.compare_exchange(current, new, order, acquire).unwrap_or_else(|other| other)
        }
    })
}

/// What comes of every order, from where so many of each have been done.
fn every_order(
    programs: &[Program; 2],
    done: [usize; 2],
    values: [u32; 2],
    read: &[Read; 2],
    all: &mut BTreeSet<[Read; 2]>,
) {
    if done == [OPERATIONS; 2] {
        all.insert(read.clone());
    }
    for number in 0..2 {
        let Some(&(on, operation, _)) = programs[number].get(done[number]) else { continue };
        let (mut done, mut values, mut read) = (done, values, read.clone());
        read[number].extend(carry_out(operation, &mut values[on]));
        done[number] += 1;
        every_order(programs, done, values, &read, all);
    }
}

/// What comes of them at level `thread`.
fn on_threads(programs: &[Program; 2]) -> BTreeSet<[Read; 2]> {
    let all = Arc::new(Mutex::new(BTreeSet::new()));
    let (seen, programs) = (Arc::clone(&all), Arc::new(programs.clone()));
    let build = move || -> Calls {
        let atomics = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
        let read = Arc::new(Mutex::new((0, [Read::new(), Read::new()])));
        let (seen, programs) = (Arc::clone(&seen), Arc::clone(&programs));
        Box::new(move |number| {
            let (seen, programs) = (Arc::clone(&seen), Arc::clone(&programs));
            let (atomics, read) = (Arc::clone(&atomics), Arc::clone(&read));
            Box::pin(async move {
                let done = programs[number].iter().filter_map(|&(on, operation, order)| {
                    carry_out_on(operation, order, &atomics[on])
                });
                let done: Read = done.collect();
                let mut read = read.lock().expect("nobody panics");
                read.0 += 1;
                read.1[number] = done;
                if read.0 == 2 {
                    seen.lock().expect("nobody panics").insert(read.1.clone());
                }
            })
        })
    };
    let options = Options { level: Level::Thread, preemptions: None, ..Options::default() };
    let verdict = explore_with(&options, build);
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
    all.lock().expect("nobody panics").clone()
}

#[test]
fn no_order_of_operations_on_atomics_is_left_out() {
    let mut random = Random(1);
    let mut outcomes = 0;
    for _ in 0..PROGRAMS {
        let programs = [random.program(), random.program()];
        let (mut expected, read) = (BTreeSet::new(), [Read::new(), Read::new()]);
        every_order(&programs, [0; 2], [0; 2], &read, &mut expected);
        let found = on_threads(&programs);
        let missing: Vec<_> = expected.difference(&found).collect();
        assert!(missing.is_empty(), "{programs:?}: {missing:?}");
        outcomes += expected.len();
    }
    assert!(outcomes > 2 * PROGRAMS as usize, "the programs interact");
}

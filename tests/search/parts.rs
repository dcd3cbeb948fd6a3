//! Whether the parts of a search together are the whole search: against brute force on random
//! programs, and with parts that were damaged, which must be noticed.

use std::cell::Cell;
use std::collections::BTreeMap;

use authloom::explore::{
    Ended, Limits, Part, Path, Program as _, Progress, Tree, Visitor, depth_first_part,
    optimal_part, split,
};

use crate::optimal::{all_classes, check_small_programs};
use crate::synthetic::classes::Classes;
use crate::synthetic::workloads::{last_zero, readers, w1, w2, w3};
use crate::synthetic::{Code, Machine};

const LIMITS: Limits = Limits { steps_max: 200 };

/// The executions of each class.
#[derive(Default)]
struct Counted {
    classes: Classes,
    executions: u64,
}

impl Visitor<Machine> for Counted {
    fn stepped(&mut self, _: &Machine, _: &Path) {}

    fn quiescent(&mut self, machine: &Machine, path: &Path) {
        self.classes.quiescent(machine, path);
        self.executions += 1;
    }
}

/// Runs parts, each in a program of its own: what they found, and the executions cut short.
fn run(code: &Code, tree: Tree, parts: &[Part]) -> (Counted, u64) {
    let mut found = Counted::default();
    let mut redundant = 0;
    for part in parts {
        let (progress, mut machine) = (Progress::new(LIMITS), Machine::new(code.clone()));
        let ended = match tree {
            Tree::Classes => optimal_part(&mut machine, LIMITS, &progress, part, &mut found),
            Tree::Schedules => depth_first_part(&mut machine, LIMITS, &progress, part, &mut found),
        };
        assert_eq!(ended, Ended::Exhausted);
        let counts = progress.snapshot();
        assert_eq!(counts.impossible, 0, "planned and not possible");
        redundant += counts.redundant;
    }
    (found, redundant)
}

fn parts_of(code: &Code, tree: Tree, parts_min: usize) -> Vec<Part> {
    let mut machine = Machine::new(code.clone());
    split(&mut machine, LIMITS, &Progress::new(LIMITS), (tree, parts_min)).expect("it is finite")
}

/// How parts differ from a search that runs each of `all` classes once, with the same end.
fn difference(code: &Code, all: &Classes, parts: &[Part]) -> Option<&'static str> {
    let (found, _) = run(code, Tree::Classes, parts);
    if all.0.keys().any(|class| !found.classes.0.contains_key(class)) {
        Some("a class was missed")
    } else if found.executions as usize != all.0.len() {
        Some("a class was run twice")
    } else {
        assert_eq!(found.classes.0, all.0);
        None
    }
}

/// Expected: the classes of brute force, each in one part.
#[test]
fn parts_run_each_class_of_a_random_program_once() {
    let (several, cut_short) = (Cell::new(0), Cell::new(0));
    check_small_programs(3_000, |code| {
        let all = all_classes(&code);
        for parts_min in [2, 5, 16] {
            let parts = parts_of(&code, Tree::Classes, parts_min);
            several.set(several.get() + usize::from(parts.len() > 1));
            assert_eq!(difference(&code, &all, &parts), None, "{parts_min} parts: {code:?}");
            cut_short.set(cut_short.get() + run(&code, Tree::Classes, &parts).1);
        }
    });
    assert!(several.get() > 3_000, "hardly any was split");
    assert!(cut_short.get() > 0, "nothing slept to the end: the hard case was not there");
}

/// Expected: as many schedules as without parts.
#[test]
fn parts_run_every_schedule_once() {
    check_small_programs(300, |code| {
        let whole = run(&code, Tree::Schedules, &[Part::default()]).0;
        let parts = run(&code, Tree::Schedules, &parts_of(&code, Tree::Schedules, 16)).0;
        assert_eq!(parts.executions, whole.executions);
        assert_eq!(parts.classes.0, whole.classes.0);
    });
}

/// Expected: the classes that are known, from brute force and formulas.
#[test]
fn parts_of_known_programs_have_as_many_classes_as_the_whole() {
    let known: [(&str, Code, u64); 6] = [
        ("w1", w1(2), 10),
        ("w1", w1(3), 207),
        ("w2", w2(3), 15),
        ("w3", w3(3), 3_387),
        ("readers", readers(8), 256),
        ("last_zero", last_zero(8), 11 << 6),
    ];
    for (name, code, classes) in known {
        let parts = parts_of(&code, Tree::Classes, 64);
        let (found, redundant) = run(&code, Tree::Classes, &parts);
        println!("{name}: {} parts, {classes} classes, {redundant} cut short", parts.len());
        assert_eq!((found.executions, found.classes.0.len() as u64), (classes, classes), "{name}");
    }
}

/// Of 500 random programs in damaged parts, how many show which difference.
fn noticed(damage: impl Fn(&mut Vec<Part>)) -> BTreeMap<&'static str, usize> {
    let noticed = std::cell::RefCell::new(BTreeMap::new());
    check_small_programs(500, |code| {
        let mut parts = parts_of(&code, Tree::Classes, 8);
        damage(&mut parts);
        if let Some(difference) = difference(&code, &all_classes(&code), &parts) {
            *noticed.borrow_mut().entry(difference).or_default() += 1;
        }
    });
    noticed.into_inner()
}

#[test]
fn a_part_left_out_is_noticed() {
    let noticed = noticed(|parts| drop(parts.pop()));
    assert!(noticed["a class was missed"] > 0, "{noticed:?}");
}

#[test]
fn sleepers_forgotten_are_noticed() {
    let noticed = noticed(|parts| parts.iter_mut().for_each(|part| part.asleep.clear()));
    assert!(noticed["a class was run twice"] > 0, "{noticed:?}");
}

/// What sleeps in one part would not sleep where it leads to something else.
#[test]
fn sleepers_that_nothing_wakes_are_noticed() {
    let noticed = noticed(|parts| {
        for sleeper in parts.iter_mut().flat_map(|part| &mut part.asleep) {
            sleeper.accesses.clear();
        }
    });
    assert!(noticed["a class was missed"] > 0, "{noticed:?}");
}

/// The split is the same each time, and its parts do not depend on what ran before.
#[test]
fn a_split_repeats_itself() {
    let code = w3(3);
    let mut machine = Machine::new(code.clone());
    let first = parts_of(&code, Tree::Classes, 64);
    machine.reset();
    let again = split(&mut machine, LIMITS, &Progress::new(LIMITS), (Tree::Classes, 64));
    assert_eq!(again, Ok(first));
}

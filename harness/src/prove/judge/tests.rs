//! The simplest counterexample against brute force.
//!
//! Brute force shares nothing with the search but the program: it grows every prefix step by step,
//! each from a fresh world, and counts switches and steps of whatever breaks the property.

use std::sync::Arc;

use super::super::testing::{Recheck, stage_refreshers};
use super::*;
use crate::explore::{Limits, Program as _, Progress, depth_first};
use crate::property::{EVERYONE_FINISHES, ONE_REFRESH_PER_EXPIRY, REFRESH_TOKEN_PRESENTED_ONCE};
use crate::world::Stage;

/// With a lock, callers go one after the other, but nobody looks again.
fn stage(callers: usize, is_locked: bool) -> Stage<World> {
    Arc::new(move |world: &World| {
        stage_refreshers(world, &["a", "b", "c"][..callers], is_locked, Recheck::No);
    })
}

/// Switches and steps of the simplest schedule that breaks `property`, by the search.
fn by_search(stage: &Stage<World>, property: Property) -> Option<(usize, usize)> {
    let mut judge = Judge::new(&[property], &[], &Options::default());
    let limits = Limits { steps_max: 100 };
    depth_first(&mut Subject::new(stage.clone()), limits, &Progress::new(limits), &mut judge);
    let (_, found) = judge.reported(None, |_| true)?;
    Some((found[0].switches, found[0].steps.len()))
}

/// The same by brute force, from `prefix` on.
fn by_brute_force(
    stage: &Stage<World>,
    property: Property,
    prefix: &mut Vec<Choice>,
) -> Option<(usize, usize)> {
    let mut subject = Subject::new(stage.clone());
    let mut possible = Vec::new();
    subject.reset();
    for choice in prefix.iter() {
        subject.enabled(&mut possible);
        subject.step(choice.process);
    }
    subject.enabled(&mut possible);
    let found = find_breach_after_step(&property, &subject, 0, possible.is_empty());
    if found.is_some() {
        let lanes: Vec<_> = prefix.iter().map(|choice| choice.process.lane).collect();
        let switches = lanes.windows(2).filter(|pair| pair[0] != pair[1]).count();
        return Some((switches, prefix.len()));
    }
    let mut simplest = None;
    for choice in possible {
        prefix.push(choice);
        let found = by_brute_force(stage, property, prefix);
        prefix.pop();
        simplest = match (simplest, found) {
            (Some(best), Some(found)) => Some(std::cmp::min(best, found)),
            (best, found) => best.or(found),
        };
    }
    simplest
}

fn compare(callers: usize, is_locked: bool, property: Property) -> Option<(usize, usize)> {
    let stage = stage(callers, is_locked);
    let found = by_search(&stage, property);
    assert_eq!(found, by_brute_force(&stage, property, &mut Vec::new()));
    found
}

/// One switch is the least that a race can have: one caller's request has arrived, and before it is
/// answered the other's does.
#[test]
fn the_counterexample_is_the_simplest_of_all() {
    assert_eq!(compare(2, false, REFRESH_TOKEN_PRESENTED_ONCE), Some((1, 4)));
    assert_eq!(compare(2, false, ONE_REFRESH_PER_EXPIRY), Some((1, 4)));
}

/// Behind a lock there is no race at all: the second caller refreshes after the first has finished.
#[test]
fn an_ordinary_sequence_counts_as_one_switch() {
    assert_eq!(compare(2, true, ONE_REFRESH_PER_EXPIRY), Some((1, 6)));
    assert_eq!(compare(3, true, ONE_REFRESH_PER_EXPIRY), Some((1, 6)));
}

#[test]
fn where_nothing_is_broken_there_is_no_counterexample() {
    assert_eq!(compare(2, true, REFRESH_TOKEN_PRESENTED_ONCE), None);
    assert_eq!(compare(3, true, EVERYONE_FINISHES), None);
}

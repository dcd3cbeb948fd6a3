//! Sampled searches of the catalogue: what they find is a violation like any other, what they do
//! not find is not proved.

use authloom::prove::{Conclusion, Incomplete, Options, Search, Verdict};
use authloom_scenarios::{Size, cells};

const SEARCHES: [Search; 3] = [Search::Pct { depth: 2 }, Search::Pos, Search::Walk];

fn sample(model: &str, search: Search, seed: u64, samples: u64, cancellations: usize) -> Verdict {
    let race = "refresh/concurrent-callers";
    let is_it = |cell: &authloom_scenarios::Cell| cell.race().name() == race && cell.model == model;
    let cell = cells().into_iter().find(is_it).expect("the catalogue has it");
    let options = Options { search, seed, samples, ..Options::default() };
    let size = Size { callers: Some(3), cancellations: Some(cancellations), ..Size::default() };
    cell.explore_with(options, size, &mut |_| {})
}

/// The schedule that a verdict shows, if it is a violation.
fn schedule(verdict: &Verdict) -> Option<&authloom::prove::Schedule> {
    verdict.conclusion.violation().and_then(|violation| violation.schedule.as_ref())
}

/// Expected: with any of 20 seeds, 20 executions are enough.
#[test]
fn a_race_is_found_within_twenty_executions() {
    for search in SEARCHES {
        for seed in 0..20 {
            let verdict = sample("refresh/check-then-act", search, seed, 20, 0);
            let violation = verdict.conclusion.violation();
            let property = violation.map(|violation| violation.property.name);
            assert_eq!(property, Some("refresh-token-presented-once"), "{search:?} {seed}");
        }
    }
}

/// Expected: the simplest counterexample, the same as without sampling.
#[test]
fn what_a_sample_finds_is_made_simple() {
    let complete = sample("refresh/check-then-act", Search::Optimal, 1, 0, 0);
    for search in SEARCHES {
        let sampled = sample("refresh/check-then-act", search, 1, 100, 0);
        assert!(schedule(&complete).is_some());
        assert_eq!(schedule(&sampled), schedule(&complete), "{search:?}");
    }
}

/// Expected: what is proved when every schedule is run is incomplete when some are, and the verdict
/// names the seed, how many were run, and the bound where there is one.
#[test]
fn a_sample_that_finds_nothing_is_incomplete() {
    for search in SEARCHES {
        let verdict = sample("refresh/serialized-with-recheck", search, 5, 100, 0);
        let Conclusion::Incomplete(Incomplete::Sampled { executions: 100, seed: 5, bound }) =
            verdict.conclusion
        else {
            panic!("{search:?}: {:?}", verdict.conclusion);
        };
        assert_eq!(bound.is_some(), matches!(search, Search::Pct { .. }), "{search:?}");
        assert!(!verdict.is_exhausted);
    }
}

/// One caller may be cancelled. Expected: every plan is sampled, and the violation is found that
/// needs one.
#[test]
fn plans_are_sampled_each() {
    for search in SEARCHES {
        let verdict = sample("refresh/serialized-with-recheck", search, 1, 50, 1);
        let violation = verdict.conclusion.violation();
        let property = violation.map(|violation| violation.property.name);
        assert_eq!(property, Some("refresh-token-presented-once"), "{search:?}");
    }
}

/// Expected: an estimate beforehand changes neither the verdict nor a count.
#[test]
fn an_estimate_is_not_part_of_the_search() {
    let cell = cells().into_iter().find(|cell| cell.model == "callback/unique-insert");
    let cell = cell.expect("the catalogue has it");
    for search in [Search::Optimal, Search::Plain] {
        let explore = |probes| {
            let options = Options { search, probes, ..Options::default() };
            let verdict = cell.explore_with(options, Size::default(), &mut |_| {});
            (verdict.conclusion.as_str(), verdict.executions, verdict.redundant, verdict.steps)
        };
        assert_eq!(explore(100), explore(0), "{search:?}");
    }
}

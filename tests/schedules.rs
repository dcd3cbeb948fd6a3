//! Schedules from outside: what is damaged is refused, with its line and what was possible there;
//! what is not damaged gives the same history every time.

use std::collections::BTreeSet;

use authloom::prove::{Options, ReplayError, RowEnd, Schedule, ScheduledStep, Violation};
use authloom::report::{self, ScheduleTextError, parse_schedule, schedule_text};
use authloom_models::refresh::SerializedWithRecheck;
use authloom_scenarios::{Cell, Size, cells, refresh};
use proptest::prelude::*;

const SCENARIO: &str = "refresh/concurrent-callers";
const MODEL: &str = "refresh/check-then-act";

fn cell() -> Cell {
    let wanted = |cell: &Cell| cell.race().name() == SCENARIO && cell.model == MODEL;
    cells().into_iter().find(wanted).expect("the catalogue has it")
}

/// The schedule of the cell, as text. Its steps are on the lines 7 to 10, `end` on 11.
fn text() -> String {
    let verdict = cell().explore(Size::default(), &mut |_| {});
    let violation = verdict.conclusion.violation().expect("it is violated").clone();
    schedule_text(&violation.schedule.expect("it can be replayed"))
}

/// What comes of replaying a text: a report, or the refusal as people read it.
fn replay(text: &str) -> Result<String, String> {
    let schedule = parse_schedule(text).map_err(|error| error.to_string())?;
    let violation = cell().replay(&schedule).map_err(|error| report::replay_error_text(&error))?;
    Ok(report::violation_text(&violation))
}

#[test]
fn one_schedule_replayed_a_thousand_times_gives_one_history() {
    let text = text();
    let histories: BTreeSet<String> =
        (0..1_000).map(|_| replay(&text).expect("it replays")).collect();
    assert_eq!(histories.len(), 1);
}

#[test]
fn a_schedule_reads_back_as_it_was_written() {
    let text = text();
    let schedule = parse_schedule(&text).expect("it was just written");
    assert_eq!(schedule_text(&schedule), text);
    assert_eq!(schedule.steps.len(), 4);
}

/// Cut after any byte, it is refused: no prefix of a schedule passes for one. Only the last line
/// feed can go.
#[test]
fn a_truncated_schedule_is_refused() {
    let text = text();
    for cut in 0..text.len() - 1 {
        replay(&text[..cut]).expect_err("a part of a schedule is none");
    }
    let five_lines: String = text.lines().take(5).map(|line| format!("{line}\n")).collect();
    assert_eq!(parse_schedule(&five_lines), Err(ScheduleTextError::CutOff { line: 5 }));
}

/// Expected of the counterexample of each cell: the steps between two switches cannot be left out,
/// nor moved to others of the same caller, for fewer switches or fewer steps.
#[test]
fn a_counterexample_has_nothing_to_spare() {
    let mut tried = 0;
    for cell in cells() {
        let verdict = cell.explore(Size::default(), &mut |_| {});
        let Some(violation) = verdict.conclusion.violation() else { continue };
        let schedule = violation.schedule.clone().expect("it can be replayed");
        let rows = violation.recording.rows.iter().take(schedule.steps.len());
        let lanes: Vec<u16> = rows.map(|row| row.lane.0).collect();
        let order: Vec<usize> = (0..lanes.len()).collect();
        let size = |order: &[usize]| {
            (order.chunk_by(|one, next| lanes[*one] == lanes[*next]).count(), order.len())
        };
        for changed in changes(&order, &lanes) {
            if size(&changed) >= size(&order) {
                continue;
            }
            tried += 1;
            let steps = changed.iter().enumerate().map(|(at, &from)| ScheduledStep {
                line: at + 1,
                text: schedule.steps[from].text.clone(),
            });
            let changed = Schedule { steps: steps.collect(), ..schedule.clone() };
            let replayed = cell.replay(&changed).map(|_| schedule_text(&changed));
            assert!(replayed.is_err(), "{} {}: {replayed:?}", cell.race().name(), cell.model);
        }
    }
    assert!(tried > 100, "only {tried} changes were tried");
}

/// The callers who do something in a counterexample.
fn taking_part(violation: &Violation) -> BTreeSet<u16> {
    let rows = violation.recording.rows.iter().take(violation.recording.scheduled);
    rows.filter(|row| row.end != RowEnd::StaysAway).map(|row| row.lane.0).collect()
}

/// Scenarios whose callers are all alike, so that one with fewer is the same race.
const OF_IDENTICAL_CALLERS: [&str; 4] = [
    "callback/double-submit",
    "refresh/cancelled-caller",
    "refresh/concurrent-callers",
    "refresh/expiry-at-any-moment",
];

/// Expected of the counterexample of each of their cells, with two callers more than usual: no more
/// of them do something than in the smallest of those scenarios that is violated at all. Who stays
/// away does nothing besides, and the schedule replays.
#[test]
fn a_counterexample_has_no_caller_to_spare() {
    let (mut compared, mut stayed_away) = (0, 0);
    let alike = |cell: &Cell| OF_IDENTICAL_CALLERS.contains(&cell.race().name());
    for cell in cells().into_iter().filter(alike) {
        let (smallest, largest) = cell.race().callers_range().into_inner();
        let explore = |callers| {
            let options = Options { executions_max: 2_000, ..Options::default() };
            let size = Size { callers: Some(callers), ..Size::default() };
            cell.explore_with(options, size, &mut |_| {})
        };
        let callers = largest.min(cell.race().callers() + 2);
        let verdict = explore(callers);
        let Some(violation) = verdict.conclusion.violation() else { continue };
        let schedule = violation.schedule.clone().expect("it can be replayed");
        let fewest = (smallest..=callers).find_map(|fewer| {
            let verdict = explore(fewer);
            let fewest = verdict.conclusion.violation()?;
            (fewest.property.name == violation.property.name).then(|| taking_part(fewest).len())
        });
        let name = format!("{} {}", cell.race().name(), cell.model);
        let taking_part = taking_part(violation).len();
        assert!(taking_part <= fewest.expect("at the latest the largest is"), "{name}");
        cell.replay(&schedule).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        compared += usize::from(callers > smallest);
        stayed_away +=
            schedule.steps.iter().filter(|step| step.text.ends_with("stays away")).count();
    }
    assert!(compared > 10, "only {compared} could have had fewer callers");
    assert!(stayed_away > 0, "there was nobody to do without");
}

/// The order of steps with those between two switches left out, or moved to the last or the next of
/// the same lane.
fn changes(order: &[usize], lanes: &[u16]) -> Vec<Vec<usize>> {
    let blocks: Vec<&[usize]> = order.chunk_by(|&one, &next| lanes[one] == lanes[next]).collect();
    let lane = |block: &[usize]| lanes[block[0]];
    let mut changes = Vec::new();
    for at in 0..blocks.len() {
        let mut rest = blocks.clone();
        let block = rest.remove(at);
        changes.push(rest.concat());
        for to in (0..rest.len()).filter(|&to| lane(rest[to]) == lane(block)) {
            let mut moved = rest.clone();
            moved.insert(if to < at { to + 1 } else { to }, block);
            changes.push(moved.concat());
        }
    }
    changes
}

#[test]
fn a_step_that_is_not_possible_is_refused_with_its_line() {
    let edited = text().replace("3 sync runs", "3 sync token#1 arrives");
    assert_eq!(
        replay(&edited).expect_err("sync has sent nothing yet"),
        "line 9: `sync token#1 arrives` is not possible here; possible: `realtime token#1 \
         responds`, `sync runs`"
    );
}

#[test]
fn a_schedule_without_a_step_is_refused() {
    let edited = text().replace("2 realtime token#1 arrives\n", "");
    assert_eq!(
        replay(&edited).expect_err("step 2 is missing"),
        "line 8: expected step 2, found `3 sync runs`"
    );
}

#[test]
fn a_schedule_that_shows_nothing_is_refused() {
    let shortened = text().replace("4 sync token#1 arrives\n", "");
    assert_eq!(
        replay(&shortened).expect_err("the token was presented once"),
        "line 10: the schedule ends here and refresh-token-presented-once is not broken; \
         possible: `realtime token#1 responds`, `sync token#1 arrives`"
    );
}

/// The schedule of a race that has been mended does not fit, and that says nothing of others.
#[test]
#[should_panic(expected = "`prove` runs every interleaving anew")]
fn a_schedule_of_former_code_is_no_proof_of_the_present_one() {
    refresh::concurrent_callers(2).assert_reproduces(&text(), |world| {
        SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
    });
}

#[test]
fn a_stale_heading_is_refused() {
    let refused = |from: &str, to: &str| replay(&text().replace(from, to)).expect_err(to);
    assert_eq!(
        refused("property refresh-token-presented-once", "property tokens-are-nice"),
        "the scenario has no property `tokens-are-nice`, but refresh-token-presented-once, \
         one-refresh-per-expiry, callers-get-live-tokens, no-crossed-principals, \
         everyone-finishes, never-panics"
    );
    assert_eq!(
        refused("authloom schedule 1", "authloom schedule 2"),
        "line 1: `authloom schedule 2`: this program reads `authloom schedule 1`"
    );
    assert_eq!(
        refused("level await", "level process"),
        "line 4: expected `level await|lock|thread`, found `level process`"
    );
    assert_eq!(
        refused("cancellations=0", "cancellations=many"),
        "line 5: expected `bounds callers=N cancellations=N faults=N clock-advances=N \
         crashes=N`, found `bounds callers=2 cancellations=many faults=0 clock-advances=`"
    );
    assert!(refused("crashes=0", "crashes=0 plagues=7").starts_with("line 5: expected `bounds"));
    let other = parse_schedule(&text().replace("scenario refresh/c", "scenario refresh/anti-c"));
    let error = other.map(|schedule| cell().replay(&schedule).map(|_| ()));
    assert!(matches!(error, Ok(Err(ReplayError::OtherScenario { .. }))), "{error:?}");
}

/// A schedule of an implementation that has changed since: here, that of another model.
#[test]
fn a_stale_schedule_is_refused_where_it_no_longer_fits() {
    let fixed = cells()
        .into_iter()
        .find(|cell| cell.race().name() == SCENARIO && cell.model.ends_with("with-recheck"))
        .expect("the catalogue has it");
    let schedule = parse_schedule(&text()).expect("it was just written");
    let refused = fixed.replay(&schedule).map(|_| ()).expect_err("the fix prevents it");
    assert_eq!(
        refused,
        ReplayError::NotPossible {
            line: 10,
            step: String::from("sync token#1 arrives"),
            possible: vec![String::from("realtime token#1 responds")],
        }
    );
}

proptest! {
    /// Random damage to a schedule is refused or harmless; it never panics.
    #[test]
    fn damage_never_panics(
        at in 0usize..300,
        remove in 0usize..20,
        insert in proptest::collection::vec(any::<char>(), 0..10),
    ) {
        static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(text);
        let characters: Vec<char> = TEXT.chars().collect();
        let at = at.min(characters.len());
        let end = (at + remove).min(characters.len());
        let damaged: String =
            characters[..at].iter().chain(&insert).chain(&characters[end..]).collect();
        let _ = replay(&damaged);
    }

    /// So does text that is no schedule at all.
    #[test]
    fn noise_never_panics(noise in ".*") {
        prop_assert!(parse_schedule(&noise).is_err());
        let _ = replay(&format!("authloom schedule 1\n{noise}"));
    }
}

//! What befalls executions at level `thread`: cancellations, a clock that goes on, held answers.
//! Each test demands to see orders of events that some execution must show; a coarser level shows
//! them too.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, World};
use authloom::explore::Lane;
use authloom::property::{Breach, Moment, Property, Sometimes, When};
use authloom::prove::{Conclusion, Incomplete, Level, Options, Scenario, Verdict};
use authloom_models::refresh::{CheckThenAct, SerializedWithRecheck};
use authloom_scenarios::refresh;

type Refreshing = Scenario<dyn TokenRefresher>;

fn check_then_act(world: &World) -> Arc<dyn TokenRefresher> {
    let (endpoint, store) = (world.token_endpoint(), world.token_store());
    Arc::new(CheckThenAct::new(endpoint, store, world.clock()))
}

fn serialized(world: &World) -> Arc<dyn TokenRefresher> {
    let (endpoint, store) = (world.token_endpoint(), world.token_store());
    Arc::new(SerializedWithRecheck::new(endpoint, store, world.clock()))
}

fn explore(
    scenario: &Refreshing,
    level: Level,
    build: fn(&World) -> Arc<dyn TokenRefresher>,
) -> Verdict {
    scenario.explore(build, &Options { level, ..Options::default() }, &mut |_| {})
}

/// Asserts that at each of these levels some execution shows each of these; nothing else is looked
/// at.
fn assert_shown(
    levels: &[Level],
    scenario: Refreshing,
    build: fn(&World) -> Arc<dyn TokenRefresher>,
    shown: &[Sometimes],
) {
    let scenario = Scenario { properties: Vec::new(), sometimes: shown.to_vec(), ..scenario };
    for &level in levels {
        let verdict = explore(&scenario, level, build);
        let conclusion = &verdict.conclusion;
        assert!(matches!(conclusion, Conclusion::Proved), "{level:?} {conclusion:?}");
    }
}

/// Where in the history a lane's first event of a kind is.
fn first(moment: &Moment<'_>, by: Option<Lane>, is_it: fn(&Event) -> bool) -> Option<usize> {
    let mut entries = moment.ledger.entries().iter();
    entries.position(|entry| by.is_none_or(|by| by == entry.by) && is_it(&entry.event))
}

fn is_presented(event: &Event) -> bool {
    matches!(event, Event::RefreshTokenPresented { .. })
}

fn is_returned(event: &Event) -> bool {
    matches!(event, Event::Returned(_))
}

fn is_loaded(event: &Event) -> bool {
    matches!(event, Event::TokensLoaded { .. })
}

/// Of two callers, the one that was cancelled and the other.
fn cancelled_and_other(moment: &Moment<'_>) -> Option<(Lane, Lane)> {
    let lanes = [(Lane(0), Lane(1)), (Lane(1), Lane(0))];
    lanes.into_iter().find(|(lane, _)| moment.is_cut_short(*lane))
}

/// A call of a caller that is gone still arrives: before anybody else has done anything, or when
/// everybody else is done, for which the lock that the caller held must have been let go of first.
#[test]
fn a_cancelled_callers_call_arrives_at_any_moment() {
    let arrives_last = Sometimes {
        name: "the call of a cancelled caller arrives when the other has returned",
        shown: |moment| {
            let shown = || {
                let (gone, other) = cancelled_and_other(moment)?;
                let arrives = first(moment, Some(gone), is_presented)?;
                Some(first(moment, Some(other), is_returned)? < arrives)
            };
            shown() == Some(true)
        },
    };
    let arrives_first = Sometimes {
        name: "the call of a cancelled caller arrives before the other has asked",
        shown: |moment| {
            let shown = || {
                let (gone, other) = cancelled_and_other(moment)?;
                let arrives = first(moment, Some(gone), is_presented)?;
                Some(arrives < first(moment, Some(other), |_| true)?)
            };
            shown() == Some(true)
        },
    };
    let shown = [arrives_last, arrives_first];
    assert_shown(Level::ALL, refresh::cancelled_caller(2), serialized, &shown);
}

/// Each caller can be cancelled, and both in one execution. (At the other levels callers are
/// cancelled in the order of their names, since they are identical.)
#[test]
fn every_caller_can_be_cancelled() {
    let shown = [
        Sometimes { name: "the first", shown: |moment| moment.is_cut_short(Lane(0)) },
        Sometimes { name: "the second", shown: |moment| moment.is_cut_short(Lane(1)) },
        Sometimes {
            name: "both",
            shown: |moment| moment.is_cut_short(Lane(0)) && moment.is_cut_short(Lane(1)),
        },
    ];
    let scenario = refresh::cancelled_caller(2).with_cancellations(2);
    assert_shown(&[Level::Thread], scenario, check_then_act, &shown);
}

/// Time goes on before anybody asks and after everybody is done. On threads, also between a look
/// into the store and what comes of it, which is one step at the other levels.
#[test]
fn the_clock_goes_on_at_any_moment() {
    fn advanced(moment: &Moment<'_>) -> Option<usize> {
        first(moment, None, |event| matches!(event, Event::ClockAdvanced { .. }))
    }
    let shown = [
        Sometimes { name: "before all", shown: |moment| advanced(moment) == Some(0) },
        Sometimes {
            name: "after all",
            shown: |moment| advanced(moment) == Some(moment.ledger.entries().len() - 1),
        },
        Sometimes {
            name: "after a look into the store that comes to nothing",
            shown: |moment| {
                let shown = || {
                    let (loaded, advanced) = (first(moment, None, is_loaded)?, advanced(moment)?);
                    let returned = first(moment, None, is_returned)?;
                    Some(loaded < advanced && advanced < returned)
                };
                shown() == Some(true) && first(moment, None, is_presented).is_none()
            },
        },
    ];
    let scenario = || refresh::expiry_at_any_moment(2);
    assert_shown(Level::ALL, scenario(), check_then_act, &shown[..2]);
    assert_shown(&[Level::Thread], scenario(), check_then_act, &shown);
}

/// A breach that heals: the property looks at the history's length, and is whole again at the end.
#[test]
fn an_always_property_is_looked_at_on_the_way() {
    fn one_entry(moment: &Moment<'_>) -> Option<Breach> {
        let lanes = vec![Lane(0)];
        (moment.ledger.entries().len() == 3).then_some(Breach::Unfinished { lanes, waits: Vec::new() })
    }
    let property = Property {
        name: "never-three",
        statement: "there are never exactly three entries",
        joins: &[],
        checks: &[(When::Always, one_entry)],
    };
    for &level in Level::ALL {
        let scenario = Scenario { properties: vec![property], ..refresh::concurrent_callers(2) };
        let verdict = explore(&scenario, level, serialized);
        let violation = verdict.conclusion.violation().expect("some state has three entries");
        assert_eq!(violation.property.name, "never-three", "{level:?}");
    }
}

/// Under a bound of no preemptions nobody is interrupted: that is less, and the verdict says so.
#[test]
fn fewer_preemptions_are_fewer_executions() {
    let scenario = refresh::concurrent_callers(2);
    let executions = |preemptions| {
        let options = Options { level: Level::Thread, preemptions, ..Options::default() };
        let verdict = scenario.explore(serialized, &options, &mut |_| {});
        assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
        assert_eq!(verdict.preemptions, preemptions);
        verdict.executions
    };
    let counts = [Some(0), Some(1), Some(2), None].map(executions);
    assert!(counts.is_sorted_by(|fewer, more| fewer < more), "{counts:?}");
}

/// Answers that two gates hold at a time could come back in either order.
#[test]
fn several_held_answers_are_no_pass() {
    use authloom::auth::operations::TOKEN;
    use authloom::world::Release;

    let scenario = refresh::concurrent_callers(2);
    let inner = Arc::clone(&scenario.stage);
    let held = Scenario {
        properties: Vec::new(),
        stage: Arc::new(move |stage| {
            stage.withhold(&TOKEN, Release::WhenNothingElseMoves);
            stage.withhold(&TOKEN, Release::WhenNothingElseMoves);
            inner(stage);
        }),
        ..scenario
    };
    let verdict = explore(&held, Level::Thread, check_then_act);
    let what = "holds several answers at a time";
    match verdict.conclusion {
        Conclusion::Incomplete(reason) => assert_eq!(reason, Incomplete::NotAtThisLevel { what }),
        other => panic!("{other:?}"),
    }
}

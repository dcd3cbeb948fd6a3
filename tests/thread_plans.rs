//! What befalls executions at level `thread`: cancellations, faults, a clock that goes on, held
//! answers.
//! Each test demands to see orders of events that some execution must show; a coarser level shows
//! them too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, Event, TokenEndpoint as _, TokenRefresher, TokenStore as _, UserId,
    World,
};
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
        (moment.ledger.entries().len() == 3).then_some(Breach::Unfinished { lanes })
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

/// Asks the token endpoint twice, and writes down what it was told.
struct Telling {
    world: World,
    told: Arc<Mutex<BTreeSet<[String; 2]>>>,
}

#[async_trait]
impl TokenRefresher for Telling {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.world.token_store().load(user).await.expect("she is signed in");
        let endpoint = self.world.token_endpoint();
        let first = endpoint.refresh(&tokens.refresh_token).await;
        let second = endpoint.refresh(&tokens.refresh_token).await;
        let told =
            [first, second].map(|one| one.map_or_else(|e| e.to_string(), |_| "tokens".into()));
        self.told.lock().expect("nobody panics").insert(told);
        Err(AuthError::NotSignedIn)
    }
}

/// Each kind of fault befalls each call, once or from then on, as many as the bounds say: whoever
/// calls hears the same as at level `await`.
#[test]
fn faults_befall_calls_as_at_the_other_levels() {
    let told_at = |level, faults| {
        let told: Arc<Mutex<BTreeSet<_>>> = Arc::default();
        let shared = Arc::clone(&told);
        let build = move |world: &World| -> Arc<dyn TokenRefresher> {
            Arc::new(Telling { world: world.clone(), told: Arc::clone(&shared) })
        };
        let scenario = refresh::concurrent_callers(1).with_faults(faults);
        let scenario = Scenario { properties: Vec::new(), sometimes: Vec::new(), ..scenario };
        let options = Options { level, ..Options::default() };
        let conclusion = scenario.explore(build, &options, &mut |_| {}).conclusion;
        assert!(matches!(conclusion, Conclusion::Proved), "{level:?} {conclusion:?}");
        std::mem::take(&mut *told.lock().expect("nobody panics"))
    };
    for faults in [1, 2] {
        let told = told_at(Level::Thread, faults);
        assert_eq!(told, told_at(Level::Await, faults), "{faults} faults");
        let first: BTreeSet<_> = told.iter().map(|[first, _]| first).collect();
        // Five errors stand for seven kinds, and one call may meet none.
        assert_eq!(first.len(), 6, "{first:?}");
    }
}

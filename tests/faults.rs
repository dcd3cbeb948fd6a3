//! Faults and crashes as budgets: what befalls a call is what its caller is told, a crash leaves
//! nothing running, and a bound that nothing could come to is no proof.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TOKEN_URL, TokenEndpoint as _, TokenRefresher, TokenStore as _, UserId,
    World, presets,
};
use authloom::property::{CALLERS_GET_LIVE_TOKENS, REFRESH_TOKEN_PRESENTED_ONCE};
use authloom::prove::{Bounds, Conclusion, Incomplete, Scenario, Verdict};
use authloom::report;
use authloom::world::{Clock as _, Fault};
use authloom_models::refresh::{FileLockWithReread, SerializedWithRecheck};
use authloom_scenarios::refresh;

/// A refresher that tells what it was told.
struct Telling<F> {
    world: World,
    told: Arc<Mutex<BTreeSet<String>>>,
    ask: F,
}

#[async_trait]
impl<F, Fut> TokenRefresher for Telling<F>
where
    F: Fn(World) -> Fut + Send + Sync,
    Fut: Future<Output = String> + Send,
{
    async fn access_token(&self, _user: &UserId) -> Result<AccessToken, AuthError> {
        let told = (self.ask)(self.world.clone()).await;
        self.told.lock().expect("nobody panics").insert(told);
        Err(AuthError::NotSignedIn)
    }
}

/// One caller in a process of its own.
fn one_process(faults: &'static [Fault]) -> Scenario<dyn TokenRefresher> {
    Scenario {
        name: "test/one-process",
        summary: "one caller in one process",
        bounds: Bounds::callers(1),
        properties: Vec::new(),
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            stage.faults_are(faults);
            stage.world().server().set_policy(presets::ATPROTO);
            stage.world().server().log_in_expired(&UserId::new("alice"));
            stage.process(|process| {
                let (world, refresher) = (process.world().clone(), process.instance());
                process.caller("caller", async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new("alice")).await;
                });
            });
        }),
    }
}

/// Everything that `ask` is told in some execution, and the verdict.
fn told<F, Fut>(scenario: &Scenario<dyn TokenRefresher>, ask: F) -> (BTreeSet<String>, Verdict)
where
    F: Fn(World) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = String> + Send + 'static,
{
    let told: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let shared = Arc::clone(&told);
    let verdict = scenario.verdict(move |world: &World| Telling {
        world: world.clone(),
        told: Arc::clone(&shared),
        ask: ask.clone(),
    });
    let told = told.lock().expect("nobody panics").clone();
    (told, verdict)
}

/// Asks the token endpoint twice, and tells the second time too.
async fn refresh_twice(world: World) -> String {
    let mut told = Vec::new();
    for _ in 0..2 {
        let tokens = world.token_store().load(&UserId::new("alice")).await.expect("she is");
        let answer = world.token_endpoint().refresh(&tokens.refresh_token).await;
        told.push(answer.map_or_else(|error| error.to_string(), |_| String::from("tokens")));
    }
    told.join(", then ")
}

async fn post(world: World) -> String {
    let tokens = world.token_store().load(&UserId::new("alice")).await.expect("she is");
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", tokens.refresh_token.secret()),
    ];
    let body = form.map(|(name, value)| format!("{name}={value}")).join("&");
    let request = http::Request::post(TOKEN_URL).body(body.into_bytes()).expect("it is one");
    match world.http().send(request).await {
        Ok(answer) => {
            let later = answer.headers().get(http::header::RETRY_AFTER);
            let later = later.map(|value| value.to_str().expect("a number").to_owned());
            let is_json = serde_json::from_slice::<serde_json::Value>(answer.body()).is_ok();
            format!("{} {later:?} json: {is_json}", answer.status().as_u16())
        }
        Err(error) => error.to_string(),
    }
}

const REUSED: &str = "the token endpoint refused: invalid_grant";
const NO_ANSWER: &str = "no answer of the token endpoint came";
const UNAVAILABLE: &str = "the token endpoint is unavailable";
const LATER: &str = "the token endpoint has too many requests";
const UNREADABLE: &str = "the answer of the token endpoint cannot be read";

/// What each kind tells a caller the first time, and the next time when it befell once: whether the
/// server has served the first request shows then, for it forgives nothing.
#[test]
fn each_kind_befalls_each_call_once_or_from_then_on() {
    for (fault, first, next) in [
        (&[Fault::RequestLost], NO_ANSWER, "tokens"),
        (&[Fault::AnswerLost], NO_ANSWER, REUSED),
        (&[Fault::ErrorBefore], UNAVAILABLE, "tokens"),
        (&[Fault::ErrorAfter], UNAVAILABLE, REUSED),
        (&[Fault::TooManyRequests], LATER, "tokens"),
        (&[Fault::Refused], REUSED, "tokens"),
        (&[Fault::Garbled], UNREADABLE, REUSED),
    ] {
        let scenario = one_process(fault).with_faults(1);
        let (told, verdict) = told(&scenario, refresh_twice);
        let expected = [
            format!("tokens, then {REUSED}"),
            format!("tokens, then {first}"),
            format!("{first}, then {next}"),
            format!("{first}, then {first}"),
        ];
        assert_eq!(told, BTreeSet::from(expected), "{fault:?}");
        assert!(matches!(verdict.conclusion, Conclusion::Proved), "{fault:?}");
        // None; the first call or the second; each once or from then on.
        assert_eq!(verdict.executions, 5, "{fault:?}");
    }
}

#[test]
fn over_http_each_kind_is_an_answer_of_its_own() {
    for (fault, answer) in [
        (&[Fault::RequestLost], "the connection ended before an answer came"),
        (&[Fault::AnswerLost], "the connection ended before an answer came"),
        (&[Fault::ErrorBefore], "503 None json: false"),
        (&[Fault::ErrorAfter], "503 None json: false"),
        (&[Fault::TooManyRequests], "429 Some(\"30\") json: false"),
        (&[Fault::Refused], "400 None json: true"),
        (&[Fault::Garbled], "200 None json: false"),
    ] {
        let (told, _) = told(&one_process(fault).with_faults(1), post);
        let served = String::from("200 None json: true");
        assert_eq!(told, BTreeSet::from([served, answer.to_owned()]), "{fault:?}");
    }
}

/// The refresh token of a refresh whose answer was lost is presented again by whoever asks next.
#[test]
fn a_lost_answer_is_found_and_its_schedule_replays() {
    let build = |world: &World| {
        SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
    };
    let scenario = refresh::concurrent_callers(2).with_faults(1);
    let scenario = Scenario { properties: vec![REFRESH_TOKEN_PRESENTED_ONCE], ..scenario };
    let verdict = scenario.verdict(build);
    let text = report::verdict_text(&verdict);
    assert!(text.contains("realtime token#1 arrives and its answer is lost"), "{text}");
    assert!(text.contains(".with_faults(1)"), "{text}");
    scenario.assert_reproduces(&text, build);
}

/// Where the process dies between the server's commit and the store, no client can be safe with a
/// server that forgives nothing: that is the schedule shown.
#[test]
fn a_crash_between_commit_and_store_is_found_and_its_schedule_replays() {
    let build = |world: &World| {
        SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
    };
    let scenario = refresh::crash_without_grace(1);
    let verdict = scenario.verdict(build);
    let violation = verdict.conclusion.violation().expect("no client can be safe");
    assert_eq!(violation.property.name, CALLERS_GET_LIVE_TOKENS.name);
    let steps = violation.schedule.as_ref().expect("it replays").steps.iter();
    let steps: Vec<&str> = steps.map(|step| step.text.as_str()).collect();
    let expected = [
        "request runs",
        // The request is on its way and arrives all the same. That these two steps can as well be
        // taken the other way round makes it one class.
        "request token#1 arrives",
        "request crashes",
        "request-2 runs",
        "request-2 token#1 arrives",
        "request-2 token#1 responds",
        "request-2 runs",
    ];
    assert_eq!(steps, expected);
    scenario.assert_reproduces(&report::verdict_text(&verdict), build);
}

/// A guard that has an effect when it is dropped.
struct Advances(World);

impl Drop for Advances {
    fn drop(&mut self) {
        self.0.clock().advance(Duration::from_secs(1));
    }
}

/// A task that is cancelled runs its destructors; one whose process crashes runs nothing.
#[test]
fn a_crash_drops_nothing() {
    let ask = |world: World| async move {
        let now = world.clock().now().0.as_secs();
        let _guard = Advances(world.clone());
        let _ = world.resource_server().pull().await;
        format!("began at {now}")
    };
    let (told, verdict) = told(&one_process(&[]).with_crashes(1), ask);
    assert_eq!(told, BTreeSet::from([String::from("began at 0")]));
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{:?}", verdict.conclusion);
}

/// The operating system lets go of the lock of a process that is gone, and the one that waits for
/// it, or is started again, gets it.
#[test]
fn a_crash_lets_go_of_a_lock_on_a_file() {
    let scenario = refresh::two_processes(2).with_crashes(1);
    let finishes = Scenario { properties: Vec::new(), ..scenario };
    let verdict = finishes.verdict(|world: &World| {
        let (endpoint, store) = (world.token_endpoint(), world.shared_token_store());
        FileLockWithReread::new(endpoint, store, world.clock(), world.file_lock())
    });
    let text = report::verdict_text(&verdict);
    assert!(matches!(verdict.conclusion, Conclusion::Proved), "{text}");
}

#[test]
fn a_bound_that_nothing_came_to_is_incomplete() {
    let other = |verdict: &Verdict, expected: (&str, usize, usize)| {
        let Conclusion::Incomplete(Incomplete::OtherBound { what, named, met }) =
            &verdict.conclusion
        else {
            panic!("{:?}", verdict.conclusion)
        };
        assert_eq!((*what, *named, *met), expected);
    };
    let pull = |world: World| async move {
        let _ = world.resource_server().pull().await;
        String::new()
    };
    other(&told(&one_process(Fault::ALL).with_faults(2), pull).1, ("faults", 2, 1));
    other(&told(&one_process(&[]).with_faults(1), pull).1, ("faults", 1, 0));
    // Nothing is staged as a process.
    let scenario = Scenario { properties: Vec::new(), ..refresh::concurrent_callers(1) };
    let scenario = scenario.with_crashes(1);
    let scenario = Scenario { sometimes: Vec::new(), ..scenario };
    other(&told(&scenario, pull).1, ("crashes", 1, 0));
    // More is staged than the bounds name.
    let scenario = Scenario { properties: Vec::new(), ..refresh::failed_refresh(1) };
    let verdict = scenario.with_faults(0).verdict(|world: &World| {
        SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
    });
    other(&verdict, ("faults", 0, 1));
}

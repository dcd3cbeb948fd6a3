//! What is shared and not seen: no proof comes of it.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::Poll;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, BrowserId, Capability, SessionStore as _, TokenRefresher, UserId, World,
};
use authloom::prove::{
    Bounds, Conclusion, Incomplete, Level, Options, Scenario, Sharing, Stage, Verdict,
};
use authloom::{report, sync};

/// Who comes first to it does something else than who comes second.
trait Flag: Default + Send + Sync + 'static {
    fn was_up(&self) -> bool;
}

#[derive(Default)]
struct Foreign(AtomicBool);

impl Flag for Foreign {
    fn was_up(&self) -> bool {
        self.0.swap(true, SeqCst)
    }
}

#[derive(Default)]
struct Ours(sync::atomic::AtomicBool);

impl Flag for Ours {
    fn was_up(&self) -> bool {
        self.0.swap(true, SeqCst)
    }
}

/// The same, and another world is made in that step.
#[derive(Default)]
struct BesideAWorld(Ours);

impl Flag for BesideAWorld {
    fn was_up(&self) -> bool {
        let was_up = self.0.was_up();
        drop(World::by_hand());
        was_up
    }
}

/// Makes calls that have nothing to do with those of others, and comes to a flag between them.
async fn come_to<F: Flag>(flag: Arc<F>, world: World, name: &'static str) {
    let (store, browser) = (world.session_store(Capability::UniqueInsert), BrowserId::new(name));
    store.find(&browser).await;
    if flag.was_up() {
        store.find(&browser).await;
    } else {
        let _ = store.insert_unique(&browser).await;
    }
}

/// The callers are all there is.
struct Nothing;

#[async_trait]
impl TokenRefresher for Nothing {
    async fn access_token(&self, _: &UserId) -> Result<AccessToken, AuthError> {
        Err(AuthError::NotSupported)
    }
}

type Callers = dyn TokenRefresher;

fn explore(
    level: Level,
    sharing: Sharing,
    stage: impl Fn(&Stage<'_, Callers>) + Send + Sync + 'static,
) -> Verdict {
    let scenario = Scenario {
        name: "test/flag",
        summary: "two callers come to a flag",
        bounds: Bounds::callers(2),
        properties: Vec::new(),
        sometimes: Vec::new(),
        stage: Arc::new(stage),
    };
    let options = Options { level, sharing, ..Options::default() };
    scenario.explore(|_| Arc::new(Nothing) as Arc<Callers>, &options, &mut |_| {})
}

fn in_one_process<F: Flag>(level: Level, sharing: Sharing) -> Verdict {
    explore(level, sharing, |stage| {
        let flag = Arc::new(F::default());
        for name in ["a", "b"] {
            stage.caller(name, come_to(Arc::clone(&flag), stage.world().clone(), name));
        }
    })
}

/// Two processes, with a flag each or, as no two processes can have it, with one.
fn in_two_processes(is_shared: bool) -> Verdict {
    explore(Level::Await, Sharing::Anything, move |stage| {
        let flag = Arc::new(Foreign::default());
        for name in ["a", "b"] {
            let flag = if is_shared { Arc::clone(&flag) } else { Arc::default() };
            stage.process(move |process| {
                process.caller(name, come_to(Arc::clone(&flag), process.world().clone(), name));
            });
        }
    })
}

fn is_proved(verdict: &Verdict) -> bool {
    matches!(verdict.conclusion, Conclusion::Proved)
}

/// The two steps that are named are those at the flag: the second of each caller, when it knows
/// what the store has found.
fn assert_names_the_flag(verdict: &Verdict) {
    let text = report::verdict_text(verdict);
    let Conclusion::Incomplete(Incomplete::OrderMatters { steps }) = &verdict.conclusion else {
        panic!("{text}");
    };
    for runs in ["a runs", "b runs"] {
        assert_eq!(steps.iter().filter(|&step| step == runs).count(), 2, "{steps:?}");
        assert!(steps[steps.len() - 2..].iter().any(|step| step == runs), "{steps:?}");
    }
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = format!("{} | {}, after", steps[steps.len() - 2], steps[steps.len() - 1]);
    assert!(words.contains(&named), "{text}");
}

#[test]
fn what_is_not_of_sync_makes_the_order_matter() {
    for level in [Level::Await, Level::Lock] {
        let verdict = in_one_process::<Foreign>(level, Sharing::SyncObjects);
        assert_names_the_flag(&verdict);
        assert!(is_proved(&in_one_process::<Foreign>(level, Sharing::Anything)));
    }
}

/// Of the steps of two callers, only those at the flag are tried in both orders.
#[test]
fn what_is_of_sync_is_seen() {
    // A search at level `lock` goes on at level `await`.
    for (level, searches) in [(Level::Await, 1), (Level::Lock, 2)] {
        let verdict = in_one_process::<Ours>(level, Sharing::SyncObjects);
        assert!(is_proved(&verdict), "{}", report::verdict_text(&verdict));
        // One each, and another each for the end of the tasks.
        let executions = verdict.executions;
        assert!((2 * searches..=4 * searches).contains(&executions), "{executions}");
        let beside_a_world = in_one_process::<BesideAWorld>(level, Sharing::SyncObjects);
        assert!(is_proved(&beside_a_world), "{}", report::verdict_text(&beside_a_world));
        assert_eq!(beside_a_world.executions, executions);
        let anything = in_one_process::<Ours>(level, Sharing::Anything);
        assert!(anything.executions > 4 * searches, "{}", anything.executions);
    }
}

#[test]
fn what_two_processes_share_makes_the_order_matter() {
    assert!(is_proved(&in_two_processes(false)));
    let verdict = in_two_processes(true);
    assert_names_the_flag(&verdict);
}

#[test]
fn a_verdict_says_what_tasks_were_taken_to_share() {
    let [anything, by_object] = [Sharing::Anything, Sharing::SyncObjects]
        .map(|sharing| in_one_process::<Ours>(Level::Lock, sharing));
    let granted = "tasks share only objects of authloom::sync";
    assert!(!report::verdict_text(&anything).contains(granted));
    assert!(report::verdict_text(&by_object).contains(granted));
    let sharing = |verdict: &Verdict| report::json_row(verdict, "proved")["sharing"].clone();
    assert_eq!(sharing(&anything), "anything");
    assert_eq!(sharing(&by_object), "sync-objects");
}

/// Gives up a call before it has arrived, and then waits for what nobody sees.
async fn give_up_and_wait(foreign: Arc<tokio::sync::Notify>, world: World) {
    let store = world.session_store(Capability::UniqueInsert);
    let browser = BrowserId::new("a");
    let mut sent = Box::pin(store.find(&browser));
    let is_sent = poll_fn(|cx| Poll::Ready(sent.as_mut().poll(cx).is_pending())).await;
    assert!(is_sent, "it waits for its answer");
    drop(sent);
    foreign.notified().await;
}

/// Expected at both levels that look at what tasks wait for: what was given up is not it.
#[test]
fn whoever_has_given_up_a_call_does_not_wait_for_it() {
    for level in [Level::Lock, Level::Thread] {
        let verdict = explore(level, Sharing::Anything, |stage| {
            let foreign = Arc::new(tokio::sync::Notify::new());
            stage.caller("a", give_up_and_wait(Arc::clone(&foreign), stage.world().clone()));
            stage.caller("b", async move { foreign.notify_one() });
        });
        let waited = Incomplete::WaitedUnseen { task: String::from("a") };
        match &verdict.conclusion {
            Conclusion::Incomplete(reason) => assert_eq!(*reason, waited),
            _ => panic!("{}", report::verdict_text(&verdict)),
        }
    }
}

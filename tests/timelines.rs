//! What a timeline shows of objects of `authloom::sync`: which operation, at which line.

use std::collections::BTreeSet;
use std::sync::Arc;

use authloom::auth::{
    RefreshToken, TokenEndpoint as _, TokenRefresher, TokenStore as _, UserId, World,
};
use authloom::prove::{Bounds, Conclusion, Deed, Level, Options, Scenario, Violation};
use authloom::report;
use authloom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use authloom::sync::blocking::PoisonError;
use authloom::sync::{
    Mutex, Notify, OnceCell, RwLock, Semaphore, blocking, broadcast, mpsc, oneshot, parking_lot,
    watch,
};
use authloom::world::{Action, Spawner as _};
use authloom_scenarios::{Cell, Size, cells_at, refresh};

mod refresher;

use refresher::Refresher;

/// Each line that uses objects says how a timeline has to name that.
async fn uses_everything() {
    let mutex = Arc::new(Mutex::new(0));
    drop(mutex.lock().await); // Mutex::lock
    drop(mutex.try_lock()); // Mutex::try_lock
    drop(Arc::clone(&mutex).lock_owned().await); // Mutex::lock_owned
    let rw_lock = RwLock::new(0);
    drop(rw_lock.read().await); // RwLock::read
    drop(rw_lock.write().await); // RwLock::write
    drop(rw_lock.try_read()); // RwLock::try_read
    let semaphore = Arc::new(Semaphore::new(2));
    drop(semaphore.acquire().await); // Semaphore::acquire
    drop(semaphore.try_acquire_many(2)); // Semaphore::try_acquire_many
    drop(Arc::clone(&semaphore).acquire_owned().await); // Semaphore::acquire_owned
    let notify = Notify::new();
    notify.notify_one(); // Notify::notify_one
    notify.notified().await; // Notify::notified
    let cell = OnceCell::new();
    cell.get_or_init(|| async { 1 }).await; // OnceCell::get_or_init
    cell.set(2).unwrap_err(); // OnceCell::set
    cell.get(); // OnceCell::get
    let (sender, receiver) = oneshot::channel(); // oneshot::recv of the channel made
    sender.send(1).unwrap(); // oneshot::send
    receiver.await.unwrap();
    let (sender, mut receiver) = mpsc::channel(1);
    sender.send(1).await.unwrap(); // mpsc::send
    receiver.recv().await; // mpsc::recv
    sender.try_send(2).unwrap(); // mpsc::try_send
    receiver.try_recv().unwrap(); // mpsc::try_recv
    let (sender, mut receiver) = mpsc::unbounded_channel();
    sender.send(1).unwrap(); // mpsc::send
    receiver.recv().await; // mpsc::recv
    let (sender, mut receiver) = watch::channel(0);
    sender.send(1).unwrap(); // watch::send
    receiver.changed().await.unwrap(); // watch::changed
    drop(receiver.borrow()); // watch::borrow
    let (sender, mut receiver) = broadcast::channel(1);
    sender.send(1).unwrap(); // broadcast::send
    receiver.recv().await.unwrap(); // broadcast::recv
    drop(blocking::Mutex::new(0).lock()); // Mutex::lock
    drop(blocking::RwLock::new(0).try_write()); // RwLock::try_write
    blocking::Condvar::new().notify_all(); // Condvar::notify_all
    blocking::OnceLock::new().get_or_init(|| 1); // OnceLock::get_or_init
    drop(parking_lot::Mutex::new(0).lock()); // Mutex::lock
    drop(parking_lot::RwLock::new(0).read()); // RwLock::read
    let flag = AtomicBool::new(false);
    flag.load(Ordering::Acquire); // AtomicBool::load(Acquire) -> false
    flag.store(true, Ordering::Release); // AtomicBool::store(true, Release)
    let count = AtomicU32::new(3);
    count.swap(4, Ordering::AcqRel); // AtomicU32::swap(4, AcqRel) -> 3
    count.fetch_add(1, Ordering::Relaxed); // AtomicU32::fetch_add(1, Relaxed) -> 4
    let exchanged = count.compare_exchange(4, 6, Ordering::SeqCst, Ordering::Relaxed);
    assert_eq!(exchanged, Err(5));
    panic!("everything is used");
}

fn one_caller() -> Scenario<dyn TokenRefresher> {
    Scenario {
        name: "sync/one-caller",
        summary: "one caller uses everything",
        bounds: Bounds::callers(1),
        properties: vec![],
        sometimes: vec![],
        stage: Arc::new(|stage| {
            let (world, refresher) = (stage.world().clone(), stage.instance());
            stage.caller("one", async move {
                let _ = world.ask_for_token(&*refresher, &UserId::new("alice")).await;
            });
        }),
    }
}

/// The lines of this file that say what they use, and that.
fn said() -> BTreeSet<(u32, String)> {
    const EXCHANGED: &str = "AtomicU32::compare_exchange(4, 6, SeqCst, Relaxed) -> Err(5)";
    let lines = include_str!("timelines.rs").lines().zip(1..);
    let uses = lines.take_while(|(line, _)| !line.contains("panic!"));
    let said = uses.filter_map(|(line, number)| {
        let text = match line.split_once("; // ") {
            Some((_, text)) => text,
            // It has no room for a comment.
            None if line.contains(".compare_exchange(") => EXCHANGED,
            None => return None,
        };
        Some((number, text.to_owned()))
    });
    said.collect()
}

#[test]
fn every_operation_is_named_at_its_line() {
    for level in [Level::Lock, Level::Thread] {
        let options = Options { level, ..Options::default() };
        let build = |_: &World| -> Arc<dyn TokenRefresher> { Arc::new(Refresher(uses_everything)) };
        let verdict = one_caller().explore(build, &options, &mut |_| {});
        let Conclusion::Violated(violation) = &verdict.conclusion else {
            panic!("{}", report::verdict_text(&verdict))
        };
        assert_eq!(violation.property.name, "never-panics");
        let deeds = violation.recording.rows.iter().flat_map(|row| &row.deeds);
        let used = deeds.filter_map(|deed| match deed {
            Deed::Acted(Action::Uses(used)) if used.location.file() == file!() => {
                let channel = used.object.what.strip_suffix(" channel").unwrap_or(used.object.what);
                let text = format!("{channel}::{}{}", used.operation, used.values);
                Some((used.location.line(), text))
            }
            _ => None,
        });
        assert_eq!(used.collect::<BTreeSet<_>>(), said(), "{level:?}");
        // It is broken where it panics; what unwinds comes after that.
        let broken = &violation.recording.rows[violation.recording.scheduled - 1];
        let panics = |deed: &Deed| matches!(deed, Deed::Acted(Action::Panics(_)));
        assert!(broken.deeds.iter().any(panics), "{level:?} {broken:?}");
    }
}

/// Callers of what `build` makes while the world is set up, which panics.
fn panics<F, Fut>(callers: usize, level: Level, build: fn(&World) -> F) -> Violation
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let options = Options { level, focus: Some("never-panics"), ..Options::default() };
    let build =
        move |world: &World| -> Arc<dyn TokenRefresher> { Arc::new(Refresher(build(world))) };
    let verdict = refresh::concurrent_callers(callers).explore(build, &options, &mut |_| {});
    let text = report::verdict_text(&verdict);
    let violation = verdict.conclusion.violation().unwrap_or_else(|| panic!("{level:?} {text}"));
    assert_eq!(violation.property.name, "never-panics", "{level:?}");
    violation.clone()
}

/// What a task panics with comes before what it lets go of, and that before what others see of it.
#[test]
fn a_panic_is_shown_where_it_happens() {
    for level in [Level::Lock, Level::Thread] {
        let violation = panics(2, level, |_| {
            let lock = Arc::new(blocking::Mutex::new(0));
            move || {
                let lock = Arc::clone(&lock);
                async move {
                    let mut count = lock.lock().unwrap_or_else(PoisonError::into_inner);
                    *count += 1;
                    assert!(*count > 1, "I am the first");
                }
            }
        });
        let rows = &violation.recording.rows;
        let row_with = |is_it: fn(&Action) -> bool| {
            let has = |deed: &Deed| matches!(deed, Deed::Acted(action) if is_it(action));
            let at = rows.iter().position(|row| row.deeds.iter().any(has));
            let at = at.unwrap_or_else(|| panic!("{level:?} {rows:?}"));
            (at, rows[at].deeds.iter().position(has))
        };
        let panics = row_with(|action| matches!(action, Action::Panics(_)));
        let lets_go = row_with(|action| matches!(action, Action::LetsGo(_)));
        assert!(panics < lets_go, "{level:?} {rows:?}");
        let until_it_panics = &rows[..=panics.0];
        assert!(until_it_panics.iter().all(|row| row.lane == rows[panics.0].lane), "{rows:?}");
        let text = report::violation_text(&violation);
        assert!(text.contains("panicked: I am the first (tests/timelines.rs:"), "{text}");
        assert_eq!(text.matches("panics: I am the first").count(), 1, "{text}");
    }
}

/// Whether it shows that an atomic is stored or a channel dropped, which only constructors do here.
fn shows_set_up(violation: &Violation) -> bool {
    let is_of_set_up = |deed: &Deed| match deed {
        Deed::Acted(Action::Uses(used)) => used.operation == "store",
        Deed::Acted(Action::LetsGo(object)) => object.what == "watch channel",
        _ => false,
    };
    violation.recording.rows.iter().flat_map(|row| &row.deeds).any(is_of_set_up)
}

/// What a constructor does is nobody's step.
#[test]
fn what_is_done_while_the_world_is_set_up_is_not_shown() {
    for level in [Level::Lock, Level::Thread] {
        let violation = panics(2, level, |world| {
            let (flag, spawner) = (AtomicBool::new(false), world.spawner());
            flag.store(true, Ordering::Relaxed);
            drop(watch::channel(0));
            let (flag, count) = (Arc::new(flag), Arc::new(AtomicU32::new(0)));
            move || {
                let (flag, count) = (Arc::clone(&flag), Arc::clone(&count));
                let spawner = spawner.clone();
                async move {
                    // Some executions have a task more than others.
                    if count.fetch_add(1, Ordering::Relaxed) == 1 && flag.load(Ordering::Relaxed) {
                        let task = async move { assert!(count.load(Ordering::Relaxed) < 3) };
                        spawner.spawn("more", Box::pin(task));
                        panic!("both have been here");
                    }
                }
            }
        });
        assert!(!shows_set_up(&violation), "{level:?}");
    }
}

/// Nor is it when a process that has crashed is started again.
#[test]
fn what_is_done_while_a_process_is_started_again_is_not_shown() {
    for level in [Level::Await, Level::Lock, Level::Thread] {
        let options = Options { level, focus: Some("never-panics"), ..Options::default() };
        let build = |world: &World| -> Arc<dyn TokenRefresher> {
            AtomicBool::new(false).store(true, Ordering::Relaxed);
            drop(watch::channel(0));
            let world = world.clone();
            Arc::new(Refresher(move || {
                let (store, endpoint) = (world.token_store(), world.token_endpoint());
                async move {
                    let user = UserId::new("alice");
                    assert!(store.load(&user).await.is_some(), "it comes a second time");
                    store.remove(&user).await;
                    let _ = endpoint.refresh(&RefreshToken::new("unknown")).await;
                }
            }))
        };
        let verdict = refresh::crash_after_send(1).explore(build, &options, &mut |_| {});
        let text = report::verdict_text(&verdict);
        let violation = verdict.conclusion.violation().unwrap_or_else(|| panic!("{text}"));
        assert!(text.contains("it comes a second time"), "{text}");
        assert!(!shows_set_up(violation), "{level:?} {text}");
    }
}

/// To say what is waited for, the recorded execution has objects that say so. The code under test
/// goes through it as it did in the search, whatever of tokio's it uses.
#[test]
fn naming_what_is_waited_for_changes_nothing() {
    for level in [Level::Await, Level::Lock, Level::Thread] {
        let violation = panics(2, level, |_| {
            let (lock, count) = (Arc::new(tokio::sync::Mutex::new(0)), Arc::new(Mutex::new(0)));
            move || {
                let (lock, count) = (Arc::clone(&lock), Arc::clone(&count));
                async move {
                    for _ in 0..40 {
                        *lock.lock().await += 1;
                    }
                    *count.lock().await += 1;
                    panic!("it was there");
                }
            }
        });
        let text = report::violation_text(&violation);
        assert!(text.contains("panicked: it was there (tests/timelines.rs:"), "{level:?} {text}");
    }
}

/// Who waits for ever is said to wait for what, also at the level whose search does not see that.
#[test]
fn what_is_waited_for_in_vain_is_named_at_every_level() {
    for level in [Level::Await, Level::Lock, Level::Thread] {
        let options = Options { level, focus: Some("everyone-finishes"), ..Options::default() };
        let build = |_: &World| -> Arc<dyn TokenRefresher> {
            let notify = Arc::new(Notify::new());
            Arc::new(Refresher(move || {
                let notify = Arc::clone(&notify);
                async move { notify.notified().await }
            }))
        };
        let line = line!() - 3;
        let verdict = refresh::concurrent_callers(1).explore(build, &options, &mut |_| {});
        let text = report::verdict_text(&verdict).replace("\n  ", " ");
        let waits = format!("waits for a Notify (tests/timelines.rs:{line})");
        let (headline, _) = text.split_once("\n\n").expect("a timeline follows");
        assert!(headline.contains(&waits), "{level:?} {text}");
    }
}

/// What another world's ledger has is not taken for an entry of this one's.
#[test]
fn another_world_is_not_shown() {
    for level in [Level::Await, Level::Lock, Level::Thread] {
        let violation = panics(2, level, |_| {
            || async {
                let another = World::by_hand();
                another.server().log_in_expired(&UserId::new("bob"));
                another.token_store().load(&UserId::new("bob")).await;
                panic!("it was there");
            }
        });
        let text = report::violation_text(&violation);
        assert!(text.contains("panicked: it was there") && !text.contains("bob"), "{text}");
    }
}

fn violation(level: Level, scenario: &str, model: &str) -> Violation {
    let named = |cell: &Cell| cell.race().name() == scenario && cell.model == model;
    let cell = cells_at(level).into_iter().find(named).expect("the catalogue has it");
    let verdict = cell.explore(Size::default(), &mut |_| {});
    verdict.conclusion.violation().expect("it is violated").clone()
}

/// The bugs that only the finer levels see: what they are about is in the timeline.
#[test]
fn timelines_of_the_finer_levels_read_as_pinned() {
    for (level, scenario, model) in [
        (Level::Lock, "refresh/concurrent-callers", "refresh/flight-checked-then-registered"),
        (Level::Thread, "refresh/concurrent-callers", "refresh/flight-checked-then-registered"),
        (Level::Lock, "refresh/first-refresh-fails", "refresh/flight-removed-by-old-leader"),
        (Level::Thread, "refresh/concurrent-callers", "refresh/std-lock-check-then-act"),
        (Level::Thread, "refresh/concurrent-callers", "refresh/published-with-relaxed-flag"),
        (Level::Thread, "refresh/concurrent-callers", "refresh/notifies-under-lock"),
        (Level::Thread, "refresh/concurrent-callers", "refresh/result-taken-once"),
    ] {
        let text = report::violation_text(&violation(level, scenario, model));
        insta::assert_snapshot!(format!("{model}__{level:?}").replace('/', "_"), text);
    }
}

/// The README shows one.
#[test]
fn the_readme_shows_what_level_thread_shows() {
    const README: &str = include_str!("../README.md");
    let (scenario, model) = ("refresh/concurrent-callers", "refresh/published-with-relaxed-flag");
    let text = report::violation_text(&violation(Level::Thread, scenario, model));
    let mut paragraphs = text.split("\n\n");
    let table = paragraphs.find(|paragraph| paragraph.starts_with(" step ")).expect("it has one");
    assert!(README.contains(table), "the README lacks\n{table}");
}

/// A watch channel of tokio's wakes those that wait in an order that it draws at random.
#[test]
fn those_that_are_woken_are_shown_in_one_order() {
    let shown = |level| {
        let violation = panics(3, level, |_| {
            let (sender, receiver) = watch::channel(0);
            let count = Arc::new(AtomicU32::new(0));
            let sender = Arc::new(sender);
            move || {
                let (sender, count) = (Arc::clone(&sender), Arc::clone(&count));
                let mut receiver = receiver.clone();
                async move {
                    if count.fetch_add(1, Ordering::AcqRel) < 2 {
                        receiver.changed().await.unwrap();
                        panic!("was woken");
                    }
                    sender.send(1).unwrap();
                }
            }
        });
        report::violation_text(&violation)
    };
    for level in [Level::Await, Level::Thread] {
        let first = shown(level);
        assert!(first.contains("wakes"), "{first}");
        for _ in 0..20 {
            assert_eq!(shown(level), first, "{level:?}");
        }
    }
}

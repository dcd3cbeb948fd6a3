//! What `authloom::sync` costs outside an exploration, beside the originals; and what level `lock`
//! costs beside loom, for the same code.
//!
//! `cargo bench --bench sync`; `-- --quick` does little of each, so that CI sees it work. Ratios
//! are of one run: the best round of each, the rounds taken in turn, in several processes. Where a
//! process comes to lie in memory can double what an operation takes, the original's too.

use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use authloom::prove::Level;
use authloom::sync as ours;
use authloom_scenarios::{Size, cells_at};

/// How long one round of something takes.
type Round = fn(u32) -> Duration;

/// The original and ours, doing the same.
const PAIRS: [(&str, Round, Round); 13] = [
    ("Mutex::lock().await", their_mutex, our_mutex),
    ("RwLock::read().await", their_rw_lock, our_rw_lock),
    ("mpsc send and recv", their_mpsc, our_mpsc),
    ("unbounded mpsc send and recv", their_unbounded, our_unbounded),
    ("watch send, changed and borrow", their_watch, our_watch),
    ("broadcast send and recv", their_broadcast, our_broadcast),
    ("oneshot made, send and await", their_oneshot, our_oneshot),
    ("Notify::notify_one, notified", their_notify, our_notify),
    ("OnceCell::get_or_init, set", their_once_cell, our_once_cell),
    ("OnceCell made, get_or_init", their_new_once_cell, our_new_once_cell),
    ("blocking::Mutex::lock()", std_mutex, our_blocking_mutex),
    ("blocking::RwLock::read()", std_rw_lock, our_blocking_rw_lock),
    ("atomic::AtomicU64::fetch_add", std_atomic, our_atomic),
];

/// What a process is told that does some rounds and prints what they took.
const ROUNDS_ONLY: &str = "--rounds-only";

fn main() {
    let has = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    let is_quick = has("--quick");
    let (processes, rounds, operations) = if is_quick { (2, 4, 20_000) } else { (16, 8, 100_000) };
    if has(ROUNDS_ONLY) {
        return best_of(rounds, operations).iter().for_each(|time| println!("{time}"));
    }
    let mut best = [f64::MAX; 2 * PAIRS.len()];
    for _ in 0..processes {
        let times = best_elsewhere(is_quick);
        best.iter_mut().zip(times).for_each(|(best, time)| *best = best.min(time));
    }
    println!(
        "{:<34}{:>12}{:>12}{:>8}",
        "outside an exploration", "original ns", "ours ns", "ratio"
    );
    for ((name, ..), times) in PAIRS.iter().zip(best.chunks(2)) {
        let (original, own) = (times[0], times[1]);
        println!("{name:<34}{original:>12.2}{own:>12.2}{:>8.2}", own / original);
    }
    println!();
    println!("{:<34}{:>12}{:>12}{:>8}", "serialized-with-recheck", "executions", "steps", "ms");
    for level in [Level::Lock, Level::Thread] {
        levels("refresh/serialized-with-recheck", level);
    }
}

/// The nanoseconds that one operation takes, of each pair the original's and ours.
fn best_of(rounds: u32, operations: u32) -> [f64; 2 * PAIRS.len()] {
    let mut best = [f64::MAX; 2 * PAIRS.len()];
    for _ in 0..rounds {
        let each = PAIRS.iter().flat_map(|&(_, theirs, ours)| [theirs, ours]);
        for (best, round) in best.iter_mut().zip(each) {
            *best = best.min(round(operations).as_secs_f64() * 1e9 / f64::from(operations));
        }
    }
    best
}

/// The same in a process of its own.
fn best_elsewhere(is_quick: bool) -> Vec<f64> {
    let mut process = Command::new(std::env::current_exe().expect("a bench is a file"));
    process.arg(ROUNDS_ONLY).args(is_quick.then_some("--quick"));
    let printed = process.output().expect("this program can be run again").stdout;
    let printed = String::from_utf8(printed).expect("it prints numbers");
    printed.lines().map(|time| time.parse().expect("it prints numbers")).collect()
}

/// loom is what level `thread` runs on.
fn levels(model: &str, level: Level) {
    let wanted = |cell: &authloom_scenarios::Cell| {
        cell.model == model && cell.race().name() == "refresh/concurrent-callers"
    };
    let cell = cells_at(level).into_iter().find(wanted).expect("the catalogue has it");
    let verdict = cell.explore(Size::default(), &mut |_| {});
    let milliseconds = verdict.elapsed.as_secs_f64() * 1000.0;
    println!(
        "level {:<28}{:>12}{:>12}{milliseconds:>8.1}",
        level.as_str(),
        verdict.executions,
        verdict.steps
    );
}

/// A round of operations that each end with a result which must not be left out.
macro_rules! round {
    ($name:ident, $made:expr, |$object:ident| $operation:expr) => {
        fn $name(operations: u32) -> Duration {
            #[allow(unused_mut, reason = "some operations need no exclusive access")]
            let mut $object = $made;
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.expect("tokio makes a runtime").block_on(tokio::task::unconstrained(async {
                let started = Instant::now();
                for _ in 0..operations {
                    black_box($operation);
                }
                started.elapsed()
            }))
        }
    };
}

round!(their_mutex, tokio::sync::Mutex::new(0), |mutex| *mutex.lock().await += 1);
round!(our_mutex, ours::Mutex::new(0), |mutex| *mutex.lock().await += 1);
round!(their_rw_lock, tokio::sync::RwLock::new(0), |lock| *lock.read().await);
round!(our_rw_lock, ours::RwLock::new(0), |lock| *lock.read().await);
round!(their_mpsc, tokio::sync::mpsc::channel(8), |ends| {
    ends.0.send(1).await.expect("the receiver is there");
    ends.1.recv().await
});
round!(our_mpsc, ours::mpsc::channel(8), |ends| {
    ends.0.send(1).await.expect("the receiver is there");
    ends.1.recv().await
});
round!(their_unbounded, tokio::sync::mpsc::unbounded_channel(), |ends| {
    ends.0.send(1).expect("the receiver is there");
    ends.1.recv().await
});
round!(our_unbounded, ours::mpsc::unbounded_channel(), |ends| {
    ends.0.send(1).expect("the receiver is there");
    ends.1.recv().await
});
round!(their_watch, tokio::sync::watch::channel(0), |ends| {
    ends.0.send(1).expect("the receiver is there");
    ends.1.changed().await.expect("the sender is there");
    *ends.1.borrow()
});
round!(our_watch, ours::watch::channel(0), |ends| {
    ends.0.send(1).expect("the receiver is there");
    ends.1.changed().await.expect("the sender is there");
    *ends.1.borrow()
});
round!(their_broadcast, tokio::sync::broadcast::channel(8), |ends| {
    ends.0.send(1).expect("the receiver is there");
    ends.1.recv().await.expect("the sender is there")
});
round!(our_broadcast, ours::broadcast::channel(8), |ends| {
    ends.0.send(1).expect("the receiver is there");
    ends.1.recv().await.expect("the sender is there")
});
round!(their_oneshot, (), |_nothing| {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    sender.send(1).expect("the receiver is there");
    receiver.await.expect("the sender is there")
});
round!(our_oneshot, (), |_nothing| {
    let (sender, receiver) = ours::oneshot::channel();
    sender.send(1).expect("the receiver is there");
    receiver.await.expect("the sender is there")
});
round!(their_notify, tokio::sync::Notify::new(), |notify| {
    notify.notify_one();
    notify.notified().await;
});
round!(our_notify, ours::Notify::new(), |notify| {
    notify.notify_one();
    notify.notified().await;
});
round!(their_once_cell, tokio::sync::OnceCell::new(), |cell| *cell.get_or_init(async || 1).await);
round!(our_once_cell, ours::OnceCell::new(), |cell| *cell.get_or_init(async || 1).await);
round!(their_new_once_cell, (), |_nothing| {
    *tokio::sync::OnceCell::new().get_or_init(async || 1).await
});
round!(our_new_once_cell, (), |_nothing| *ours::OnceCell::new().get_or_init(async || 1).await);
round!(std_mutex, std::sync::Mutex::new(0), |mutex| *mutex.lock().expect("nobody panics") += 1);
round!(std_rw_lock, std::sync::RwLock::new(0), |lock| *lock.read().expect("nobody panics"));
round!(our_blocking_rw_lock, ours::blocking::RwLock::new(0), |lock| {
    *lock.read().expect("nobody panics")
});
round!(std_atomic, std::sync::atomic::AtomicU64::new(0), |atomic| {
    atomic.fetch_add(1, Ordering::AcqRel)
});
round!(our_atomic, ours::atomic::AtomicU64::new(0), |atomic| atomic.fetch_add(1, Ordering::AcqRel));
round!(our_blocking_mutex, ours::blocking::Mutex::new(0), |mutex| {
    *mutex.lock().expect("nobody panics") += 1;
});

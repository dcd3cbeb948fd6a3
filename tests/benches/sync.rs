//! What `authloom::sync` costs outside an exploration, beside the originals; and what level `lock`
//! costs beside loom, for the same code.
//!
//! `cargo bench --bench sync`; `-- --quick` does little of each, so that CI sees it work. Ratios
//! are of one run: the best round of each, the rounds taken in turn. Each round has its own place
//! on the stack: where a future comes to lie can double what it takes, the original's too.

use std::hint::black_box;
use std::time::{Duration, Instant};

use authloom::prove::Level;
use authloom::sync as ours;
use authloom_scenarios::{Size, cells_at};

/// How long one round of something takes.
type Round<'a> = &'a dyn Fn(u32) -> Duration;

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let (rounds, operations) = if is_quick { (2, 1_000) } else { (64, 100_000) };
    println!(
        "{:<34}{:>12}{:>12}{:>8}",
        "outside an exploration", "original ns", "ours ns", "ratio"
    );
    beside("Mutex::lock().await", rounds, operations, &their_mutex, &our_mutex);
    beside("RwLock::read().await", rounds, operations, &their_rw_lock, &our_rw_lock);
    beside("mpsc send and recv", rounds, operations, &their_mpsc, &our_mpsc);
    beside("blocking::Mutex::lock()", rounds, operations, &std_mutex, &our_blocking_mutex);
    println!();
    println!("{:<34}{:>12}{:>12}{:>8}", "serialized-with-recheck", "executions", "steps", "ms");
    for level in [Level::Lock, Level::Thread] {
        levels("refresh/serialized-with-recheck", level);
    }
}

fn beside(name: &str, rounds: u32, operations: u32, theirs: Round<'_>, ours: Round<'_>) {
    let (mut original, mut own) = (Duration::MAX, Duration::MAX);
    for round in 0..rounds {
        original = original.min(deeper(round, || theirs(operations)));
        own = own.min(deeper(round, || ours(operations)));
    }
    let each = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(operations);
    let (original, own) = (each(original), each(own));
    println!("{name:<34}{original:>12.2}{own:>12.2}{:>8.2}", own / original);
}

/// Runs `time` that many frames further down the stack. They are no multiple of a cache line: some
/// 64 of them reach every place in one, and in a page.
#[inline(never)]
fn deeper(frames: u32, time: impl Fn() -> Duration) -> Duration {
    fn below(frames: u32, time: &dyn Fn() -> Duration) -> Duration {
        let frame = black_box([0_u8; 80]);
        let time = if frames == 0 { time() } else { below(frames - 1, time) };
        black_box(&frame);
        time
    }
    below(frames, &time)
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
round!(std_mutex, std::sync::Mutex::new(0), |mutex| *mutex.lock().expect("nobody panics") += 1);
round!(our_blocking_mutex, ours::blocking::Mutex::new(0), |mutex| {
    *mutex.lock().expect("nobody panics") += 1;
});

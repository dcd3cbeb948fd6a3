//! A line on standard error while an exploration takes longer than a second. On anything but a
//! terminal there is none.

use std::time::{Duration, Instant};

use authloom::explore::Snapshot;
use authloom::prove::{Options, Verdict};
use authloom_scenarios::{Cell, Size};
use indicatif::ProgressBar;

const QUIET: Duration = Duration::from_secs(1);

/// Random executions from which the line's estimate is made, where there is much to do.
const PROBES: u64 = 1_000;

/// Explores a cell and shows how far it is.
pub fn explore(cell: &Cell, options: Options, size: Size) -> Verdict {
    let started = Instant::now();
    let bar = ProgressBar::new_spinner();
    let probes = if bar.is_hidden() { 0 } else { PROBES };
    let options = Options { probes, ..options };
    let verdict = cell.explore_with(options, size, &mut |snapshot: &Snapshot| {
        let elapsed = started.elapsed();
        if elapsed < QUIET {
            return;
        }
        let line = line(snapshot, elapsed);
        bar.set_message(format!("{} {}: {line}", cell.race().name(), cell.model));
        bar.tick();
    });
    bar.finish_and_clear();
    verdict
}

/// Done, of about how many, how fast, how long still. The estimate is about the plans begun so far;
/// one that was passed says nothing of what is left.
fn line(snapshot: &Snapshot, elapsed: Duration) -> String {
    let (executions, seconds) = (snapshot.executions, elapsed.as_secs_f64());
    let rate = executions as f64 / seconds;
    let left = snapshot.estimated.and_then(|estimated| {
        let left = estimated.checked_sub(executions).filter(|&left| left > 0)?;
        Some((estimated, left as f64 / rate))
    });
    match left {
        Some((estimated, left)) if left.is_finite() => format!(
            "{executions} of about {estimated} executions, {rate:.0} a second, {seconds:.0} s, \
             about {left:.0} s left"
        ),
        _ => format!("{executions} executions, {rate:.0} a second, {seconds:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_two_seconds(executions: u64, estimated: Option<u64>) -> String {
        let snapshot = Snapshot {
            executions,
            redundant: 0,
            impossible: 0,
            steps: 0,
            probes: 0,
            estimated,
            positions: Vec::new(),
        };
        line(&snapshot, Duration::from_secs(2))
    }

    #[test]
    fn an_estimate_says_how_long_it_will_still_take() {
        assert_eq!(
            after_two_seconds(1_000, Some(6_000)),
            "1000 of about 6000 executions, 500 a second, 2 s, about 10 s left"
        );
    }

    /// Without one, after more executions than it said, and before the first execution.
    #[test]
    fn without_a_use_for_an_estimate_the_line_has_none() {
        let line = "1000 executions, 500 a second, 2 s";
        assert_eq!(after_two_seconds(1_000, None), line);
        assert_eq!(after_two_seconds(1_000, Some(1_000)), line);
        assert_eq!(after_two_seconds(1_000, Some(999)), line);
        assert_eq!(after_two_seconds(0, Some(9)), "0 executions, 0 a second, 2 s");
    }
}

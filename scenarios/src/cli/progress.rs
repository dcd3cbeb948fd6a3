//! A line on standard error while an exploration takes longer than a second. On anything but a
//! terminal there is none.

use std::time::{Duration, Instant};

use authloom::explore::Snapshot;
use authloom::prove::{Options, Verdict};
use authloom_scenarios::{Cell, Size};
use indicatif::ProgressBar;

const QUIET: Duration = Duration::from_secs(1);

/// Explores a cell and shows how far it is.
pub fn explore(cell: &Cell, options: Options, size: Size) -> Verdict {
    let started = Instant::now();
    let bar = ProgressBar::new_spinner();
    let verdict = cell.explore_with(options, size, &mut |snapshot: &Snapshot| {
        let elapsed = started.elapsed();
        if elapsed < QUIET {
            return;
        }
        let rate = snapshot.executions as f64 / elapsed.as_secs_f64();
        bar.set_message(format!(
            "{} {}: {} executions, {:.0} a second, {:.0} s",
            cell.race().name(),
            cell.model,
            snapshot.executions,
            rate,
            elapsed.as_secs_f64()
        ));
        bar.tick();
    });
    bar.finish_and_clear();
    verdict
}

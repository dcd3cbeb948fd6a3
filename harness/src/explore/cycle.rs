//! What an execution that never ends does again and again.

use std::ops::Range;

use super::program::{Choice, Lane};

/// How often the same steps come one after the other until they are taken to come for ever.
const TIMES_MIN: usize = 3;

/// The steps that the end of a schedule consists of, over and over: where they come first. `None`
/// when there are none, or when they make up less than half of the schedule.
///
/// Steps are the same here if they are of the same lane and do the same; a call is another each
/// time.
pub fn cycle(steps: &[Choice]) -> Option<Range<usize>> {
    let what: Vec<(Lane, &str)> =
        steps.iter().map(|step| (step.process.lane, step.label)).collect();
    (1..=what.len() / TIMES_MIN).find_map(|period| {
        let is_as_before = |&at: &usize| what[at] == what[at - period];
        let again = (period..what.len()).rev().take_while(is_as_before).count();
        let first = what.len() - again - period;
        let comes_often = again + period >= TIMES_MIN * period;
        (comes_often && 2 * (again + period) >= what.len()).then_some(first..first + period)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::ProcessId;

    fn steps(lanes: &[u16]) -> Vec<Choice> {
        let process = |lane, index| ProcessId { lane: Lane(lane), index };
        let choice = |(index, &lane): (usize, &u16)| Choice {
            process: process(lane, index as u16),
            label: "runs",
        };
        lanes.iter().enumerate().map(choice).collect()
    }

    #[test]
    fn the_shortest_cycle_is_found_where_it_begins() {
        assert_eq!(cycle(&steps(&[7, 1, 2, 1, 2, 1, 2])), Some(1..3));
        assert_eq!(cycle(&steps(&[1, 1, 1, 1])), Some(0..1));
    }

    #[test]
    fn what_comes_twice_or_only_at_the_end_is_none() {
        assert_eq!(cycle(&steps(&[1, 2, 3, 1, 2, 3])), None);
        assert_eq!(cycle(&steps(&[1, 2, 3, 4, 5, 6, 7, 8, 8, 8])), None);
        assert_eq!(cycle(&[]), None);
    }
}

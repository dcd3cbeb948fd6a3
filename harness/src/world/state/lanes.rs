//! The lanes of an execution: their names, and whose task each has.

use std::borrow::Cow;

use super::State;
use super::history::History;
use crate::explore::Lane;

/// The most tasks that an execution can have.
const TASKS_MAX: usize = 1_000;

pub(in crate::world) struct LaneRecord {
    pub(in crate::world) name: Cow<'static, str>,
    /// What that is without its number.
    stem: Cow<'static, str>,
    pub(super) calls_made: u16,
    /// The process that its task belongs to.
    pub(in crate::world) process: Option<usize>,
    is_vacant: bool,
    pub(super) history: History,
}

impl LaneRecord {
    fn vacant() -> Self {
        LaneRecord {
            name: Cow::Borrowed(""),
            stem: Cow::Borrowed(""),
            calls_made: 0,
            process: None,
            is_vacant: true,
            history: History::default(),
        }
    }
}

impl State {
    /// Opens a lane for a task of a process. A name that is taken gets a number.
    ///
    /// It is the same lane and the same name in each order of what processes do: a process has its
    /// lanes and its names to itself, but for those of the stage.
    ///
    /// # Panics
    /// When there are too many.
    pub(in crate::world) fn add_lane(
        &mut self,
        asked: Cow<'static, str>,
        process: Option<usize>,
    ) -> (Lane, Cow<'static, str>) {
        let taken = self.lanes.iter().filter(|lane| !lane.is_vacant).count();
        assert!(taken < TASKS_MAX, "more than {TASKS_MAX} tasks in one execution");
        let stem = match process.filter(|&process| self.may_ask_too(&asked, process)) {
            Some(process) => Cow::Owned(format!("{asked}@{}", process + 1)),
            None => asked,
        };
        let mut number = self.lanes.iter().filter(|other| other.stem == stem).count() + 1;
        let mut name = if number == 1 { stem.clone() } else { numbered(&stem, number) };
        while self.lanes.iter().any(|other| other.name == name) {
            number += 1;
            name = numbered(&stem, number);
        }
        let lane = self.next_lane(process);
        while self.lanes.len() <= lane {
            self.lanes.push(LaneRecord::vacant());
        }
        let history = History::new(&name);
        let (name_given, is_vacant) = (name.clone(), false);
        self.lanes[lane] =
            LaneRecord { name: name_given, stem, calls_made: 0, process, is_vacant, history };
        (Lane(lane as u16), name)
    }

    /// The process that whoever runs is starting.
    pub(in crate::world) fn starting(&self) -> Option<usize> {
        let (process, by) = self.starting?;
        (by == self.current()).then_some(process)
    }

    /// The process that a lane is of, whether or not it has a task yet.
    pub(in crate::world) fn process_of_lane(&self, lane: Lane) -> Option<usize> {
        let (lane, all) = (usize::from(lane.0), self.processes.len());
        match lane.checked_sub(self.staged) {
            Some(later) => Some(later % (all + 1)).filter(|&process| process < all),
            None => self.lanes[lane].process,
        }
    }

    /// The lane of one process that is to it what a lane of another, which is like it, is to that.
    pub(in crate::world) fn lane_alike(&self, lane: Lane, of: usize, to: usize) -> Option<Lane> {
        let lane = usize::from(lane.0);
        let staged_of = |process: usize| {
            (0..self.staged).filter(move |&lane| self.lanes[lane].process == Some(process))
        };
        let alike = match lane < self.staged {
            true => staged_of(to).nth(staged_of(of).position(|one| one == lane)?)?,
            false => lane - of + to,
        };
        Some(Lane(alike as u16))
    }

    /// On the stage, lanes are given one after the other; later on, to each process in turn.
    fn next_lane(&mut self, process: Option<usize>) -> usize {
        if !self.is_stepping || self.processes.is_empty() {
            self.staged = self.lanes.len() + 1;
            return self.lanes.len();
        }
        let all = self.processes.len();
        let mut own = (self.staged + process.unwrap_or(all)..).step_by(all + 1);
        let is_free = |lane: &usize| self.lanes.get(*lane).is_none_or(|lane| lane.is_vacant);
        own.find(is_free).expect("there are more than anybody takes")
    }

    /// Whether another process may ask for the same name.
    fn may_ask_too(&self, asked: &str, process: usize) -> bool {
        let is_another = |lane: &LaneRecord| lane.process.is_some_and(|other| other != process);
        let has_asked = |lane: &LaneRecord| is_another(lane) && lane.stem == asked;
        self.is_stepping
            && self.processes.len() > 1
            && (self.starting().is_none() || self.lanes[..self.staged].iter().any(has_asked))
    }
}

fn numbered(stem: &str, number: usize) -> Cow<'static, str> {
    Cow::Owned(format!("{stem}-{number}"))
}

//! What stands for a team in a build without loom: nothing is ever in one.

use std::convert::Infallible;

use super::kernel::Newborn;
use crate::explore::Lane;

/// There is none.
#[derive(Debug)]
pub(crate) struct Turn(Infallible);

impl Turn {
    pub(crate) fn here() -> Option<Self> {
        None
    }

    pub(crate) fn take(&self) {
        match self.0 {}
    }

    pub(crate) fn take_again(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn block(&self) {
        match self.0 {}
    }

    pub(crate) fn unblock(&self) {
        match self.0 {}
    }
}

pub(crate) fn visible<R>(_operation: impl FnOnce() -> R) -> Option<R> {
    None
}

pub(crate) fn put_off(_operation: impl FnOnce()) {}

pub(crate) fn visible_or_put_off<R>(operation: impl FnOnce() -> R) -> Option<R> {
    visible(operation)
}

/// There is none.
#[derive(Debug)]
pub(crate) struct Crossing;

impl Crossing {
    pub(crate) fn new() -> Self {
        Crossing
    }

    pub(crate) fn cross(&self) {}
}

pub(crate) fn has_to_be_strict() -> bool {
    false
}

pub(crate) fn uninterrupted<R>(operation: impl FnOnce() -> R) -> R {
    operation()
}

pub(super) fn current_lane() -> Lane {
    Lane(0)
}

pub(crate) fn acting_lane() -> Option<Lane> {
    None
}

pub(super) fn may_be_there() -> bool {
    false
}

pub(super) fn note_not_here(_what: &'static str) {}

pub(super) fn spawn(_newborn: Newborn) {}

pub(super) fn note_step() {}

pub(super) fn note_dropped_call() {}

//! The museum: races that were reported in public, each with the cells that show it.
//!
//! An exhibit is the state machine of a report, not its code: language and framework of the
//! original do not matter here. Where several reports share a state machine, they share a model,
//! whose documentation names them all.

mod keeping;
mod spending;

/// Every exhibit, by number.
pub fn exhibits() -> impl Iterator<Item = &'static Exhibit> {
    spending::EXHIBITS.iter().chain(keeping::EXHIBITS)
}

/// A public report of a race, and where the catalogue shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhibit {
    /// Its number.
    pub number: u32,
    /// What went wrong, in a sentence.
    pub title: &'static str,
    /// The reports, each as `owner/repository#number`, or as a file of a repository.
    pub links: &'static [&'static str],
    /// The cells that have the fault.
    pub faulty: &'static [Shown],
    /// The cells that do not.
    pub fixed: &'static [Shown],
}

/// A cell of the catalogue, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The scenario.
    pub scenario: &'static str,
    /// The model.
    pub model: &'static str,
}

const fn at(scenario: &'static str, model: &'static str) -> Shown {
    Shown { scenario, model }
}

const fn concurrent(model: &'static str) -> Shown {
    at("refresh/concurrent-callers", model)
}

const fn cancelled(model: &'static str) -> Shown {
    at("refresh/cancelled-caller", model)
}

const fn failing(model: &'static str) -> Shown {
    at("refresh/failed-refresh", model)
}

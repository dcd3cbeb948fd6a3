//! The reduced search against the plain one on random operations of doubles.
//!
//! Two steps are swapped only if they declare no access in common, so an access that a double
//! forgets to declare hides answers. A log says who does what and is answered what, in order; both
//! searches must come to the same logs.

mod provider;
mod scripts;
mod stores;
mod transactions;

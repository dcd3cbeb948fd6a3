//! The search itself, on programs made up to test it: known counts, and brute force on random
//! programs.

mod depth_first;
mod estimate;
mod forgotten_accesses;
mod optimal;
mod parts;
mod sampling;
mod simple;
mod synthetic;
mod violations;

//! tmp
#![deny(missing_docs)]
pub mod auth;
pub mod explore;
pub mod property;
pub mod prove;
pub mod report;
pub mod world;

//! The commands, one a file.

mod args;
mod coverage;
mod error;
mod explain;
mod list;
mod matrix;
mod merge;
mod names;
mod progress;
mod prove;
mod replay;

pub use args::{Args, Command};
pub use explain::explain;
pub use list::list;
pub use merge::merge;
pub use prove::prove;
pub use replay::replay;

//! The command line contract.

use std::path::PathBuf;

/// Explores races of token refresh, OIDC callback and sync code, every interleaving of them.
#[derive(Debug, clap::Parser)]
#[command(name = "authloom", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub prove: ProveArgs,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Explore the catalogue; one row a scenario and model (also with no command)
    Prove(ProveArgs),
    /// Show the counterexample of one scenario and model as a timeline and a schedule
    Explain(ExplainArgs),
    /// Run a schedule from a file
    Replay(ReplayArgs),
    /// List scenarios, models and properties
    List(ListArgs),
}

#[derive(Debug, clap::Args)]
pub struct ProveArgs {
    /// Only this scenario
    #[arg(long, value_name = "S")]
    pub scenario: Option<String>,
    /// Only this model
    #[arg(long, value_name = "M")]
    pub model: Option<String>,
    /// Another number of callers than the catalogue's
    #[arg(long, value_name = "N")]
    pub callers: Option<usize>,
    /// So many callers may be cancelled, each at any of its awaits
    #[arg(long, value_name = "N")]
    pub cancellations: Option<usize>,
    /// Calls to fail; this version explores those of the scenario
    #[arg(long, value_name = "N")]
    pub faults: Option<usize>,
    /// How finely to cut executions into steps: `await`, `lock` or `thread`
    #[arg(long, value_name = "L")]
    pub level: Option<String>,
    /// A part of the work; this version does all of it, 1/1
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The scenario, as `list` shows it
    pub scenario: String,
    /// The model, as `list` shows it
    pub model: String,
    /// Another number of callers than the catalogue's
    #[arg(long, value_name = "N")]
    pub callers: Option<usize>,
    /// So many callers may be cancelled, each at any of its awaits
    #[arg(long, value_name = "N")]
    pub cancellations: Option<usize>,
    /// How finely to cut executions into steps: `await`, `lock` or `thread`
    #[arg(long, value_name = "L")]
    pub level: Option<String>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// A file with a schedule in it; `-` is standard input
    pub file: PathBuf,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

//! The command line contract.

use std::num::ParseIntError;
use std::path::PathBuf;
use std::str::FromStr;

use authloom::prove::{Options, Search, Shard, Sharing};
use authloom_scenarios::{Cell, Size};

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
    /// Put the results of all shards together: `proved` only if all are there and exhausted
    Merge(MergeArgs),
    /// Run a schedule from a file
    Replay(ReplayArgs),
    /// List scenarios, models and properties
    List(ListArgs),
}

#[derive(Debug, clap::Args)]
pub struct SizeArgs {
    /// Another number of callers than the catalogue's
    #[arg(long, value_name = "N")]
    pub callers: Option<usize>,
    /// So many callers may be cancelled, each at any of its awaits
    #[arg(long, value_name = "N")]
    pub cancellations: Option<usize>,
    /// The clock goes on so many times, each at any moment, by as much as an access token lives
    #[arg(long, value_name = "N")]
    pub clock_advances: Option<usize>,
    /// So many faults befall calls to servers, of any kind, those of the scenario included
    #[arg(long, value_name = "N")]
    pub faults: Option<usize>,
    /// Processes crash so many times, each at any await, where the scenario has processes
    #[arg(long, value_name = "N")]
    pub crashes: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub struct LevelArgs {
    /// How finely to cut executions into steps: `await`, `lock` or `thread`
    #[arg(long, value_name = "L")]
    pub level: Option<String>,
    /// At level `thread`, how often threads may be interrupted in an execution, or `none` for no
    /// bound; 2 without this
    #[arg(long, value_name = "N")]
    pub preemptions: Option<Preemptions>,
    /// What the tasks of one instance are taken to share, which the verdict then says;
    /// `sync-objects` at level `lock` without this, else `anything`
    #[arg(long, value_name = "WHAT")]
    pub sharing: Option<SharingArg>,
}

/// [`Sharing`], on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum SharingArg {
    /// Anything
    Anything,
    /// Objects of `authloom::sync`, and what is the world's
    SyncObjects,
}

/// How often threads may be interrupted in an execution: loom counts to 255.
#[derive(Debug, Clone, Copy)]
pub struct Preemptions(pub Option<u8>);

impl FromStr for Preemptions {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text {
            "none" => Ok(Preemptions(None)),
            number => number.parse().map(|number| Preemptions(Some(number))),
        }
    }
}

impl LevelArgs {
    /// `options` for a cell at this level.
    pub fn set(&self, cell: &Cell, options: Options) -> Options {
        let preemptions = match self.preemptions {
            Some(Preemptions(preemptions)) => preemptions.map(usize::from),
            None => cell.preemptions(),
        };
        let sharing = match self.sharing {
            Some(SharingArg::Anything) => Sharing::Anything,
            Some(SharingArg::SyncObjects) => Sharing::SyncObjects,
            None => cell.sharing(),
        };
        Options { preemptions, sharing, ..options }
    }
}

#[derive(Debug, clap::Args)]
pub struct ProveArgs {
    /// Only this scenario
    #[arg(long, value_name = "S")]
    pub scenario: Option<String>,
    /// Only this model
    #[arg(long, value_name = "M")]
    pub model: Option<String>,
    #[command(flatten)]
    pub size: SizeArgs,
    #[command(flatten)]
    pub level: LevelArgs,
    /// Search on so many threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = parse_jobs)]
    pub jobs: usize,
    /// Run only share I of N of one cell and write what came of it to `--out`; exit 0 if it was run
    /// to its end and broke nothing
    #[arg(long, value_name = "I/N", value_parser = parse_shard, requires = "out")]
    pub shard: Option<Shard>,
    /// Where to write the result of the shard, for `merge`
    #[arg(long, value_name = "FILE", requires = "shard")]
    pub out: Option<PathBuf>,
    /// Run schedules chosen at random instead of all; what holds is then incomplete, never proved
    #[arg(long, value_name = "HOW")]
    pub sample: Option<Sample>,
    /// What the random choices are drawn from: the same seed, the same schedules
    #[arg(long, value_name = "N", requires = "sample", default_value_t = 1)]
    pub seed: u64,
    /// Executions to sample, under each way to cancel callers and hold calls
    #[arg(long, value_name = "N", requires = "sample", default_value_t = 10_000)]
    pub executions: u64,
    /// Steps in order that make the bugs which `--sample pct` looks for
    #[arg(long, value_name = "N", requires = "sample", default_value_t = 2)]
    pub depth: usize,
    /// Also print which property finds which model out
    #[arg(long)]
    pub matrix: bool,
    /// Also print at which awaits callers were cancelled, and which calls met which faults
    #[arg(long)]
    pub coverage: bool,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Sample {
    /// Priorities of processes, which change at a few steps
    Pct,
    /// Priorities of steps; of those that race with one that was taken, drawn again
    Pos,
    /// Step by step, interleavings about equally likely
    Walk,
}

impl ProveArgs {
    /// How to explore a cell.
    pub fn options(&self, cell: &Cell) -> Options {
        let search = match self.sample {
            None => Search::Optimal,
            Some(Sample::Pct) => Search::Pct { depth: self.depth },
            Some(Sample::Pos) => Search::Pos,
            Some(Sample::Walk) => Search::Walk,
        };
        let (jobs, shard, seed, samples) = (self.jobs, self.shard, self.seed, self.executions);
        let coverage = self.coverage;
        let options =
            Options { search, jobs, shard, seed, samples, coverage, ..Options::default() };
        self.level.set(cell, options)
    }
}

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The scenario, as `list` shows it
    pub scenario: String,
    /// The model, as `list` shows it
    pub model: String,
    #[command(flatten)]
    pub size: SizeArgs,
    #[command(flatten)]
    pub level: LevelArgs,
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
pub struct MergeArgs {
    /// The files that `prove --shard` wrote
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

fn parse_jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&jobs| jobs > 0).ok_or_else(|| "it takes 1 or more".to_owned())
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text).ok_or_else(|| "it takes 1/N to N/N, such as 2/4".to_owned())
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

impl SizeArgs {
    /// How large the scenarios are to be.
    pub fn size(&self) -> Size {
        let SizeArgs { callers, cancellations, clock_advances, faults, crashes } = *self;
        Size { callers, cancellations, clock_advances, faults, crashes }
    }
}

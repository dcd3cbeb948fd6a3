//! The `authloom` command.
//!
//! Exit codes: 0, every verdict is as declared; 1, not every one is; 2, the command cannot be
//! carried out as it was given.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Args, Command, UsageError};

mod cli;

fn main() -> ExitCode {
    let args = Args::parse();
    let mut out = BufWriter::new(io::stdout().lock());
    let result = match args.command.unwrap_or(Command::Prove(args.prove)) {
        Command::Prove(args) => cli::prove(&args, &mut out),
        Command::Explain(args) => cli::explain(&args, &mut out),
        Command::Replay(args) => cli::replay(&args, &mut out),
        Command::List(args) => cli::list(&args, &mut out),
    };
    match result.and_then(|code| Ok(out.flush().map(|()| code)?)) {
        Ok(code) => code,
        // Whoever read the output has seen enough.
        Err(UsageError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

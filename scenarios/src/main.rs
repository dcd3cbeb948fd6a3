//! The `authloom` command.
//!
//! Exit codes: 0, every verdict is as declared; 1, not every one is; 2, the command cannot be
//! carried out as it was given.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Args, Command};

mod cli;

fn main() -> ExitCode {
    let args = Args::parse();
    let mut out = BufWriter::new(WhileRead { out: io::stdout().lock(), is_closed: false });
    let result = match args.command.unwrap_or(Command::Prove(args.prove)) {
        Command::Prove(args) => cli::prove(&args, &mut out),
        Command::Explain(args) => cli::explain(&args, &mut out),
        Command::Merge(args) => cli::merge(&args, &mut out),
        Command::Replay(args) => cli::replay(&args, &mut out),
        Command::List(args) => cli::list(&args, &mut out),
    };
    match result.and_then(|code| Ok(out.flush().map(|()| code)?)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Output to somebody who may stop reading: then the rest is for nobody, and what the command came
/// to still decides how it exits.
struct WhileRead<W> {
    out: W,
    is_closed: bool,
}

impl<W: Write> WhileRead<W> {
    fn attempt<R>(
        &mut self,
        otherwise: R,
        write: impl FnOnce(&mut W) -> io::Result<R>,
    ) -> io::Result<R> {
        if self.is_closed {
            return Ok(otherwise);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for WhileRead<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), Write::flush)
    }
}

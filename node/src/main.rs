//! The BCAI node.

// The errors of sc-cli and sc-service are that large; they are made once, when the process ends.
#![allow(clippy::result_large_err)]

mod background;
mod chain_spec;
mod cli;
mod command;
mod consensus;
mod network;
mod offchain;
mod pool;
mod report;
mod rpc;
mod runtime_watch;
mod service;
mod startup;
mod subsystems;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;

use sc_cli::SubstrateCli;
use std::process::ExitCode;

/// What the shell expects of a command line that can't be understood.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_from_iter(std::env::args_os()) {
        Ok(cli) => cli,
        // --help and --version come as errors that belong on stdout.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => {
            eprintln!("error: {}", report::usage_line(&error));
            return ExitCode::from(USAGE_ERROR);
        }
    };
    match command::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::last_line(&report::one_line(&error));
            ExitCode::FAILURE
        }
    }
}

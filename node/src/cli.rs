//! The command line.

use crate::{startup::key::KeyCommand, subsystems};
use bcai_matrices::parse_bytes;
use sc_cli::RunCmd;
use std::path::PathBuf;

/// What must always be free on the disk of the database.
const LEAST_FREE_DISK: u64 = 64 << 20;

/// The node's command line: run options at the top level, or one subcommand.
#[derive(Debug, clap::Parser)]
#[command(after_long_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    #[clap(flatten)]
    pub run: RunCmd,

    #[clap(flatten)]
    pub node: NodeParams,

    #[clap(flatten)]
    pub subsystems: subsystems::Params,
}

/// Shown at the end of `--help`.
pub const EXAMPLES: &str = "\
Examples:
  A development chain that is gone when the node stops, mining for Bob:
    bcai-node --dev --miner 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty

  A full node of a chain that is described in a file:
    bcai-node --chain my-chain-raw.json --base-path /data/bcai --sync warp

  A miner with a key of its own: insert it once, then start.
    bcai-node key insert --base-path /data/bcai --chain my-chain-raw.json \\
        --scheme sr25519 --key-type pouw --suri <secret>
    bcai-node --chain my-chain-raw.json --base-path /data/bcai --miner <address>

  The key of a validator's place in the network, needed once before its first start:
    bcai-node key generate-node-key --base-path /data/bcai --chain my-chain-raw.json";

/// Options of the node itself, beside the SDK's.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct NodeParams {
    /// Keep so much of the disk free, and twice as much from matrices: below it the node doesn't start, or stops in good order. 64M or more.
    ///
    /// The database maps its files into memory, and a disk that is full under such a map kills the process.
    #[arg(long, value_name = "BYTES", default_value = "256M", value_parser = parse_free_disk)]
    pub min_free_disk: u64,

    /// How the log is written to stderr.
    ///
    /// `json`: one object a line, with `time`, `level`, `target`, `message`, and `fields` where there are more.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    #[clap(flatten)]
    pub rpc: bcai_rpc::Params,
}

/// See [`NodeParams::log_format`].
#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs that gather logs.
    Json,
}

/// What else the binary does.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
    /// Make, inspect and insert keys
    #[command(subcommand)]
    Key(KeyCommand),

    /// Make the spec of a new chain from a short description: names, keys, balances, parameters
    ChainSpec(ChainSpecCommand),

    /// Write a chain spec as JSON, plain or raw
    ExportChainSpec(sc_cli::ExportChainSpecCmd),

    /// Print best, finalised and genesis block of the database
    ChainInfo(sc_cli::ChainInfoCmd),

    /// Remove the whole chain
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Take the chain back by some blocks that aren't finalised
    Revert(sc_cli::RevertCmd),

    /// Write blocks to a file
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Read blocks from a file
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Execute a block again and check it
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Measure pallets, storage, overhead and this machine
    #[cfg(feature = "runtime-benchmarks")]
    #[command(subcommand)]
    Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}

/// What makes the spec of a new chain.
#[derive(Debug, clap::Args)]
pub struct ChainSpecCommand {
    /// The description, in TOML; chain-specs/testnet.toml is one to fill in
    #[arg(value_name = "FILE")]
    pub description: PathBuf,

    /// Write the state of block 0 itself, from which every node of the network starts
    #[arg(long)]
    pub raw: bool,
}

fn parse_free_disk(text: &str) -> Result<u64, String> {
    parse_bytes(text)
        .ok()
        .filter(|bytes| *bytes >= LEAST_FREE_DISK)
        .ok_or_else(|| "must be 64M or more".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

    fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("bcai-node").chain(arguments.iter().copied()))
    }

    #[test]
    fn the_definition_has_no_conflicts() {
        Cli::command().debug_assert();
    }

    #[test]
    fn some_of_the_disk_is_always_kept_free() {
        assert_eq!(parse_free_disk("64M"), Ok(LEAST_FREE_DISK));
        for wrong in ["63M", "0", "x"] {
            assert!(parse_free_disk(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn run_options_and_subcommands_do_not_mix() {
        assert!(parse(&["chain-info", "--miner", BOB]).is_err());
        assert!(parse(&["no-such-command"]).is_err());
        assert!(parse(&["--no-such-flag"]).is_err());
    }
}

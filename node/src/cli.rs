//! The command line.

use bcai_task_store::StoreLimits;
use sc_cli::RunCmd;
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::{num::NonZeroU32, path::PathBuf, thread::available_parallelism, time::Duration};

/// Tiles that a challenger recomputes of each delivered result, unless told otherwise.
pub const DEFAULT_CHALLENGER_TILES: u32 = 64;

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
    pub pouw: PouwParams,
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

/// Options of the useful-work part of the node.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Useful work")]
pub struct PouwParams {
    /// Mine tasks for this account.
    ///
    /// The account claims open tasks, computes them, and is paid. Its sr25519 key must be in the node's keystore
    /// under the key type `pouw` (see the examples); on development and local chains the well-known accounts
    /// (Alice, Bob, ...) need no insertion. The account needs funds for the bond of a claim.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_account)]
    pub miner: Option<AccountId32>,

    /// Threads that compute, from 1 to the number of this machine's cores [default: one less than the cores].
    ///
    /// They run at low priority, so that a block is never late because of them.
    #[arg(long, value_name = "N", requires = "miner", value_parser = parse_threads)]
    pub miner_threads: Option<usize>,

    /// Leave tasks with a smaller bounty to others, in the token's smallest unit (12 decimals).
    #[arg(long, value_name = "AMOUNT", requires = "miner", default_value_t = 0)]
    pub miner_min_bounty: u128,

    /// Tasks that the miner holds claims of at a time; each puts a bond on hold.
    #[arg(
        long,
        value_name = "N",
        requires = "miner",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=64)
    )]
    pub miner_max_claims: u32,

    /// Check delivered results for this account, and prove the wrong ones to the chain.
    ///
    /// The account pays the fee of a fraud proof and receives its reward. Its key is found as that of `--miner`.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_account)]
    pub challenger: Option<AccountId32>,

    /// Tiles that the challenger recomputes of each delivered result, picked at random.
    #[arg(
        long,
        value_name = "N",
        requires = "challenger",
        default_value_t = DEFAULT_CHALLENGER_TILES,
        value_parser = clap::value_parser!(u32).range(1..=65_536)
    )]
    pub challenger_tiles: u32,

    /// Folder of the matrices of tasks [default: `tasks` beside the chain's database].
    #[arg(long, value_name = "PATH")]
    pub task_store_path: Option<PathBuf>,

    /// Bytes that the folder of matrices may hold; K, M, G and T are powers of 1024.
    #[arg(long, value_name = "BYTES", default_value = "16G", value_parser = parse_bytes)]
    pub task_store_max_bytes: u64,

    /// Bytes of one matrix, at most; K, M, G and T are powers of 1024.
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = parse_bytes)]
    pub task_store_max_blob: u64,

    /// Hours that a matrix stays which no task of the chain names, 1 or more; one of a task stays as long as the chain knows the task.
    #[arg(long, value_name = "HOURS", default_value = "24", value_parser = parse_hours)]
    pub task_store_keep: Duration,

    /// Keep so much of the disk free, and twice as much from matrices: below it the node doesn't start, or stops in good order. 64M or more.
    ///
    /// The database maps its files into memory, and a disk that is full under such a map kills the process.
    #[arg(long, value_name = "BYTES", default_value = "256M", value_parser = parse_free_disk)]
    pub min_free_disk: u64,
}

impl PouwParams {
    /// Threads for the miner: what was asked for, or one less than the cores.
    pub fn miner_threads(&self) -> usize {
        self.miner_threads
            .unwrap_or_else(|| cores().saturating_sub(1).max(1))
    }

    /// The bounds of the task store.
    pub fn store_limits(&self) -> StoreLimits {
        StoreLimits {
            max_blob: self.task_store_max_blob.min(self.task_store_max_bytes),
            max_total: self.task_store_max_bytes,
            ..StoreLimits::default()
        }
    }
}

/// What else the binary does.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
    /// Make, inspect and insert keys
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

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

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

fn parse_account(text: &str) -> Result<AccountId32, String> {
    AccountId32::from_ss58check_with_version(text)
        .map(|(account, _)| account)
        .map_err(|error| format!("not an SS58 address ({error:?})"))
}

fn parse_threads(text: &str) -> Result<usize, String> {
    let cores = cores();
    match text.parse::<usize>() {
        Ok(threads) if (1..=cores).contains(&threads) => Ok(threads),
        _ => Err(format!(
            "must be from 1 to {cores}, the cores of this machine"
        )),
    }
}

fn parse_free_disk(text: &str) -> Result<u64, String> {
    parse_bytes(text)
        .ok()
        .filter(|bytes| *bytes >= LEAST_FREE_DISK)
        .ok_or_else(|| "must be 64M or more".into())
}

fn parse_hours(text: &str) -> Result<Duration, String> {
    // A result is in the store before the chain names it.
    let hours: NonZeroU32 = text
        .parse()
        .map_err(|_| "must be a number of hours, 1 or more".to_string())?;
    Ok(Duration::from_secs(u64::from(hours.get()) * 3_600))
}

fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || "must be a number of bytes, or one with K, M, G or T behind it".to_string();
    let (digits, shift) = match text.char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let shift = match unit.to_ascii_uppercase() {
                'K' => 10,
                'M' => 20,
                'G' => 30,
                'T' => 40,
                _ => return Err(wrong()),
            };
            (&text[..at], shift)
        }
        _ => (text, 0),
    };
    let bytes = digits.parse::<u64>().map_err(|_| wrong())?;
    match bytes.checked_mul(1 << shift) {
        None => Err("is more than 2^64".into()),
        Some(0) => Err("must be more than 0".into()),
        Some(bytes) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{error::ErrorKind, CommandFactory, Parser};

    const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

    fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("bcai-node").chain(arguments.iter().copied()))
    }

    #[test]
    fn the_definition_has_no_conflicts() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_miner_is_an_ss58_address() {
        let cli = parse(&["--dev", "--miner", BOB]).unwrap();
        assert_eq!(
            cli.pouw.miner,
            Some(sp_keyring::Sr25519Keyring::Bob.to_account_id())
        );
        assert!(cli.pouw.miner_threads() >= 1);
        for wrong in [
            "//Bob",
            "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694tx",
            "",
        ] {
            let error = parse(&["--miner", wrong]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ValueValidation, "{wrong}");
        }
    }

    #[test]
    fn miner_threads_are_bounded_by_the_cores_and_need_a_miner() {
        let too_many = (cores() + 1).to_string();
        for wrong in ["0", "-1", "x", &too_many] {
            let argument = format!("--miner-threads={wrong}");
            let error = parse(&["--miner", BOB, &argument]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ValueValidation, "{wrong}");
        }
        let cli = parse(&["--miner", BOB, "--miner-threads", "1"]).unwrap();
        assert_eq!(cli.pouw.miner_threads(), 1);
        let error = parse(&["--miner-threads", "1"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    }

    #[test]
    fn sizes_take_binary_units() {
        assert_eq!(parse_bytes("7"), Ok(7));
        assert_eq!(parse_bytes("2K"), Ok(2048));
        assert_eq!(parse_bytes("3m"), Ok(3 << 20));
        assert_eq!(parse_bytes("1T"), Ok(1 << 40));
        assert_eq!(parse_free_disk("64M"), Ok(LEAST_FREE_DISK));
        assert!(parse_free_disk("63M").is_err());
        for wrong in ["", "0", "G", "1X", "-1", "1.5G", "99999999999T"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_blob_is_never_allowed_to_be_larger_than_the_store() {
        let cli = parse(&["--task-store-max-bytes", "1M"]).unwrap();
        let limits = cli.pouw.store_limits();
        assert_eq!((limits.max_blob, limits.max_total), (1 << 20, 1 << 20));
    }

    #[test]
    fn run_options_and_subcommands_do_not_mix() {
        assert!(parse(&["chain-info", "--miner", BOB]).is_err());
        assert!(parse(&["no-such-command"]).is_err());
        assert!(parse(&["--no-such-flag"]).is_err());
    }
}

use sp_core::crypto::{AccountId32, Ss58Codec};
use std::thread::available_parallelism;

/// Options of the useful-work part of the node.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Useful work")]
pub struct Params {
    /// Mine tasks for this account.
    ///
    /// The account claims open tasks, computes them, and is paid. Its sr25519 key must be in the node's keystore
    /// under the key type `pouw` (see the examples); on development and local chains the well-known accounts
    /// (Alice, Bob, ...) need no insertion. The account needs funds for the bond of a claim and for fees.
    ///
    /// Give every node an account of its own: two nodes that mine for one account send the same calls, and pay for those that
    /// come second. A task is mined where its A and Bt are: matrices don't travel between nodes, their requester uploads them
    /// to the node that shall mine, and C stays there (see `--matrices-path`).
    #[arg(long, value_name = "ADDRESS", value_parser = parse_account)]
    pub miner: Option<Account>,

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
    /// The account pays the fee of a fraud proof and receives its reward. Its key is found as that of `--miner`. Only results whose
    /// A, Bt and C are on this node can be checked: matrices don't travel between nodes.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_account)]
    pub challenger: Option<Account>,

    /// Tiles that the challenger recomputes of each delivered result, picked at random.
    #[arg(
        long,
        value_name = "N",
        requires = "challenger",
        default_value_t = 64,
        value_parser = clap::value_parser!(u32).range(1..=65_536)
    )]
    pub challenger_tiles: u32,
}

impl Params {
    /// Threads for the miner: what was asked for, or one less than the cores.
    pub fn miner_threads(&self) -> usize {
        self.miner_threads
            .unwrap_or_else(|| cores().saturating_sub(1).max(1))
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// An account with its address as it was typed: each prefix gives it another.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub id: AccountId32,
    /// Its address.
    pub address: String,
}

fn parse_account(text: &str) -> Result<Account, String> {
    AccountId32::from_ss58check_with_version(text)
        .map(|(id, _)| Account {
            id,
            address: text.into(),
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{error::ErrorKind, Parser};

    const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[clap(flatten)]
        pouw: Params,
    }

    fn parse(arguments: &[&str]) -> Result<Params, clap::Error> {
        Cli::try_parse_from(std::iter::once("bcai-node").chain(arguments.iter().copied()))
            .map(|cli| cli.pouw)
    }

    #[test]
    fn a_miner_is_an_ss58_address() {
        let params = parse(&["--miner", BOB]).unwrap();
        let miner = params.miner.as_ref().unwrap();
        assert_eq!(miner.id, sp_keyring::Sr25519Keyring::Bob.to_account_id());
        assert_eq!(miner.address, BOB);
        assert!(params.miner_threads() >= 1);
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
        let params = parse(&["--miner", BOB, "--miner-threads", "1"]).unwrap();
        assert_eq!(params.miner_threads(), 1);
        let error = parse(&["--miner-threads", "1"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    }
}

#![doc = include_str!("../README.md")]
// The error of sc-service is that large; it is made once, when the node ends.
#![allow(clippy::result_large_err)]

mod chain;
mod keys;
mod metrics;
mod named;
mod params;
mod rpc;
mod status;

pub use chain::KEY_TYPE;
pub use named::NamedByTasks;
pub use params::{Account, Params};

use bcai_client::Context;
use bcai_matrices::{MatrixStore, PartLimits};
use bcai_pouw_challenger::{Challenger, ChallengerOptions};
use bcai_pouw_miner::{Miner, MinerOptions};
use bcai_transactions::Transactions;
use chain::AccountChain;
use jsonrpsee::Methods;
use rpc::{Pouw, PouwApiServer};
use sc_service::Error as ServiceError;
use sp_core::crypto::AccountId32;
use status::{ChallengerRole, MinerRole, Status};
use std::sync::Arc;

/// Starts what the options ask for, and gives the RPC methods.
/// Errors: an account without a key, or a metric whose name is taken.
pub fn spawn(
    context: &Context,
    params: &Params,
    store: &Arc<dyn MatrixStore>,
    transactions: &Arc<Transactions>,
) -> Result<Methods, ServiceError> {
    let signers = [
        ("--miner", &params.miner),
        ("--challenger", &params.challenger),
    ];
    for (flag, account) in signers {
        if let Some(account) = account {
            keys::ensure_key(&context.keystore, &context.chain_type, flag, account)
                .map_err(|error| ServiceError::Application(Box::new(error)))?;
        }
    }
    let chain = |account: &AccountId32| {
        let (client, transactions) = (context.client.clone(), transactions.clone());
        Arc::new(AccountChain::new(client, transactions, account.clone()))
    };
    let status = Status {
        miner: params
            .miner
            .as_ref()
            .map(|account| start_miner(context, params, account, chain(&account.id), store)),
        challenger: params
            .challenger
            .as_ref()
            .map(|account| start_challenger(context, params, account, chain(&account.id), store)),
    };
    if let Some(registry) = &context.registry {
        metrics::register_all(registry, &status)?;
    }
    let parts = PartLimits::of(&context.rpc_limits);
    Ok(
        Pouw::new(context.client.clone(), store.clone(), status, parts)
            .into_rpc()
            .into(),
    )
}

fn start_miner(
    context: &Context,
    params: &Params,
    account: &Account,
    chain: Arc<AccountChain>,
    store: &Arc<dyn MatrixStore>,
) -> MinerRole {
    let threads = params.miner_threads();
    log::info!(target: "pouw", "Mining for {} with {threads} threads", account.address);
    let options = MinerOptions {
        threads,
        max_claims: params.miner_max_claims,
        min_bounty: params.miner_min_bounty,
        ..MinerOptions::default()
    };
    let store = store.clone();
    MinerRole {
        account: account.id.clone(),
        threads,
        role: context.roles.start("miner", move || {
            let miner = Miner::new(chain.clone(), store.clone(), options.clone());
            (miner.handle(), miner.run())
        }),
    }
}

fn start_challenger(
    context: &Context,
    params: &Params,
    account: &Account,
    chain: Arc<AccountChain>,
    store: &Arc<dyn MatrixStore>,
) -> ChallengerRole {
    log::info!(target: "pouw", "Checking results for {}", account.address);
    let options = ChallengerOptions {
        sample: params.challenger_tiles as usize,
    };
    let store = store.clone();
    ChallengerRole {
        account: account.id.clone(),
        role: context.roles.start("challenger", move || {
            let challenger = Challenger::new(chain.clone(), store.clone(), options);
            (challenger.handle(), challenger.run())
        }),
    }
}

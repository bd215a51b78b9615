//! The methods of every node of the SDK. `sc_service` builds the same for its own server; here they are limited as ours
//! are, and `chainHead_v1` follows a chain whose blocks take a second.

use super::{
    block::{self, BlockApiServer},
    BoxError, Deps,
};
use bcai_client::FullClient;
use bcai_rpc::Large;
use bcai_runtime::SLOT_DURATION;
use jsonrpsee::RpcModule;
use sc_client_api::{Backend, HeaderBackend, StorageProvider};
use sc_rpc::{
    author::{Author, AuthorApiServer},
    chain::{self, ChainApiServer},
    offchain::{Offchain, OffchainApiServer},
    state::{self, ChildStateApiServer, StateApiServer},
    system::{System, SystemApiServer, SystemInfo},
    SubscriptionTaskExecutor,
};
use sc_rpc_spec_v2::{
    archive::{Archive, ArchiveApiServer},
    bitswap::{Bitswap, BitswapApiServer},
    chain_head::{ChainHead, ChainHeadApiServer, ChainHeadConfig},
    chain_spec::{ChainSpec, ChainSpecApiServer},
    transaction::{
        Transaction, TransactionApiServer, TransactionBroadcast, TransactionBroadcastApiServer,
        TransactionMetrics,
    },
};
use sc_service::Configuration;
use sp_core::storage::StorageKey;
use std::sync::Arc;

/// Transactions that one connection may have broadcast at a time, as everywhere in the SDK.
const MAX_BROADCASTS: usize = 16;

/// Milliseconds without finality after which a follower of `chainHead_v1` is told to stop: the SDK's 128 blocks, where a
/// block takes 6 s.
const MAX_LAG: u64 = 768_000;

/// Bytes beyond which it doesn't matter how many more a subscription would tell: no connection may wait for so many.
const MOST_TOLD: u64 = 1 << 30;

/// Blocks that followers may keep pinned besides those that aren't final; all together stay below the 2,048 that the
/// database can pin.
const PINNED_BESIDE: usize = 512;

/// Builds them. Errors: two methods or metrics of one name.
pub fn methods(
    config: &Configuration,
    deps: &Deps,
    executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, BoxError> {
    let (client, pool) = (&deps.context.client, &deps.context.pool);
    let (backend, spec) = (&deps.backend, &config.chain_spec);
    let genesis = client.info().genesis_hash;
    let mut module = RpcModule::new(());

    let info = SystemInfo {
        chain_name: spec.name().into(),
        impl_name: config.impl_name.clone(),
        impl_version: config.impl_version.clone(),
        properties: spec.properties(),
        chain_type: spec.chain_type(),
    };
    module.merge(System::new(info, deps.system.clone()).into_rpc())?;
    let mut chain = chain::new_full(client.clone(), executor.clone()).into_rpc();
    chain.remove_method("chain_getBlock");
    module.merge(chain)?;
    module.merge(block::Blocks(client.clone()).into_rpc())?;
    let (state, child_state) = state::new_full(client.clone(), executor.clone(), None);
    module.merge(state.into_rpc())?;
    module.merge(child_state.into_rpc())?;
    let keystore = deps.context.keystore.clone();
    module
        .merge(Author::new(client.clone(), pool.clone(), keystore, executor.clone()).into_rpc())?;
    if let Some(storage) = backend.offchain_storage() {
        module.merge(Offchain::new(storage).into_rpc())?;
    }

    let metrics = config
        .prometheus_registry()
        .map(TransactionMetrics::new)
        .transpose()?;
    module.merge(
        Transaction::new(client.clone(), pool.clone(), executor.clone(), metrics).into_rpc(),
    )?;
    module.merge(
        TransactionBroadcast::new(
            client.clone(),
            pool.clone(),
            executor.clone(),
            MAX_BROADCASTS,
        )
        .into_rpc(),
    )?;
    module.merge(
        ChainHead::new(
            client.clone(),
            backend.clone(),
            executor.clone(),
            chain_head(),
        )
        .into_rpc(),
    )?;
    module.merge(ChainSpec::new(spec.name().into(), genesis, spec.properties()).into_rpc())?;
    module.merge(Bitswap::new(client.clone(), deps.sync.clone()).into_rpc())?;
    // It answers for any block, so it is there only where all of them are.
    let state_is_kept = config
        .state_pruning
        .as_ref()
        .is_some_and(|pruning| pruning.is_archive());
    if state_is_kept && config.blocks_pruning.is_archive() {
        module
            .merge(Archive::new(client.clone(), backend.clone(), genesis, executor).into_rpc())?;
    }
    Ok(module)
}

/// `state_subscribeStorage` tells the values of all its keys at once, of any size, before anything is written.
pub fn storage_subscription(client: &Arc<FullClient>) -> Large {
    let client = client.clone();
    Large {
        method: "state_subscribeStorage",
        estimate: Arc::new(move |params| {
            let keys: Option<Vec<StorageKey>> = params.sequence().optional_next().ok().flatten();
            let best = client.info().best_hash;
            let mut bytes = 0;
            for key in keys.iter().flatten() {
                let value = client.storage(best, key).ok().flatten();
                // As digits in JSON.
                bytes += 2 * (key.0.len() + value.map_or(0, |value| value.0.len())) as u64 + 16;
                if bytes > MOST_TOLD {
                    break;
                }
            }
            bytes
        }),
    }
}

fn chain_head() -> ChainHeadConfig {
    let lag = (MAX_LAG / SLOT_DURATION) as usize;
    ChainHeadConfig {
        max_lagging_distance: lag,
        global_max_pinned_blocks: lag + PINNED_BESIDE,
        // A follower that comes in the middle of it is told of all these blocks at once, and which of them is best.
        subscription_buffer_cap: lag + PINNED_BESIDE,
        ..ChainHeadConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn followers_survive_minutes_without_finality_and_stay_within_what_the_database_pins() {
        let config = chain_head();
        assert!(config.max_lagging_distance as u64 * SLOT_DURATION >= 10 * 60 * 1_000);
        assert!(config.global_max_pinned_blocks > config.max_lagging_distance);
        assert!(config.global_max_pinned_blocks < 2_048);
    }
}

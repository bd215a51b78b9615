//! What the node offers through JSON-RPC beside the SDK's own methods.

mod pouw;

use crate::{
    pouw_tasks::PouwStatus,
    service::{Block, FullBackend, FullClient, FullPool, FullSelectChain},
};
use bcai_runtime::{BlockNumber, Hash};
use bcai_task_store::TaskStore;
use jsonrpsee::RpcModule;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_babe_rpc::{Babe, BabeApiServer};
use sc_consensus_grandpa::{
    FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_service::ChainSpec;
use sc_sync_state_rpc::{SyncState, SyncStateApiServer};
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// What the methods of BABE need.
pub struct BabeDeps {
    pub worker: BabeWorkerHandle<Block>,
    pub keystore: KeystorePtr,
}

/// What the methods of GRANDPA need.
pub struct GrandpaDeps {
    pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    pub voter_state: SharedVoterState,
    pub justifications: GrandpaJustificationStream<Block>,
    pub finality: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// What the methods of `pouw_` need.
pub struct PouwDeps {
    pub store: Arc<dyn TaskStore>,
    pub status: PouwStatus,
}

/// What all methods need.
pub struct Deps {
    pub client: Arc<FullClient>,
    pub pool: Arc<FullPool>,
    pub select_chain: FullSelectChain,
    pub chain_spec: Box<dyn ChainSpec>,
    pub babe: BabeDeps,
    pub grandpa: GrandpaDeps,
    pub pouw: PouwDeps,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Builds the methods. Errors: a chain spec without the extension for light clients, or two methods of one name.
pub fn create(deps: &Deps, executor: SubscriptionTaskExecutor) -> Result<RpcModule<()>, BoxError> {
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use pouw::{Pouw, PouwApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let Deps {
        client,
        pool,
        select_chain,
        chain_spec,
        babe,
        grandpa,
        pouw,
    } = deps;
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool.clone()).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(
        Babe::new(
            client.clone(),
            babe.worker.clone(),
            babe.keystore.clone(),
            select_chain.clone(),
        )
        .into_rpc(),
    )?;
    module.merge(
        Grandpa::new(
            executor,
            grandpa.authority_set.clone(),
            grandpa.voter_state.clone(),
            grandpa.justifications.clone(),
            grandpa.finality.clone(),
        )
        .into_rpc(),
    )?;
    module.merge(
        SyncState::new(
            chain_spec.cloned_box(),
            client.clone(),
            grandpa.authority_set.clone(),
            babe.worker.clone(),
        )?
        .into_rpc(),
    )?;
    module.merge(Pouw::new(client.clone(), pouw.store.clone(), pouw.status.clone()).into_rpc())?;
    Ok(module)
}

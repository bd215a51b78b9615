//! What the node offers through JSON-RPC beside the SDK's own methods.

use crate::consensus::Links;
use bcai_client::{Block, FullBackend, FullClient, FullPool, FullSelectChain};
use bcai_runtime::{BlockNumber, Hash};
use jsonrpsee::{Methods, RpcModule};
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

/// What the methods of consensus need.
pub struct ConsensusDeps {
    babe_worker: BabeWorkerHandle<Block>,
    authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    voter_state: SharedVoterState,
    justifications: GrandpaJustificationStream<Block>,
    finality: Arc<FinalityProofProvider<FullBackend, Block>>,
}

impl ConsensusDeps {
    /// Of these links; `voter_state` is that of the voter, if there is one.
    pub fn new(links: &Links, backend: &Arc<FullBackend>, voter_state: SharedVoterState) -> Self {
        let authority_set = links.grandpa.shared_authority_set().clone();
        Self {
            babe_worker: links.babe_worker.clone(),
            finality: FinalityProofProvider::new_for_service(
                backend.clone(),
                Some(authority_set.clone()),
            ),
            authority_set,
            voter_state,
            justifications: links.grandpa.justification_stream(),
        }
    }
}

/// What all methods need.
pub struct Deps {
    pub client: Arc<FullClient>,
    pub pool: Arc<FullPool>,
    pub select_chain: FullSelectChain,
    pub chain_spec: Box<dyn ChainSpec>,
    pub keystore: KeystorePtr,
    pub consensus: ConsensusDeps,
    /// Those of the subsystems.
    pub subsystems: Methods,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Builds the methods. Errors: a chain spec without the extension for light clients, or two methods of one name.
pub fn create(deps: &Deps, executor: SubscriptionTaskExecutor) -> Result<RpcModule<()>, BoxError> {
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let Deps {
        client,
        pool,
        select_chain,
        chain_spec,
        keystore,
        consensus,
        subsystems,
    } = deps;
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool.clone()).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(
        Babe::new(
            client.clone(),
            consensus.babe_worker.clone(),
            keystore.clone(),
            select_chain.clone(),
        )
        .into_rpc(),
    )?;
    module.merge(
        Grandpa::new(
            executor,
            consensus.authority_set.clone(),
            consensus.voter_state.clone(),
            consensus.justifications.clone(),
            consensus.finality.clone(),
        )
        .into_rpc(),
    )?;
    module.merge(
        SyncState::new(
            chain_spec.cloned_box(),
            client.clone(),
            consensus.authority_set.clone(),
            consensus.babe_worker.clone(),
        )?
        .into_rpc(),
    )?;
    module.merge(subsystems.clone())?;
    Ok(module)
}

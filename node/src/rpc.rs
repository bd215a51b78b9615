//! What the node offers through JSON-RPC: the SDK's methods, those of consensus, and those of the subsystems.

mod block;
mod sdk;
mod trial;
mod upgrade;

use crate::consensus::Links;
use bcai_client::{Block, Context, FullBackend, FullSelectChain};
use bcai_runtime::{BlockNumber, Hash};
use jsonrpsee::{Methods, RpcModule};
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_babe_rpc::{Babe, BabeApiServer};
use sc_consensus_grandpa::{
    FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_network_sync::SyncingService;
use sc_rpc::SubscriptionTaskExecutor;
use sc_rpc_server::{create_rpc_runtime, RpcSpawnHandle, Server};
use sc_service::{Configuration, Error as ServiceError};
use sc_sync_state_rpc::{SyncState, SyncStateApiServer};
use sc_utils::mpsc::TracingUnboundedSender;
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
    pub context: Context,
    pub backend: Arc<FullBackend>,
    pub select_chain: FullSelectChain,
    pub consensus: ConsensusDeps,
    pub system: TracingUnboundedSender<sc_rpc::system::Request<Block>>,
    pub sync: Arc<SyncingService<Block>>,
    /// Those of the subsystems.
    pub subsystems: Methods,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Serves all methods until what it gives is dropped.
/// Errors: an address that can't be listened on, a chain spec without the extension for light clients, or two methods or
/// metrics of one name.
pub fn serve(
    config: &Configuration,
    params: &bcai_rpc::Params,
    deps: Deps,
) -> Result<Server, ServiceError> {
    let serve = || -> Result<Server, BoxError> {
        // Of its own, so that no call takes a thread from the rest of the node.
        let runtime = create_rpc_runtime(config.rpc.max_connections)?;
        let executor = Arc::new(RpcSpawnHandle::new(runtime.handle().clone()));
        let limits = deps.context.rpc_limits;
        let mut methods = sdk::methods(config, &deps, executor.clone())?;
        let large = [sdk::storage_subscription(&deps.context.client)];
        methods.merge(own(config, deps, executor)?)?;
        let registry = config.prometheus_registry();
        let server = bcai_rpc::serve(
            &config.rpc,
            params,
            limits,
            methods,
            &large,
            runtime,
            registry,
        )?;
        Ok(server)
    };
    serve().map_err(ServiceError::Application)
}

/// The methods that this node has beside those of every node of the SDK.
fn own(
    config: &Configuration,
    deps: Deps,
    executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, BoxError> {
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let Deps {
        context,
        backend,
        select_chain,
        consensus,
        subsystems,
        ..
    } = deps;
    let client = context.client;
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), context.pool).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(
        Babe::new(
            client.clone(),
            consensus.babe_worker.clone(),
            context.keystore,
            select_chain,
        )
        .into_rpc(),
    )?;
    module.merge(
        Grandpa::new(
            executor,
            consensus.authority_set.clone(),
            consensus.voter_state,
            consensus.justifications,
            consensus.finality,
        )
        .into_rpc(),
    )?;
    module.merge(
        SyncState::new(
            config.chain_spec.cloned_box(),
            client.clone(),
            consensus.authority_set,
            consensus.babe_worker,
        )?
        .into_rpc(),
    )?;
    module.merge(upgrade::UpgradeApiServer::into_rpc(upgrade::Upgrade::new(
        client.clone(),
        backend,
    )))?;
    module.merge(subsystems)?;
    Ok(module)
}

//! The node's place among its peers: protocols, sync, and what may be asked of others.

use crate::{
    consensus::{Finality, Links},
    startup::{
        peers,
        sync::{explain_standstill, fit},
    },
};
use bcai_client::{Block, FullBackend, FullClient, FullPool};
use bcai_runtime::Hash;
use sc_client_api::BlockBackend;
use sc_consensus_grandpa::SharedVoterState;
use sc_network::{service::traits::NetworkService, Litep2pNetworkBackend, NetworkBackend};
use sc_network_sync::SyncingService;
use sc_service::{Configuration, Error as ServiceError, TaskManager, WarpSyncConfig};
use sc_utils::mpsc::TracingUnboundedSender;
use std::sync::Arc;

/// A network that runs.
pub struct Network {
    pub service: Arc<dyn NetworkService>,
    pub sync: Arc<SyncingService<Block>>,
    pub system_rpc: TracingUnboundedSender<sc_rpc::system::Request<Block>>,
    pub transactions: sc_network_transactions::TransactionsHandlerController<Hash>,
    /// GRANDPA's protocol, unless it is switched off: one that is registered and not served cuts the node off.
    pub finality: Option<Finality>,
}

/// Starts the network. Errors: a database without its genesis block, or what the SDK reports.
pub fn start(
    config: &Configuration,
    task_manager: &TaskManager,
    client: &Arc<FullClient>,
    backend: &Arc<FullBackend>,
    pool: &Arc<FullPool>,
    import_queue: crate::consensus::ImportQueue,
    links: &Links,
) -> Result<Network, ServiceError> {
    type Backend = Litep2pNetworkBackend;
    let metrics = <Backend as NetworkBackend<Block, Hash>>::register_notification_metrics(
        config.prometheus_registry(),
    );
    let mut settings = config.network.clone();
    fit(&mut settings, &**client);
    let mut net_config = sc_network::config::FullNetworkConfiguration::<Block, Hash, Backend>::new(
        &settings,
        config.prometheus_registry().cloned(),
    );
    let genesis = client
        .block_hash(0)?
        .ok_or_else(|| ServiceError::Other("the database has no genesis block".into()))?;
    let finality = if config.disable_grandpa {
        None
    } else {
        let protocol = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
        let (protocol_config, notifications) =
            sc_consensus_grandpa::grandpa_peers_set_config::<Block, Backend>(
                protocol.clone(),
                metrics.clone(),
                net_config.peer_store_handle(),
            );
        net_config.add_notification_protocol(protocol_config);
        Some(Finality {
            protocol,
            notifications,
            voter_state: SharedVoterState::empty(),
        })
    };
    let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend.clone(),
        links.grandpa.shared_authority_set().clone(),
        Vec::new(),
    ));
    let (service, system_rpc, transactions, sync, _bitswap) =
        sc_service::build_network(sc_service::BuildNetworkParams {
            config,
            net_config,
            client: client.clone(),
            transaction_pool: pool.clone(),
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;
    let watch = peers::Watch::new(config, genesis, service.clone(), sync.clone());
    let spawner = task_manager.spawn_handle();
    spawner.spawn("peer-advice", "networking", watch.run());
    if settings.sync_mode.is_warp() {
        let advice = explain_standstill(sync.clone());
        spawner.spawn("warp-sync-advice", "networking", advice);
    }
    Ok(Network {
        service,
        sync,
        system_rpc,
        transactions,
        finality,
    })
}

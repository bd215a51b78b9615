//! The parts of a node put together: client, pool, network, consensus, RPC, and the useful-work tasks.

use crate::{
    cli::PouwParams, pouw_chain::ChainAccess, pouw_metrics, pouw_tasks, preflight, rpc,
    store_upkeep,
};
use bcai_runtime::{Header, RuntimeApi};
use bcai_task_store::{FsTaskStore, TaskStore};
use futures::FutureExt;
use sc_client_api::{Backend, BlockBackend};
use sc_consensus_babe::{BabeLink, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{GrandpaPruningFilter, LinkHalf, SharedVoterState};
use sc_network::Litep2pNetworkBackend;
use sc_service::{
    Configuration, Error as ServiceError, PartialComponents, TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_babe::inherents::BabeCreateInherentDataProviders;
use sp_runtime::{generic, OpaqueExtrinsic};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// A block as the node handles it: transactions are bytes, so that a runtime upgrade may change what they are.
pub type Block = generic::Block<Header, OpaqueExtrinsic>;

/// What the runtime may call of the node.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = sp_io::SubstrateHostFunctions;

/// What the runtime may call of the node.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    frame_benchmarking::benchmarking::HostFunctions,
);

pub type FullClient =
    sc_service::TFullClient<Block, RuntimeApi, sc_executor::WasmExecutor<HostFunctions>>;
pub type FullBackend = sc_service::TFullBackend<Block>;
pub type FullPool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;
pub type FullSelectChain = sc_consensus::LongestChain<FullBackend, Block>;
type GrandpaBlockImport =
    sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
type BabeBlockImport = sc_consensus_babe::BabeBlockImport<
    Block,
    FullClient,
    GrandpaBlockImport,
    BabeCreateInherentDataProviders<Block>,
    FullSelectChain,
>;

/// What consensus needs of [`new_partial`].
pub struct ConsensusParts {
    block_import: BabeBlockImport,
    grandpa_link: LinkHalf<Block, FullClient, FullSelectChain>,
    babe_link: BabeLink<Block>,
    babe_worker: BabeWorkerHandle<Block>,
    telemetry: Option<Telemetry>,
}

/// A node without network, RPC and running consensus: enough for the commands on a database.
pub type Parts = PartialComponents<
    FullClient,
    FullBackend,
    FullSelectChain,
    sc_consensus::DefaultImportQueue<Block>,
    FullPool,
    ConsensusParts,
>;

/// Blocks between two finality proofs that are kept and offered for warp sync.
const JUSTIFICATION_PERIOD: u32 = 512;

/// The time that a finality message is expected to need through the network: GRANDPA waits twice this before it
/// prevotes and four times before it precommits. A quarter of a slot keeps a round within about one slot.
const GOSSIP_DURATION: Duration = Duration::from_millis(bcai_runtime::SLOT_DURATION / 4);

/// Part of a slot in which its block is made; the rest is for its way to the next author and its import there.
const PROPOSAL_SLOT_PORTION: f32 = 0.5;

/// Builds what every command on a database needs.
pub fn new_partial(config: &Configuration) -> Result<Parts, ServiceError> {
    let telemetry = config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
        .map(|endpoints| -> Result<_, sc_telemetry::Error> {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok((worker, telemetry))
        })
        .transpose()?;

    let (client, backend, keystore_container, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, _>(
            config,
            telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
            sc_service::new_wasm_executor::<HostFunctions>(&config.executor),
            // A pruned node keeps the blocks whose finality proofs warp sync serves.
            vec![Arc::new(GrandpaPruningFilter)],
        )?;
    let client = Arc::new(client);

    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager
            .spawn_handle()
            .spawn("telemetry", None, worker.run());
        telemetry
    });

    let select_chain = sc_consensus::LongestChain::new(backend.clone());
    let transaction_pool = Arc::from(
        sc_transaction_pool::Builder::new(
            task_manager.spawn_essential_handle(),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );

    let (grandpa_import, grandpa_link) = sc_consensus_grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        &client,
        select_chain.clone(),
        telemetry.as_ref().map(|telemetry| telemetry.handle()),
    )?;

    let babe_config = sc_consensus_babe::configuration(&*client)?;
    let slot_duration = babe_config.slot_duration();
    let (block_import, babe_link) = sc_consensus_babe::block_import(
        babe_config,
        grandpa_import.clone(),
        client.clone(),
        Arc::new(move |_, _| async move { Ok(slot_and_time(slot_duration)) })
            as BabeCreateInherentDataProviders<Block>,
        select_chain.clone(),
        OffchainTransactionPoolFactory::new(transaction_pool.clone()),
    )?;

    let (import_queue, babe_worker) =
        sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
            link: babe_link.clone(),
            block_import: block_import.clone(),
            justification_import: Some(Box::new(grandpa_import)),
            client: client.clone(),
            slot_duration,
            spawner: &task_manager.spawn_essential_handle(),
            registry: config.prometheus_registry(),
            telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
        })?;

    Ok(PartialComponents {
        client,
        backend,
        task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other: ConsensusParts {
            block_import,
            grandpa_link,
            babe_link,
            babe_worker,
            telemetry,
        },
    })
}

type SlotAndTime = (
    sp_consensus_babe::inherents::InherentDataProvider,
    sp_timestamp::InherentDataProvider,
);

fn slot_and_time(slot_duration: sp_consensus_babe::SlotDuration) -> SlotAndTime {
    let time = sp_timestamp::InherentDataProvider::from_system_time();
    let slot = sp_consensus_babe::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
        *time,
        slot_duration,
    );
    (slot, time)
}

/// Folder of the task store: what was asked for, or `tasks` beside the chain's database.
fn task_store_path(config: &Configuration, pouw: &PouwParams) -> PathBuf {
    pouw.task_store_path
        .clone()
        .unwrap_or_else(|| config.data_path.join("tasks"))
}

/// Starts a full node; it runs until the task manager ends.
/// Errors: a failed preflight check, or what the SDK reports.
pub fn new_full(config: Configuration, pouw: PouwParams) -> Result<TaskManager, ServiceError> {
    let store_path = task_store_path(&config, &pouw);
    for folder in [&config.data_path, &store_path] {
        preflight::check_folder(folder)?;
    }
    preflight::check_disk(&config.data_path, pouw.min_free_disk)?;
    preflight::check_node_key(&config.network.node_key)?;
    preflight::check_ports(&config)?;

    let Parts {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other:
            ConsensusParts {
                block_import,
                grandpa_link,
                babe_link,
                babe_worker,
                mut telemetry,
            },
    } = new_partial(&config)?;

    let keystore = keystore_container.keystore();
    let chain_type = config.chain_spec.chain_type();
    let signers = [("--miner", &pouw.miner), ("--challenger", &pouw.challenger)];
    for (flag, account) in signers {
        if let Some(account) = account {
            preflight::check_key(&keystore, &chain_type, flag, account)?;
        }
    }
    let store: Arc<dyn TaskStore> = Arc::new(
        FsTaskStore::open(&store_path, pouw.store_limits())
            .map_err(|error| ServiceError::Application(Box::new(error)))?
            // Matrices leave twice as much free as the database needs: an upload must not stop the node.
            .with_min_free(pouw.min_free_disk.saturating_mul(2), preflight::free_bytes),
    );
    store_upkeep::spawn(
        &task_manager,
        client.clone(),
        store.clone(),
        pouw.task_store_keep,
    );
    task_manager.spawn_essential_handle().spawn(
        "disk-space",
        None,
        preflight::watch_disk(config.data_path.clone(), pouw.min_free_disk),
    );

    let metrics = <Litep2pNetworkBackend as sc_network::NetworkBackend<
        Block,
        bcai_runtime::Hash,
    >>::register_notification_metrics(config.prometheus_registry());
    let mut net_config =
        sc_network::config::FullNetworkConfiguration::<_, _, Litep2pNetworkBackend>::new(
            &config.network,
            config.prometheus_registry().cloned(),
        );
    let genesis_hash = client
        .block_hash(0)?
        .ok_or_else(|| ServiceError::Other("the database has no genesis block".into()))?;
    let grandpa_protocol =
        sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
    let (grandpa_config, grandpa_notifications) =
        sc_consensus_grandpa::grandpa_peers_set_config::<Block, Litep2pNetworkBackend>(
            grandpa_protocol.clone(),
            metrics.clone(),
            net_config.peer_store_handle(),
        );
    net_config.add_notification_protocol(grandpa_config);
    let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend.clone(),
        grandpa_link.shared_authority_set().clone(),
        Vec::new(),
    ));

    let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
        sc_service::build_network(sc_service::BuildNetworkParams {
            config: &config,
            net_config,
            client: client.clone(),
            transaction_pool: transaction_pool.clone(),
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;

    if config.offchain_worker.enabled {
        let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
            runtime_api_provider: client.clone(),
            is_validator: config.role.is_authority(),
            keystore: Some(keystore.clone()),
            offchain_db: backend.offchain_storage(),
            transaction_pool: Some(OffchainTransactionPoolFactory::new(
                transaction_pool.clone(),
            )),
            network_provider: Arc::new(network.clone()),
            enable_http_requests: true,
            custom_extensions: |_| vec![],
        })?;
        task_manager.spawn_handle().spawn(
            "offchain-workers-runner",
            "offchain-worker",
            workers
                .run(client.clone(), task_manager.spawn_handle())
                .boxed(),
        );
    }

    let chain = ChainAccess::new(
        client.clone(),
        transaction_pool.clone(),
        keystore.clone(),
        task_manager.spawn_handle(),
    );
    let pouw_status = pouw_tasks::spawn(&task_manager, &chain, &store, &pouw)?;
    if let Some(registry) = config.prometheus_registry() {
        pouw_metrics::register_all(registry, &pouw_status, &store)?;
    }

    let shared_voter_state = SharedVoterState::empty();
    let rpc_builder = {
        let babe = rpc::BabeDeps {
            worker: babe_worker,
            keystore: keystore.clone(),
        };
        let authority_set = grandpa_link.shared_authority_set().clone();
        let finality = sc_consensus_grandpa::FinalityProofProvider::new_for_service(
            backend.clone(),
            Some(authority_set.clone()),
        );
        let grandpa = rpc::GrandpaDeps {
            authority_set,
            voter_state: shared_voter_state.clone(),
            justifications: grandpa_link.justification_stream(),
            finality,
        };
        let deps = rpc::Deps {
            client: client.clone(),
            pool: transaction_pool.clone(),
            select_chain: select_chain.clone(),
            chain_spec: config.chain_spec.cloned_box(),
            babe,
            grandpa,
            pouw: rpc::PouwDeps {
                store,
                status: pouw_status,
            },
        };
        Box::new(move |executor| rpc::create(&deps, executor).map_err(Into::into))
    };

    let role = config.role;
    let force_authoring = config.force_authoring;
    let node_name = config.network.node_name.clone();
    let enable_grandpa = !config.disable_grandpa;
    let prometheus_registry = config.prometheus_registry().cloned();
    sc_service::spawn_tasks(sc_service::SpawnTasksParams {
        network: Arc::new(network.clone()),
        client: client.clone(),
        keystore: keystore.clone(),
        task_manager: &mut task_manager,
        transaction_pool: transaction_pool.clone(),
        rpc_builder,
        backend,
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync_service.clone(),
        config,
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;
    let telemetry = telemetry.as_ref().map(|telemetry| telemetry.handle());

    if role.is_authority() {
        let proposer = sc_basic_authorship::ProposerFactory::new(
            task_manager.spawn_handle(),
            client.clone(),
            transaction_pool.clone(),
            prometheus_registry.as_ref(),
            telemetry.clone(),
        );
        let slot_duration = babe_link.config().slot_duration();
        let babe = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
            keystore: keystore.clone(),
            client,
            select_chain,
            env: proposer,
            block_import,
            sync_oracle: sync_service.clone(),
            justification_sync_link: sync_service.clone(),
            create_inherent_data_providers: move |_, ()| async move { Ok(slot_and_time(slot_duration)) },
            force_authoring,
            backoff_authoring_blocks: None::<()>,
            babe_link,
            block_proposal_slot_portion: SlotProportion::new(PROPOSAL_SLOT_PORTION),
            max_block_proposal_slot_portion: None,
            telemetry: telemetry.clone(),
        })?;
        task_manager.spawn_essential_handle().spawn_blocking(
            "babe-proposer",
            Some("block-authoring"),
            babe,
        );
    }

    if enable_grandpa {
        let config = sc_consensus_grandpa::Config {
            gossip_duration: GOSSIP_DURATION,
            justification_generation_period: JUSTIFICATION_PERIOD,
            name: Some(node_name),
            observer_enabled: false,
            // Only an authority votes, and only a voter signs.
            keystore: role.is_authority().then_some(keystore),
            local_role: role,
            telemetry: telemetry.clone(),
            protocol_name: grandpa_protocol,
        };
        let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
            config,
            link: grandpa_link,
            network,
            sync: Arc::new(sync_service),
            notification_service: grandpa_notifications,
            voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
            prometheus_registry,
            shared_voter_state,
            telemetry,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(transaction_pool),
        })?;
        task_manager
            .spawn_essential_handle()
            .spawn_blocking("grandpa-voter", None, voter);
    }

    Ok(task_manager)
}

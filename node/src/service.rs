//! The parts of a node put together: client, pool, network, subsystems, RPC, consensus.

use crate::{
    background,
    cli::NodeParams,
    consensus::{self, Choices, Links, Running},
    network, offchain, pool, rpc, runtime_watch,
    startup::{authority, database, preflight},
    subsystems,
};
use bcai_client::{Block, Context, FullBackend, FullClient, FullPool, FullSelectChain};
use bcai_roles::Roles;
use bcai_rpc::Limits;
use bcai_runtime::RuntimeApi;
use sc_consensus_grandpa::{GrandpaPruningFilter, SharedVoterState};
use sc_service::{
    Configuration, Error as ServiceError, KeystoreContainer, PartialComponents, TaskManager,
};
use sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker};
use std::sync::Arc;

/// A node without network, RPC and running consensus: enough for the commands on a database.
pub type Parts = PartialComponents<
    FullClient,
    FullBackend,
    FullSelectChain,
    consensus::ImportQueue,
    FullPool,
    (Links, Option<Telemetry>),
>;

/// Client, database and keystore, and what runs for them.
pub type Store = (
    Arc<FullClient>,
    Arc<FullBackend>,
    KeystoreContainer,
    TaskManager,
);

/// Opens the database, or makes one with the genesis of the chain spec.
pub fn open(
    config: &Configuration,
    telemetry: Option<TelemetryHandle>,
) -> Result<Store, ServiceError> {
    // A pruned node keeps the blocks whose finality proofs warp sync serves.
    let backend = database::open(config, vec![Arc::new(GrandpaPruningFilter)])?;
    let executor = sc_service::new_wasm_executor(&config.executor);
    let genesis = database::genesis(config, &backend, &executor)?;
    let (client, backend, keystore, task_manager) =
        sc_service::new_full_parts_with_genesis_builder::<Block, RuntimeApi, _, _>(
            config, telemetry, executor, backend, genesis, false,
        )?;
    Ok((Arc::new(client), backend, keystore, task_manager))
}

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
    let handle = telemetry.as_ref().map(|(_, telemetry)| telemetry.handle());
    let (client, backend, keystore_container, task_manager) = open(config, handle)?;
    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager
            .spawn_handle()
            .spawn("telemetry", None, worker.run());
        telemetry
    });
    let select_chain = sc_consensus::LongestChain::new(backend.clone());
    let transaction_pool = pool::create(config, &task_manager, &client);
    let (import_queue, links) = consensus::import(
        &client,
        &transaction_pool,
        &select_chain,
        &task_manager,
        config.prometheus_registry(),
        telemetry.as_ref().map(|telemetry| telemetry.handle()),
    )?;
    Ok(PartialComponents {
        client,
        backend,
        task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other: (links, telemetry),
    })
}

/// Starts a full node; it runs until the task manager ends.
/// Errors: a failed preflight check, what keeps a subsystem from starting, or what the SDK reports.
pub fn new_full(
    config: Configuration,
    params: &NodeParams,
    subsystem_params: &subsystems::Params,
) -> Result<TaskManager, ServiceError> {
    preflight::check(&config, params.min_free_disk)?;
    // The task manager last, so that at an error it goes first: tasks that lose what they serve before they are told to
    // end count as failed.
    let Parts {
        client,
        backend,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool: pool,
        other: (links, mut telemetry),
        mut task_manager,
    } = new_partial(&config)?;
    database::keep(&config, &backend)?;
    let context = Context {
        client: client.clone(),
        pool: pool.clone(),
        keystore: keystore_container.keystore(),
        chain_type: config.chain_spec.chain_type(),
        data_path: config.data_path.clone(),
        min_free_disk: params.min_free_disk,
        rpc_limits: Limits::of(&config.rpc, &config.executor),
        spawner: task_manager.spawn_handle(),
        roles: Arc::new(Roles::new()?),
        registry: config.prometheus_registry().cloned(),
    };
    task_manager.keep_alive(context.roles.clone());
    if let Some(registry) = &context.registry {
        preflight::show_disk(registry, config.data_path.clone(), params.min_free_disk)?;
        let watch = runtime_watch::start(registry, client.clone())?;
        context.spawner.spawn("runtime-watch", None, watch);
    }
    task_manager.spawn_essential_handle().spawn(
        "disk-space",
        None,
        preflight::watch_disk(config.data_path.clone(), params.min_free_disk),
    );
    let subsystem_methods = subsystems::spawn(&context, subsystem_params)?;
    let network = network::start(
        &config,
        &task_manager,
        &client,
        &backend,
        &pool,
        import_queue,
        &links,
    )?;
    offchain::start(&config, &task_manager, &context, &backend, &network)?;
    let voter_state = network
        .finality
        .as_ref()
        .map_or_else(SharedVoterState::empty, |finality| {
            finality.voter_state.clone()
        });
    let (choices, role) = (Choices::of(&config), config.role);
    background::start(
        &config,
        &task_manager,
        &context,
        &network.service,
        &network.sync,
        network.transactions,
        telemetry.as_mut(),
    )?;
    let server = rpc::serve(
        &config,
        &params.rpc,
        rpc::Deps {
            context: context.clone(),
            backend: backend.clone(),
            select_chain: select_chain.clone(),
            consensus: rpc::ConsensusDeps::new(&links, &backend, voter_state),
            system: network.system_rpc.clone(),
            sync: network.sync.clone(),
            subsystems: subsystem_methods,
        },
    )?;
    task_manager.keep_alive((config.base_path, server));
    let running = Running {
        client,
        pool,
        select_chain,
        keystore: context.keystore,
        network: network.service,
        sync: network.sync,
        registry: context.registry,
        telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
    };
    if role.is_authority() {
        let watch = authority::Watch {
            client: running.client.clone(),
            keystore: running.keystore.clone(),
            sync: running.sync.clone(),
            finalises: network.finality.is_some(),
        };
        let watch = watch.start(running.registry.as_ref())?;
        task_manager
            .spawn_handle()
            .spawn("authority-advice", None, watch);
    }
    consensus::start(&task_manager, choices, running, links, network.finality)?;
    Ok(task_manager)
}

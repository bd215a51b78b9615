//! The parts of a node put together: client, pool, network, subsystems, RPC, consensus.

use crate::{
    background,
    cli::NodeParams,
    consensus::{self, Choices, Links, Running},
    network, rpc,
    startup::preflight,
    subsystems,
};
use bcai_client::{
    Block, Context, FullBackend, FullClient, FullPool, FullSelectChain, HostFunctions,
};
use bcai_roles::Roles;
use bcai_rpc::Limits;
use bcai_runtime::RuntimeApi;
use futures::FutureExt;
use sc_client_api::Backend;
use sc_consensus_grandpa::{GrandpaPruningFilter, SharedVoterState};
use sc_service::{Configuration, Error as ServiceError, PartialComponents, TaskManager};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
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
    let Parts {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool: pool,
        other: (links, mut telemetry),
    } = new_partial(&config)?;
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
    if config.offchain_worker.enabled {
        start_offchain_workers(&config, &task_manager, &context, &backend, &network)?;
    }
    let voter_state = network
        .finality
        .as_ref()
        .map_or_else(SharedVoterState::empty, |finality| {
            finality.voter_state.clone()
        });
    let choices = Choices::of(&config);
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
    consensus::start(&task_manager, choices, running, links, network.finality)?;
    Ok(task_manager)
}

fn start_offchain_workers(
    config: &Configuration,
    task_manager: &TaskManager,
    context: &Context,
    backend: &Arc<FullBackend>,
    network: &network::Network,
) -> Result<(), ServiceError> {
    let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
        runtime_api_provider: context.client.clone(),
        is_validator: config.role.is_authority(),
        keystore: Some(context.keystore.clone()),
        offchain_db: backend.offchain_storage(),
        transaction_pool: Some(OffchainTransactionPoolFactory::new(context.pool.clone())),
        network_provider: Arc::new(network.service.clone()),
        // Nothing in the runtime asks the web.
        enable_http_requests: false,
        custom_extensions: |_| vec![],
    })?;
    task_manager.spawn_handle().spawn(
        "offchain-workers-runner",
        "offchain-worker",
        workers
            .run(context.client.clone(), task_manager.spawn_handle())
            .boxed(),
    );
    Ok(())
}

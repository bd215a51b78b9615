//! What every node of the SDK does beside its consensus: it tells the pool of blocks and the network of transactions, and
//! reports to Prometheus, telemetry and the log. `sc_service::spawn_tasks` does the same, but only with its RPC server.

use bcai_client::{Block, Context};
use bcai_runtime::Hash;
use futures::FutureExt;
use sc_client_api::UsageProvider;
use sc_network::service::traits::NetworkService;
use sc_network_sync::SyncingService;
use sc_network_transactions::TransactionsHandlerController;
use sc_service::{
    config::PrometheusConfig, Configuration, Error as ServiceError, MetricsService, TaskManager,
};
use sc_telemetry::{Telemetry, TelemetryHandle};
use std::sync::Arc;

/// Starts all of it. Errors: telemetry or metrics that can't be registered, or session keys that can't be made.
pub fn start(
    config: &Configuration,
    task_manager: &TaskManager,
    context: &Context,
    network: &Arc<dyn NetworkService>,
    sync: &Arc<SyncingService<Block>>,
    transactions: TransactionsHandlerController<Hash>,
    telemetry: Option<&mut Telemetry>,
) -> Result<(), ServiceError> {
    let (client, pool) = (&context.client, &context.pool);
    let chain = client.usage_info().chain;
    // Only well-known names, `//Alice` and the like, come with keys of their own.
    let seeds = config.dev_key_seed.iter().cloned().collect();
    sp_session::generate_initial_session_keys(
        client.clone(),
        chain.best_hash,
        seeds,
        context.keystore.clone(),
    )
    .map_err(|error| ServiceError::Application(Box::new(error)))?;
    let system = sc_sysinfo::gather_sysinfo();
    sc_sysinfo::print_sysinfo(&system);
    let telemetry = telemetry
        .map(|telemetry| {
            sc_service::init_telemetry(
                config.network.node_name.clone(),
                config.impl_name.clone(),
                config.impl_version.clone(),
                config.chain_spec.name().into(),
                config.role.is_authority(),
                network.clone(),
                client.clone(),
                telemetry,
                Some(system),
            )
        })
        .transpose()?;
    log::info!("📦 Highest known block at #{}", chain.best_number);

    let spawner = task_manager.spawn_handle();
    spawner.spawn(
        "txpool-notifications",
        Some("transaction-pool"),
        sc_transaction_pool::notification_future(
            client.clone(),
            pool.clone(),
            config.transaction_pool.use_all_block_notifications(),
        ),
    );
    spawner.spawn(
        "on-transaction-imported",
        Some("transaction-pool"),
        sc_service::propagate_transaction_notifications(
            pool.clone(),
            transactions,
            telemetry.clone(),
        ),
    );
    spawner.spawn(
        "telemetry-periodic-send",
        None,
        metrics(config, task_manager, telemetry)?.run(
            client.clone(),
            pool.clone(),
            network.clone(),
            sync.clone(),
        ),
    );
    spawner.spawn(
        "informant",
        None,
        sc_informant::build(client.clone(), network.clone(), sync.clone()),
    );
    Ok(())
}

fn metrics(
    config: &Configuration,
    task_manager: &TaskManager,
    telemetry: Option<TelemetryHandle>,
) -> Result<MetricsService, ServiceError> {
    let Some(PrometheusConfig { port, registry }) = config.prometheus_config.clone() else {
        return Ok(MetricsService::new(telemetry));
    };
    let metrics = MetricsService::with_prometheus(
        telemetry,
        &registry,
        config.role,
        &config.network.node_name,
        &config.impl_version,
    )?;
    task_manager.spawn_handle().spawn(
        "prometheus-endpoint",
        None,
        substrate_prometheus_endpoint::init_prometheus(port, registry).map(drop),
    );
    Ok(metrics)
}

//! The off-chain workers of the runtime.

use crate::network::Network;
use bcai_client::{Context, FullBackend};
use futures::FutureExt;
use sc_client_api::Backend;
use sc_service::{Configuration, Error as ServiceError, TaskManager};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use std::sync::Arc;

/// Starts them, unless the configuration switches them off. Errors: those of the SDK.
pub fn start(
    config: &Configuration,
    task_manager: &TaskManager,
    context: &Context,
    backend: &Arc<FullBackend>,
    network: &Network,
) -> Result<(), ServiceError> {
    if !config.offchain_worker.enabled {
        return Ok(());
    }
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

//! The pool of transactions, whose end with the node is no failure.
//!
//! The largest transaction that the chain has a use for is a challenge, a fraud proof of up to 516 KiB. What the options allow by default
//! takes several; see the tests.

use bcai_client::{FullClient, FullPool};
use futures::future::{pending, BoxFuture, FutureExt};
use sc_service::{Configuration, SpawnEssentialTaskHandle, TaskManager};
use sp_core::traits::SpawnEssentialNamed;
use std::sync::{Arc, OnceLock, Weak};

/// Makes the pool of this client's chain.
pub fn create(
    config: &Configuration,
    task_manager: &TaskManager,
    client: &Arc<FullClient>,
) -> Arc<FullPool> {
    let spawner = PoolTasks {
        handle: task_manager.spawn_essential_handle(),
        pool: Arc::default(),
    };
    let served = spawner.pool.clone();
    let pool: Arc<FullPool> = Arc::from(
        sc_transaction_pool::Builder::new(
            spawner,
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );
    // Nobody else sets it.
    let _ = served.set(Arc::downgrade(&pool));
    pool
}

/// Runs the tasks of the pool. They end when nobody holds the pool any more, as at every stop of the node and before
/// every error at its start, and the SDK's handle would call that a failure of the node.
#[derive(Clone)]
struct PoolTasks {
    handle: SpawnEssentialTaskHandle,
    pool: Arc<OnceLock<Weak<FullPool>>>,
}

impl PoolTasks {
    fn while_served(&self, task: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        let pool = self.pool.clone();
        unless_gone(task, move || {
            pool.get().is_some_and(|pool| pool.strong_count() == 0)
        })
        .boxed()
    }
}

/// Ends when `task` does, but never where that it serves is `gone`.
async fn unless_gone(task: impl std::future::Future<Output = ()>, gone: impl Fn() -> bool) {
    task.await;
    if gone() {
        pending::<()>().await;
    }
}

impl SpawnEssentialNamed for PoolTasks {
    fn spawn_essential_blocking(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        task: BoxFuture<'static, ()>,
    ) {
        self.handle
            .spawn_blocking(name, group, self.while_served(task));
    }

    fn spawn_essential(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        task: BoxFuture<'static, ()>,
    ) {
        self.handle.spawn(name, group, self.while_served(task));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use bcai_pouw_primitives::FraudProof;
    use bcai_rpc::Limits;
    use clap::Parser;
    use codec::MaxEncodedLen;

    /// Bytes of a transaction beside its call: address, signature, extensions.
    const ENVELOPE: usize = 160;

    /// Transactions that wait for others of their sender have this fraction of the pool's bytes, by the SDK's own rule.
    const WAITING_SHARE: usize = 10;

    #[test]
    fn the_largest_challenge_fits_the_pool_also_behind_others_and_a_request() {
        let options = Cli::parse_from(["bcai-node"]).run;
        let challenge = FraudProof::max_encoded_len() + ENVELOPE;
        assert!(
            challenge > 512 * 1024 && challenge <= 540_000,
            "{challenge}"
        );
        let waiting = options.pool_config.pool_kbytes * 1024 / WAITING_SHARE;
        assert!(waiting >= 2 * challenge);
        let limits = Limits {
            max_request: u64::from(options.rpc_params.rpc_max_request_size) << 20,
            max_response: u64::from(options.rpc_params.rpc_max_response_size) << 20,
            concurrent_calls: 1,
        };
        assert!(limits.hex_in_request() >= challenge as u64);
        assert!(limits.hex_in_request() >= bcai_matrices::PART);
        assert!(limits.hex_in_response() >= bcai_matrices::PART);
    }

    #[test]
    fn a_task_that_ends_is_a_failure_only_while_its_pool_lives() {
        let ended = |gone: bool| unless_gone(async {}, move || gone).now_or_never().is_some();
        assert!(ended(false));
        assert!(!ended(true));
    }
}

//! What an operator must hear of the runtime: which it is, and whether it migrates or stands still.

use bcai_client::{settled, stands_still, FullClient};
use futures::StreamExt;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sp_api::CallContext;
use std::{future::Future, sync::Arc};
use substrate_prometheus_endpoint::{register, Gauge, PrometheusError, Registry, U64};

/// The metrics.
struct Shown {
    spec_version: Gauge<U64>,
    migrating: Gauge<U64>,
    stands_still: Gauge<U64>,
}

impl Shown {
    fn register(registry: &Registry) -> Result<Self, PrometheusError> {
        let gauge = |name, help| register(Gauge::new(name, help)?, registry);
        Ok(Self {
            spec_version: gauge(
                "bcai_runtime_spec_version",
                "Version of the best block's runtime",
            )?,
            migrating: gauge(
                "bcai_runtime_migrating",
                "1 while storage waits to be migrated to the runtime of the best block",
            )?,
            stands_still: gauge(
                "bcai_runtime_stands_still",
                "1 while nobody but governance can call: in the safe mode, and while a migration of several blocks runs",
            )?,
        })
    }

    fn update(&self, client: &FullClient) {
        let best = client.info().best_hash;
        if let Ok(version) = client.runtime_version_at(best, CallContext::Offchain) {
            self.spec_version.set(version.spec_version.into());
        }
        self.migrating.set((settled(client, best) != best).into());
        self.stands_still.set(stands_still(client, best).into());
    }
}

/// Registers the metrics, and gives what keeps them. Errors: a metric whose name is taken.
pub fn start(
    registry: &Registry,
    client: Arc<FullClient>,
) -> Result<impl Future<Output = ()>, PrometheusError> {
    let shown = Shown::register(registry)?;
    Ok(async move {
        shown.update(&client);
        let mut blocks = client.import_notification_stream();
        while let Some(block) = blocks.next().await {
            if block.is_new_best {
                shown.update(&client);
            }
        }
    })
}

//! What the miner, the challenger and the task store show to Prometheus.

use crate::pouw_tasks::PouwStatus;
use bcai_task_store::TaskStore;
use std::sync::Arc;
use substrate_prometheus_endpoint::{
    register, MetricSource, Opts, PrometheusError, Registry, SourcedGauge,
};

#[derive(Clone)]
struct MinerSource(PouwStatus);

impl MetricSource for MinerSource {
    type N = f64;

    fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
        let Some(status) = self.0.miner_status() else {
            return;
        };
        set(&["claimed"], status.claimed.into());
        set(&["delivered"], status.delivered.into());
        set(&["tickets_found"], status.tickets_found as f64);
        set(&["tickets_submitted"], status.tickets_submitted as f64);
        set(&["results_submitted"], status.results_submitted as f64);
        set(&["completed"], status.completed as f64);
        set(&["lost"], status.lost as f64);
        set(&["macs"], status.macs as f64);
    }
}

#[derive(Clone)]
struct ChallengerSource(PouwStatus);

impl MetricSource for ChallengerSource {
    type N = f64;

    fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
        let Some(status) = self.0.challenger_status() else {
            return;
        };
        set(&["right"], status.right as f64);
        set(&["wrong"], status.wrong as f64);
        set(&["tiles"], status.tiles as f64);
        set(
            &["challenges_submitted"],
            status.challenges_submitted as f64,
        );
        set(&["unavailable"], status.unavailable.into());
    }
}

#[derive(Clone)]
struct StoreSource(Arc<dyn TaskStore>);

impl MetricSource for StoreSource {
    type N = f64;

    fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
        let usage = self.0.usage();
        set(&["blobs"], usage.blob_bytes as f64);
        set(&["uploads"], usage.reserved_bytes as f64);
        set(&["corrupt"], usage.corrupt_bytes as f64);
    }
}

/// Registers the gauges. Errors: a name that is taken.
pub fn register_all(
    registry: &Registry,
    status: &PouwStatus,
    store: &Arc<dyn TaskStore>,
) -> Result<(), PrometheusError> {
    let miner = Opts::new(
        "bcai_miner",
        "Counters of the miner since it started, and the tasks that it has claimed or delivered now",
    )
    .variable_label("what");
    register(
        SourcedGauge::new(&miner, MinerSource(status.clone()))?,
        registry,
    )?;
    let challenger = Opts::new(
        "bcai_challenger",
        "Counters of the challenger since it started, and the results that it can't check now",
    )
    .variable_label("what");
    register(
        SourcedGauge::new(&challenger, ChallengerSource(status.clone()))?,
        registry,
    )?;
    let bytes =
        Opts::new("bcai_task_store_bytes", "Bytes in the task store").variable_label("what");
    register(
        SourcedGauge::new(&bytes, StoreSource(store.clone()))?,
        registry,
    )?;
    Ok(())
}

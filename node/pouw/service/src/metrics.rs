//! What the miner and the challenger show to Prometheus.

use crate::status::Status;
use substrate_prometheus_endpoint::{
    register, MetricSource, Opts, PrometheusError, Registry, SourcedGauge,
};

#[derive(Clone)]
struct MinerSource(Status);

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
        set(&["macs_per_second"], status.macs_per_second as f64);
        set(
            &["credited_macs_per_second"],
            status.credited_macs_per_second as f64,
        );
        set(&["missing_matrices"], status.missing_matrices.into());
        set(&["foreign_claims"], status.foreign_claims as f64);
        set(&["failed_calls"], status.costs.failed_calls as f64);
        set(&["fees_paid"], status.costs.fees_paid as f64);
    }
}

#[derive(Clone)]
struct ChallengerSource(Status);

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
        set(&["failed_calls"], status.costs.failed_calls as f64);
        set(&["fees_paid"], status.costs.fees_paid as f64);
    }
}

/// Registers the gauges. Errors: a name that is taken.
pub fn register_all(registry: &Registry, status: &Status) -> Result<(), PrometheusError> {
    let miner = Opts::new(
        "bcai_miner",
        "Counters of the miner since it started, its rates since then, and the tasks that it has claimed or delivered now",
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
    Ok(())
}

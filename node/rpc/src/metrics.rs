//! What the server shows to Prometheus, beside the SDK's `substrate_rpc_*`.

use crate::Budget;
use std::sync::Arc;
use substrate_prometheus_endpoint::{
    register, MetricSource, Opts, PrometheusError, Registry, SourcedCounter, SourcedGauge,
};

#[derive(Clone)]
struct Figure(Arc<Budget>, fn(&Budget) -> u64);

impl MetricSource for Figure {
    type N = u64;

    fn collect(&self, mut set: impl FnMut(&[&str], u64)) {
        set(&[], self.1(&self.0));
    }
}

/// Registers the figures. Errors: a name that is taken.
pub(crate) fn register_all(
    registry: &Registry,
    budget: &Arc<Budget>,
) -> Result<(), PrometheusError> {
    let in_flight = Opts::new(
        "bcai_rpc_in_flight_bytes",
        "Bytes of answers that clients have not read yet",
    );
    let max = Opts::new(
        "bcai_rpc_in_flight_max_bytes",
        "What the bytes in flight may come to: --rpc-max-in-flight",
    );
    let refused = Opts::new(
        "bcai_rpc_refused_total",
        "Calls refused because too much was in flight",
    );
    register(
        SourcedGauge::new(&in_flight, Figure(budget.clone(), Budget::used))?,
        registry,
    )?;
    register(
        SourcedGauge::new(&max, Figure(budget.clone(), Budget::max))?,
        registry,
    )?;
    register(
        SourcedCounter::new(&refused, Figure(budget.clone(), Budget::refused))?,
        registry,
    )?;
    Ok(())
}

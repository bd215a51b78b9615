//! What the store shows to Prometheus.

use crate::MatrixStore;
use std::sync::Arc;
use substrate_prometheus_endpoint::{
    register, MetricSource, Opts, PrometheusError, Registry, SourcedGauge,
};

#[derive(Clone)]
struct Bytes(Arc<dyn MatrixStore>);

impl MetricSource for Bytes {
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
    store: &Arc<dyn MatrixStore>,
) -> Result<(), PrometheusError> {
    let bytes =
        Opts::new("bcai_matrices_bytes", "Bytes in the store of matrices").variable_label("what");
    register(SourcedGauge::new(&bytes, Bytes(store.clone()))?, registry)?;
    Ok(())
}

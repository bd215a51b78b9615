//! What the store shows to Prometheus.

use crate::MatrixStore;
use std::sync::Arc;
use substrate_prometheus_endpoint::{
    register, MetricSource, Opts, PrometheusError, Registry, SourcedGauge,
};

/// A figure of the store, read when Prometheus asks.
#[derive(Clone)]
struct Figure(Arc<dyn MatrixStore>, fn(&dyn MatrixStore) -> u64);

impl MetricSource for Figure {
    type N = u64;

    fn collect(&self, mut set: impl FnMut(&[&str], u64)) {
        set(&[], self.1(&*self.0));
    }
}

type Gauge = (&'static str, &'static str, fn(&dyn MatrixStore) -> u64);

const GAUGES: &[Gauge] = &[
    (
        "bcai_matrices_stored_bytes",
        "Bytes of matrices in the store",
        |store| store.usage().blob_bytes,
    ),
    (
        "bcai_matrices_upload_bytes",
        "Bytes declared by uploads that are neither finished nor dropped",
        |store| store.usage().reserved_bytes,
    ),
    (
        "bcai_matrices_corrupt_bytes",
        "Bytes in damaged files that were set aside",
        |store| store.usage().corrupt_bytes,
    ),
    (
        "bcai_matrices_max_bytes",
        "What stored matrices, uploads and damaged files may come to: --matrices-max-bytes",
        |store| store.limits().max_total,
    ),
];

/// Registers the gauges. Errors: a name that is taken.
pub fn register_all(
    registry: &Registry,
    store: &Arc<dyn MatrixStore>,
) -> Result<(), PrometheusError> {
    for (name, help, read) in GAUGES {
        let figure = Figure(store.clone(), *read);
        register(
            SourcedGauge::new(&Opts::new(*name, *help), figure)?,
            registry,
        )?;
    }
    Ok(())
}

//! The store as a part of a running node.

use crate::{
    metrics,
    rpc::{Matrices, MatricesApiServer, PartLimits},
    upkeep, FsMatrixStore, MatrixStore, Named, Params,
};
use bcai_client::Context;
use jsonrpsee::Methods;
use sc_service::Error as ServiceError;
use std::{fs, io, path::Path, sync::Arc};

/// The folder below the chain's, and its name in versions before this one.
const FOLDER: &str = "matrices";
const FORMER_FOLDER: &str = "tasks";

/// The store of a running node.
pub struct Service {
    /// The store itself.
    pub store: Arc<dyn MatrixStore>,
    /// Its RPC methods.
    pub rpc: Methods,
}

/// Opens the store and starts its upkeep. `named` tells which matrices must stay.
/// Errors: a folder that can't be opened, or a metric whose name is taken.
pub fn spawn(
    context: &Context,
    params: &Params,
    named: Arc<dyn Named>,
) -> Result<Service, ServiceError> {
    let path = match &params.matrices_path {
        Some(path) => path.clone(),
        None => {
            take_over(&context.data_path)?;
            context.data_path.join(FOLDER)
        }
    };
    let store = FsMatrixStore::open(&path, params.limits())
        .map_err(|error| ServiceError::Application(Box::new(error)))?
        // Matrices leave twice as much free as the database needs: an upload must not stop the node.
        .with_min_free(context.min_free_disk.saturating_mul(2), free_bytes);
    let store: Arc<dyn MatrixStore> = Arc::new(store);
    upkeep::spawn(context, &store, named, params.matrices_keep);
    if let Some(registry) = &context.registry {
        metrics::register_all(registry, &store)?;
    }
    let limits = PartLimits::of(&context.rpc_limits);
    let rpc = Matrices::new(store.clone(), limits).into_rpc().into();
    Ok(Service { store, rpc })
}

/// Renames the folder that a former version made.
fn take_over(data_path: &Path) -> io::Result<()> {
    let (former, now) = (data_path.join(FORMER_FOLDER), data_path.join(FOLDER));
    if former.is_dir() && !now.exists() {
        fs::rename(former, now)?;
    }
    Ok(())
}

/// Free space on the disk of `path`, in bytes.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_former_version_is_taken_over_once() {
        let data = tempfile::tempdir().unwrap();
        take_over(data.path()).unwrap();
        fs::create_dir(data.path().join(FORMER_FOLDER)).unwrap();
        fs::write(data.path().join(FORMER_FOLDER).join("x"), "x").unwrap();
        take_over(data.path()).unwrap();
        assert!(data.path().join(FOLDER).join("x").exists());
        // Another one is left alone: what is in it may not be ours.
        fs::create_dir(data.path().join(FORMER_FOLDER)).unwrap();
        take_over(data.path()).unwrap();
        assert!(data.path().join(FORMER_FOLDER).exists());
    }
}

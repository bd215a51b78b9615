//! What a new runtime would do to this chain: tried on a state of it, and thrown away.

use super::trial::{one_line, Trial};
use bcai_client::{FullBackend, FullClient, HostFunctions};
use bcai_runtime::Hash;
use codec::{DecodeAll, Encode};
use jsonrpsee::{
    proc_macros::rpc,
    types::{ErrorObject, ErrorObjectOwned},
    Extensions,
};
use sc_client_api::{Backend, HeaderBackend, TrieCacheContext};
use sc_executor::{HeapAllocStrategy, RuntimeVersion, WasmExecutor};
use sc_rpc_api::{check_if_safe, UnsafeRpcError};
use serde::Serialize;
use sp_api::ProvideRuntimeApi;
use sp_consensus_babe::BabeApi;
use sp_core::{
    traits::{CallContext, ReadRuntimeVersion},
    Bytes,
};
use sp_state_machine::{BasicExternalities, OverlayedChanges};
use std::sync::{Arc, Mutex};

/// Memory that a runtime on trial may have: 512 MiB in pages of WASM.
const MOST_PAGES: u32 = 8_192;

/// The first code is one above this.
const BASE: i32 = 10_500;

/// Why there is no dry run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the code is no runtime: {0}")]
    NoRuntime(String),
    #[error("cannot read the chain at block {at:?}: {reason}")]
    State { at: Hash, reason: String },
    #[error("another dry run is under way, and one runs at a time; one that never ends takes a restart of the node")]
    Busy,
    #[error(transparent)]
    Unsafe(#[from] UnsafeRpcError),
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::NoRuntime(_) => BASE + 1,
            Error::State { .. } => BASE + 2,
            Error::Busy => BASE + 3,
            Error::Unsafe(_) => jsonrpsee::types::error::METHOD_NOT_FOUND_CODE,
        };
        ErrorObject::owned(code, error.to_string(), None::<()>)
    }
}

/// A runtime as its version tells.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    spec_name: String,
    spec_version: u32,
    transaction_version: u32,
}

impl From<RuntimeVersion> for Version {
    fn from(version: RuntimeVersion) -> Self {
        Self {
            spec_name: version.spec_name.into_owned(),
            spec_version: version.spec_version,
            transaction_version: version.transaction_version,
        }
    }
}

/// What the first blocks of the new runtime would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    /// Why one of its blocks can't be made, where the chain would stop, or what else is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// Blocks that were made until nothing was left to migrate.
    pub(super) blocks: u32,
    /// Keys of storage that they would write, hooks of the pallets included.
    pub(super) written_keys: usize,
    /// Storage versions that they would write: the hash of the pallet's name, and the version.
    pub(super) storage_versions: Vec<(Bytes, u16)>,
    /// Whether something was left after all blocks that a dry run makes.
    pub(super) goes_on: bool,
    /// Whether the runtime was built with `try-runtime`, and its checks were run as well.
    pub(super) checked: bool,
}

/// What [`UpgradeApiServer::dry_run`] answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    /// The state that it was tried on.
    at: Hash,
    /// blake2-256 of the code, which a proposal authorises.
    code_hash: Hash,
    /// Of the code as it is given.
    bytes: usize,
    now: Version,
    then: Version,
    /// Of the new runtime, version 15.
    metadata: Bytes,
    migration: Migration,
}

/// Answers of this module.
pub type RpcResult<T> = Result<T, Error>;

/// For who proposes an upgrade, and for who votes about one.
#[rpc(server, namespace = "upgrade")]
pub trait UpgradeApi {
    /// What this code would do as the chain's next runtime, on the state of a block, the best one if none is given. Unsafe: it runs the code,
    /// and code that doesn't end takes a thread until the node ends: ask a node of your own that is no validator.
    #[method(name = "dryRun", with_extensions, blocking)]
    fn dry_run(&self, code: Bytes, at: Option<Hash>) -> RpcResult<DryRun>;
}

/// Serves [`UpgradeApi`].
pub struct Upgrade {
    client: Arc<FullClient>,
    backend: Arc<FullBackend>,
    /// Taken by the dry run that is under way: a runtime that doesn't end takes one thread for good, and no more.
    running: Mutex<()>,
}

impl Upgrade {
    /// On the states of this database.
    pub fn new(client: Arc<FullClient>, backend: Arc<FullBackend>) -> Self {
        Self {
            client,
            backend,
            running: Mutex::new(()),
        }
    }
}

impl Upgrade {
    fn try_on(&self, code: &[u8], at: Hash) -> RpcResult<DryRun> {
        let failed = |reason: String| Error::State { at, reason };
        let heap = HeapAllocStrategy::Dynamic {
            maximum_pages: Some(MOST_PAGES),
        };
        let executor = WasmExecutor::<HostFunctions>::builder()
            .with_onchain_heap_alloc_strategy(heap)
            .with_offchain_heap_alloc_strategy(heap)
            .build();
        let version = executor
            .read_runtime_version(code, &mut BasicExternalities::default())
            .map_err(|error| Error::NoRuntime(one_line(&error)))?;
        let then = RuntimeVersion::decode_all(&mut &version[..])
            .map_err(|error| Error::NoRuntime(one_line(&error.to_string())))?;
        let now = self
            .client
            .runtime_version_at(at, CallContext::Offchain)
            .map_err(|error| failed(one_line(&error.to_string())))?;
        let parent = self
            .client
            .header(at)
            .ok()
            .flatten()
            .ok_or_else(|| failed("there is no such block".into()))?;
        let slot_duration = self
            .client
            .runtime_api()
            .configuration(at)
            .map_err(|error| failed(one_line(&error.to_string())))?
            .slot_duration;
        let state = self
            .backend
            .state_at(at, TrieCacheContext::Untrusted)
            .map_err(|error| failed(one_line(&error.to_string())))?;
        let mut trial = Trial {
            state: &state,
            code,
            executor,
            changes: OverlayedChanges::default(),
        };
        let metadata = trial
            .call("Metadata_metadata_at_version", &15u32.encode())
            .map_err(Error::NoRuntime)?;
        let metadata = Option::<Vec<u8>>::decode_all(&mut &metadata[..])
            .ok()
            .flatten()
            .ok_or_else(|| Error::NoRuntime("it has no metadata of version 15".into()))?;
        Ok(DryRun {
            at,
            code_hash: sp_crypto_hashing::blake2_256(code).into(),
            bytes: code.len(),
            now: now.into(),
            migration: trial.migrate(&then, &parent, slot_duration),
            then: then.into(),
            metadata: metadata.into(),
        })
    }
}

impl UpgradeApiServer for Upgrade {
    fn dry_run(&self, ext: &Extensions, code: Bytes, at: Option<Hash>) -> RpcResult<DryRun> {
        check_if_safe(ext)?;
        let _one = self.running.try_lock().map_err(|_| Error::Busy)?;
        self.try_on(&code, at.unwrap_or_else(|| self.client.info().best_hash))
    }
}

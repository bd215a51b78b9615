//! What a new runtime would do to this chain: tried on a state of it, and thrown away.

use bcai_client::{FullBackend, FullClient, HostFunctions};
use bcai_runtime::Hash;
use codec::{DecodeAll, Encode};
use jsonrpsee::{
    proc_macros::rpc,
    types::{ErrorObject, ErrorObjectOwned},
    Extensions,
};
use sc_client_api::{Backend, HeaderBackend, TrieCacheContext};
use sc_executor::{RuntimeVersion, WasmExecutor};
use sc_rpc_api::{check_if_safe, UnsafeRpcError};
use serde::Serialize;
use sp_core::{
    traits::{CallContext, ReadRuntimeVersion, RuntimeCode, WrappedRuntimeCode},
    Bytes,
};
use sp_runtime::{
    generic::DigestItem,
    traits::{BlakeTwo256, Header as _},
    Digest,
};
use sp_state_machine::{BasicExternalities, OverlayedChanges, StateMachine};
use std::sync::Arc;

/// The first code is one above this.
const BASE: i32 = 10_500;

/// Why there is no dry run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the code is no runtime: {0}")]
    NoRuntime(String),
    #[error("cannot read the chain at block {at:?}: {reason}")]
    State { at: Hash, reason: String },
    #[error(transparent)]
    Unsafe(#[from] UnsafeRpcError),
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::NoRuntime(_) => BASE + 1,
            Error::State { .. } => BASE + 2,
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

/// What the first block of the new runtime would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    /// Why that block can't be made; the chain would stop there.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Keys of storage that it would write, hooks of the pallets included.
    written_keys: usize,
    /// Storage versions that it would write: the hash of the pallet's name, and the version.
    storage_versions: Vec<(Bytes, u16)>,
    /// Whether more would be left for the blocks after it.
    goes_on: bool,
    /// Whether the runtime was built with `try-runtime`, and its checks were run as well.
    checked: bool,
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
    /// What this code would do as the chain's next runtime, on the state of a block, the best one if none is given. Unsafe: it runs the code.
    #[method(name = "dryRun", with_extensions, blocking)]
    fn dry_run(&self, code: Bytes, at: Option<Hash>) -> RpcResult<DryRun>;
}

/// Serves [`UpgradeApi`].
pub struct Upgrade {
    client: Arc<FullClient>,
    backend: Arc<FullBackend>,
}

impl Upgrade {
    /// On the states of this database.
    pub fn new(client: Arc<FullClient>, backend: Arc<FullBackend>) -> Self {
        Self { client, backend }
    }
}

/// A runtime on a state, whose writes stay in memory.
struct Trial<'a, State> {
    state: &'a State,
    code: &'a [u8],
    executor: WasmExecutor<HostFunctions>,
    changes: OverlayedChanges<BlakeTwo256>,
}

impl<State: sp_state_machine::Backend<BlakeTwo256>> Trial<'_, State> {
    fn call(&mut self, method: &str, data: &[u8]) -> Result<Vec<u8>, String> {
        let fetcher = WrappedRuntimeCode(self.code.into());
        let code = RuntimeCode {
            code_fetcher: &fetcher,
            heap_pages: None,
            hash: sp_crypto_hashing::blake2_256(self.code).to_vec(),
        };
        let answer = StateMachine::new(
            self.state,
            &mut self.changes,
            &self.executor,
            method,
            data,
            &mut Default::default(),
            &code,
            CallContext::Offchain,
        )
        .execute();
        answer.map_err(|error| one_line(&error.to_string()))
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_string()
}

/// Ends the keys under which pallets keep the version of their storage.
const STORAGE_VERSION: &[u8] = b":__STORAGE_VERSION__:";

impl Upgrade {
    fn try_on(&self, code: &[u8], at: Hash) -> RpcResult<DryRun> {
        let failed = |reason: String| Error::State { at, reason };
        let executor = WasmExecutor::<HostFunctions>::builder().build();
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
            migration: migrate(&mut trial, &then, &parent),
            then: then.into(),
            metadata: metadata.into(),
        })
    }
}

/// Begins the block after `parent` with the new runtime, and tells what that did.
fn migrate<State: sp_state_machine::Backend<BlakeTwo256>>(
    trial: &mut Trial<'_, State>,
    version: &RuntimeVersion,
    parent: &bcai_runtime::Header,
) -> Migration {
    let tries = sp_crypto_hashing::blake2_64(b"TryRuntime");
    let checked = version.apis.iter().any(|(api, _)| *api == tries);
    // Without the seal; the slot is the parent's, as if its author had been faster.
    let logs = parent.digest().logs().iter();
    let logs = logs.filter(|item| matches!(item, DigestItem::PreRuntime(..)));
    let header = bcai_runtime::Header::new(
        parent.number().saturating_add(1),
        Default::default(),
        Default::default(),
        parent.hash(),
        Digest {
            logs: logs.cloned().collect(),
        },
    );
    let mut error = trial.call("Core_initialize_block", &header.encode()).err();
    let written_keys = trial.changes.changes().count();
    let storage_versions = storage_versions(&mut trial.changes);
    let goes_on = error.is_none()
        && trial
            .call("UpgradeApi_is_migrating", &[])
            .is_ok_and(|answer| answer == true.encode());
    if checked && error.is_none() {
        trial.changes = OverlayedChanges::default();
        // All checks: `UpgradeCheckSelect::All`.
        error = trial.call("TryRuntime_on_runtime_upgrade", &[1]).err();
    }
    Migration {
        error,
        written_keys,
        storage_versions,
        goes_on,
        checked,
    }
}

fn storage_versions(changes: &mut OverlayedChanges<BlakeTwo256>) -> Vec<(Bytes, u16)> {
    let end = sp_crypto_hashing::twox_128(STORAGE_VERSION);
    changes
        .changes_mut()
        .filter_map(|(key, value)| {
            let pallet = key.strip_suffix(&end)?.to_vec();
            let version = u16::decode_all(&mut &value.value()?[..]).ok()?;
            Some((pallet.into(), version))
        })
        .collect()
}

impl UpgradeApiServer for Upgrade {
    fn dry_run(&self, ext: &Extensions, code: Bytes, at: Option<Hash>) -> RpcResult<DryRun> {
        check_if_safe(ext)?;
        self.try_on(&code, at.unwrap_or_else(|| self.client.info().best_hash))
    }
}

use crate::{FullClient, FullPool};
use bcai_roles::Roles;
use bcai_rpc::Limits;
use sc_chain_spec::ChainType;
use sc_service::SpawnTaskHandle;
use sp_keystore::KeystorePtr;
use std::{path::PathBuf, sync::Arc};
use substrate_prometheus_endpoint::Registry;

/// What the node gives to each of its subsystems.
#[derive(Clone)]
pub struct Context {
    /// Blocks, states and the runtime.
    pub client: Arc<FullClient>,
    /// Transactions that wait for a block.
    pub pool: Arc<FullPool>,
    /// The node's keys.
    pub keystore: KeystorePtr,
    /// Whether the chain is one for tests, on which well-known keys are taken.
    pub chain_type: ChainType,
    /// The chain's folder: a subsystem keeps its files in one of its own below it.
    pub data_path: PathBuf,
    /// What must always be free on the disk of that folder, in bytes.
    pub min_free_disk: u64,
    /// How large requests and answers of RPC may be.
    pub rpc_limits: Limits,
    /// Runs small tasks that end with the node.
    pub spawner: SpawnTaskHandle,
    /// Runs what may fail and must not take the node with it.
    pub roles: Arc<Roles>,
    /// Where metrics are registered, if anybody looks at them.
    pub registry: Option<Registry>,
}

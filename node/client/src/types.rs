use bcai_runtime::{Header, RuntimeApi};
use sp_runtime::{generic, OpaqueExtrinsic};

/// A block as the node handles it: transactions are bytes, so that a runtime upgrade may change what they are.
pub type Block = generic::Block<Header, OpaqueExtrinsic>;

/// What the runtime may call of the node.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = sp_io::SubstrateHostFunctions;

/// What the runtime may call of the node.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    frame_benchmarking::benchmarking::HostFunctions,
);

/// Blocks, states and the runtime.
pub type FullClient =
    sc_service::TFullClient<Block, RuntimeApi, sc_executor::WasmExecutor<HostFunctions>>;
/// The database behind it.
pub type FullBackend = sc_service::TFullBackend<Block>;
/// Transactions that wait for a block.
pub type FullPool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;
/// The fork that is built upon.
pub type FullSelectChain = sc_consensus::LongestChain<FullBackend, Block>;

//! What the miner and the challenger need of a chain. The node implements it over its client and its
//! transaction pool; tests implement it in memory.

use bcai_pouw_primitives::{FraudProof, Hash32, TaskId, TaskInfo, TicketCertificate};
use futures::{future::BoxFuture, stream::BoxStream};

/// A task as this chain stores it: 32-byte accounts, u128 balances, u32 block numbers.
pub type Task = TaskInfo<[u8; 32], u128, u32>;

/// A block by number and hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BlockRef {
    pub number: u32,
    pub hash: Hash32,
}

/// A call to the chain, signed and sent by the account of the [`TaskChain`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Call {
    /// Claim an open task; puts the bond on hold.
    Claim(TaskId),
    /// Prove one winning tile of a claimed task.
    Ticket(TicketCertificate),
    /// Commit to the result of a claimed task.
    Result { task: TaskId, root_c: Hash32 },
    /// Prove that a delivered result is wrong.
    Challenge(FraudProof),
    /// Settle a delivered task whose challenge window has passed.
    Finalize(TaskId),
}

impl Call {
    /// The task that this call is about.
    pub fn task(&self) -> TaskId {
        match self {
            Call::Claim(task) | Call::Finalize(task) => *task,
            Call::Ticket(certificate) => certificate.task,
            Call::Result { task, .. } => *task,
            Call::Challenge(proof) => proof.task,
        }
    }

    /// The name of the extrinsic, for logs and errors.
    pub const fn name(&self) -> &'static str {
        match self {
            Call::Claim(_) => "claim_task",
            Call::Ticket(_) => "submit_ticket",
            Call::Result { .. } => "submit_result",
            Call::Challenge(_) => "challenge_result",
            Call::Finalize(_) => "finalize_task",
        }
    }
}

/// Why the chain could not be read or a call could not be sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChainError {
    /// The state of the block is not available, or the runtime has no such API.
    #[error("cannot read the chain at block {number}: {reason}")]
    Read { number: u32, reason: String },
    /// Headers or block numbers could not be read.
    #[error("cannot read block headers: {0}")]
    Header(String),
    /// The keystore holds no key for the account that has to sign.
    #[error("no key in the keystore for account 0x{}", hex_of(.0))]
    NoKey([u8; 32]),
    /// The transaction could not be built or signed.
    #[error("cannot build {call}: {reason}")]
    Build { call: &'static str, reason: String },
    /// The pool refused the transaction; sending the same again at once will not help.
    #[error("the transaction pool refused {call}: {reason}")]
    Refused { call: &'static str, reason: String },
}

fn hex_of(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A view of one chain, and one account that signs on it.
///
/// The reading methods may block for as long as a runtime call takes; the miner calls them from a blocking
/// thread. Every `at` is a block that this chain has shown by `best`, `finalized` or `new_blocks`.
pub trait TaskChain: Send + Sync + 'static {
    /// Hash of block 0; it goes into every job key.
    fn genesis_hash(&self) -> Hash32;

    /// The best block now.
    fn best(&self) -> BlockRef;

    /// The last finalised block now.
    fn finalized(&self) -> BlockRef;

    /// Is this block on the best chain now? Errors: [`ChainError::Header`].
    fn is_canonical(&self, block: &BlockRef) -> Result<bool, ChainError>;

    /// Every new best block, from now on; nothing while the node is still catching up with its peers. Ends only
    /// when the node shuts down. A slow reader may lose items in between, never the last one.
    fn new_blocks(&self) -> BoxStream<'static, BlockRef>;

    /// The existing tasks among the ids `from .. from + limit`, ascending, as of block `at`; `limit` at most
    /// [`MAX_LISTED`](bcai_pouw_primitives::MAX_LISTED). Errors: [`ChainError::Read`].
    fn tasks(&self, at: &BlockRef, from: TaskId, limit: u32) -> Result<Vec<Task>, ChainError>;

    /// The id that the next task will get, as of block `at`. Errors: [`ChainError::Read`].
    fn next_task_id(&self, at: &BlockRef) -> Result<TaskId, ChainError>;

    /// The account that signs the calls.
    fn account(&self) -> [u8; 32];

    /// Signs and puts a call into the pool; yields the hash of the transaction. It doesn't wait for a block.
    /// Calls are executed in the order in which they were submitted.
    /// Errors: [`ChainError::NoKey`], [`ChainError::Build`], [`ChainError::Refused`].
    fn submit(&self, call: Call) -> BoxFuture<'static, Result<Hash32, ChainError>>;

    /// Is this transaction still in the pool, ready or future? False once it was dropped, or is in a block that
    /// `best` has already shown.
    fn is_pending(&self, transaction: &Hash32) -> bool;
}

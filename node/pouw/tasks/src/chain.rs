//! What the miner and the challenger need of a chain. The node implements it over its client and its
//! transaction pool; tests implement it in memory.

use bcai_pouw_primitives::{FraudProof, Hash32, TaskId, TaskInfo, TicketCertificate};
use bcai_runtime::{TOKEN_DECIMALS, TOKEN_SYMBOL};
use bcai_transactions::{SendError, Sent};
use futures::{future::BoxFuture, stream::BoxStream};
use sp_core::crypto::AccountId32;

/// A task as this chain's runtime API shows it.
pub type Task = TaskInfo<AccountId32, u128, u32>;

/// What this chain allows now.
pub type Limits = bcai_pouw_primitives::Limits<u128, u32>;

/// A block by number and hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BlockRef {
    /// Its number.
    pub number: u32,
    /// Its hash.
    pub hash: Hash32,
}

/// A call to the chain, signed and sent by the account of the [`TaskChain`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Call {
    /// Claim an open task; puts the bond on hold.
    Claim(TaskId),
    /// Prove one winning ticket of a claimed task.
    Ticket(TicketCertificate),
    /// Commit to the result of a claimed task.
    Result {
        /// The task.
        task: TaskId,
        /// Commitment to the tiles of C.
        root_c: Hash32,
    },
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

impl<T: pallet_pouw::Config> From<Call> for pallet_pouw::Call<T> {
    fn from(call: Call) -> Self {
        match call {
            Call::Claim(task) => Self::claim_task { task },
            Call::Ticket(certificate) => Self::submit_ticket { certificate },
            Call::Result { task, root_c } => Self::submit_result {
                task,
                root_c: root_c.into(),
            },
            Call::Challenge(fraud_proof) => Self::challenge_result { fraud_proof },
            Call::Finalize(task) => Self::finalize_task { task },
        }
    }
}

/// What an account has for a claim, in the smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Funds {
    /// The most that a call can put on hold; the call's fee comes out of it first.
    pub holdable: u128,
    /// The most that fees can take.
    pub spendable: u128,
    /// The fee of a claim.
    pub claim_fee: u128,
}

impl Funds {
    /// Does a claim with this bond go through?
    pub fn cover(&self, bond: u128) -> bool {
        self.spendable >= self.claim_fee && self.holdable >= self.claim_fee.saturating_add(bond)
    }

    /// What is left when a claim with this bond has gone through.
    pub fn after_claim(&self, bond: u128) -> Self {
        let taken = self.claim_fee.saturating_add(bond);
        Self {
            holdable: self.holdable.saturating_sub(taken),
            spendable: self.spendable.saturating_sub(taken),
            ..*self
        }
    }
}

/// An amount as a person reads it.
pub fn in_bcai(amount: u128) -> String {
    let places = usize::from(TOKEN_DECIMALS);
    let one = 10u128.pow(TOKEN_DECIMALS.into());
    let digits = format!("{}.{:0places$}", amount / one, amount % one);
    let short = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{short} {TOKEN_SYMBOL}")
}

/// Why the chain could not be read or a call could not be sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChainError {
    /// The state of the block is not available, or the runtime has no such API.
    #[error("cannot read the chain at block {number}: {reason}")]
    Read {
        /// The block.
        number: u32,
        /// What the client says.
        reason: String,
    },
    /// Headers or block numbers could not be read.
    #[error("cannot read block headers: {0}")]
    Header(String),
    /// The call was not sent.
    #[error("cannot send {call}: {error}")]
    Send {
        /// The name of the extrinsic.
        call: &'static str,
        /// Why not.
        error: SendError,
    },
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

    /// What the runtime of block `at` allows. Errors: [`ChainError::Read`].
    fn limits(&self, at: &BlockRef) -> Result<Limits, ChainError>;

    /// The existing tasks among the ids `from .. from + limit`, ascending, as of block `at`; `limit` at most
    /// [`Limits::max_listed`]. Errors: [`ChainError::Read`].
    fn tasks(&self, at: &BlockRef, from: TaskId, limit: u32) -> Result<Vec<Task>, ChainError>;

    /// The id that the next task will get, as of block `at`. Errors: [`ChainError::Read`].
    fn next_task_id(&self, at: &BlockRef) -> Result<TaskId, ChainError>;

    /// What a claim of a task with this bounty puts on hold. Errors: [`ChainError::Read`].
    fn bond(&self, at: &BlockRef, bounty: u128) -> Result<u128, ChainError>;

    /// What the account has, as of block `at`. Errors: [`ChainError::Read`].
    fn funds(&self, at: &BlockRef) -> Result<Funds, ChainError>;

    /// The account that signs the calls.
    fn account(&self) -> &AccountId32;

    /// Signs and puts a call into the pool. It doesn't wait for a block. Calls are executed in the order in which
    /// they were submitted. One that is `born` in a block is void, and costs nothing, on a fork without that block.
    /// Errors: [`ChainError::Send`].
    fn submit(
        &self,
        call: Call,
        born: Option<BlockRef>,
    ) -> BoxFuture<'static, Result<Sent, ChainError>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_whole_tokens_and_no_more_digits_than_they_need() {
        for (amount, told) in [
            (0, "0 BCAI"),
            (1, "0.000000000001 BCAI"),
            (1_020_000_000_000, "1.02 BCAI"),
            (100_000_000_000_000, "100 BCAI"),
        ] {
            assert_eq!(in_bcai(amount), told);
        }
    }

    #[test]
    fn a_claim_takes_its_fee_out_of_what_can_be_held() {
        let funds = Funds {
            holdable: 60,
            spendable: 40,
            claim_fee: 10,
        };
        assert!(funds.cover(50) && !funds.cover(51));
        assert!(!Funds {
            spendable: 9,
            ..funds
        }
        .cover(1));
        assert!(!funds.after_claim(50).cover(0));
    }
}

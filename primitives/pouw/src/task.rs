//! A task as the chain shows it to nodes and dApps, and the work credit that consensus reads.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use primitive_types::U256;
use scale_info::TypeInfo;

use crate::{Commitment, Hash32, ParamSet, Shape, ShapeError, TaskId};

/// Where a task stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum TaskState<AccountId, BlockNumber> {
    /// Funded; nobody works on it.
    #[codec(index = 0)]
    Open,
    /// A worker mines it.
    #[codec(index = 1)]
    Claimed {
        /// Who claimed it.
        worker: AccountId,
        /// Block of the claim.
        claimed_at: BlockNumber,
        /// Last block in which tickets and the result are taken.
        expires_at: BlockNumber,
        /// Hash of the block of the claim, known from the next block on.
        anchor: Option<Hash32>,
        /// What this claim's tickets must not exceed.
        target: U256,
        /// Tiles `(i, j)` whose tickets were accepted.
        tickets: Vec<(u32, u32)>,
    },
    /// A result is committed to and can be challenged.
    #[codec(index = 2)]
    Delivered {
        /// Who delivered it.
        worker: AccountId,
        /// Commitment to the tiles of C.
        root_c: Hash32,
        /// Last block in which a challenge is taken.
        challenge_until: BlockNumber,
        /// How many tickets were accepted.
        tickets: u32,
    },
    /// Paid.
    #[codec(index = 3)]
    Finalized {
        /// Who was paid.
        worker: AccountId,
        /// Commitment to the tiles of C.
        root_c: Hash32,
        /// Block of the payment.
        finalized_at: BlockNumber,
        /// Work credit given, in multiply-accumulates.
        credit: u128,
    },
}

/// A task.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct TaskInfo<AccountId, Balance, BlockNumber> {
    /// Its number.
    pub id: TaskId,
    /// Who pays.
    pub requester: AccountId,
    /// Its parameter set.
    pub set: ParamSet,
    /// Rows of A.
    pub m: u32,
    /// Rows of Bt.
    pub n: u32,
    /// Commitment to the strips of A.
    pub root_a: Hash32,
    /// Commitment to the strips of Bt.
    pub root_b: Hash32,
    /// What the worker is paid, in the smallest unit.
    pub bounty: Balance,
    /// Last block in which it can be claimed and delivered.
    pub deadline: BlockNumber,
    /// Where it stands.
    pub state: TaskState<AccountId, BlockNumber>,
}

impl<AccountId, Balance, BlockNumber> TaskInfo<AccountId, Balance, BlockNumber> {
    /// What the task commits to. Errors: a shape that no chain would have taken.
    pub fn commitment(&self) -> Result<Commitment, ShapeError> {
        Ok(Commitment {
            shape: Shape::new(self.set, self.m, self.n)?,
            root_a: self.root_a,
            root_b: self.root_b,
        })
    }
}

/// Useful work that accounts have proven, in multiply-accumulates, halved every era. Read by consensus.
pub trait WorkCredit<AccountId> {
    /// The credit of `who` in the current era.
    fn credit_of(who: &AccountId) -> u128;
    /// At least the sum of all accounts' credit in the current era.
    fn total() -> u128;
}

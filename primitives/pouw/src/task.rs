//! A task, and the limits that a chain sets to tasks, as nodes and dApps read them.
//!
//! With the feature `serde` they are also what the node's RPC answers: amounts as decimal text, hashes, roots and targets as `0x` and
//! 64 hex digits (targets big-endian), parameter sets by their number, accounts as the account type writes itself.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use primitive_types::U256;
use scale_info::TypeInfo;

use crate::{Commitment, Hash32, ParamSet, Shape, ShapeError, TaskId};

/// Where a task stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        tag = "status",
        rename_all = "lowercase",
        rename_all_fields = "camelCase"
    )
)]
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
        #[cfg_attr(feature = "serde", serde(with = "crate::json::known_hash"))]
        anchor: Option<Hash32>,
        /// What this claim's tickets must not exceed.
        #[cfg_attr(feature = "serde", serde(with = "crate::json::target"))]
        target: U256,
        /// Tiles and slabs `(i, j, l)` whose tickets were accepted.
        tickets: Vec<(u32, u32, u8)>,
    },
    /// A result is committed to and can be challenged.
    #[codec(index = 2)]
    Delivered {
        /// Who delivered it.
        worker: AccountId,
        /// Commitment to the tiles of C.
        #[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
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
        #[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
        root_c: Hash32,
        /// Block of the payment.
        finalized_at: BlockNumber,
        /// Work credit given, in multiply-accumulates.
        #[cfg_attr(feature = "serde", serde(with = "crate::json::decimal"))]
        credit: u128,
    },
}

/// A task.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        rename_all = "camelCase",
        bound(
            serialize = "AccountId: serde::Serialize, Balance: core::fmt::Display, BlockNumber: serde::Serialize",
            deserialize = "AccountId: serde::Deserialize<'de>, Balance: core::str::FromStr, BlockNumber: serde::Deserialize<'de>"
        )
    )
)]
pub struct TaskInfo<AccountId, Balance, BlockNumber> {
    /// Its number.
    pub id: TaskId,
    /// Who pays.
    pub requester: AccountId,
    /// Its parameter set.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "paramSet", with = "crate::json::set")
    )]
    pub set: ParamSet,
    /// Rows of A.
    pub m: u32,
    /// Rows of Bt.
    pub n: u32,
    /// Slabs of the inner dimension, which is this many times `k`.
    pub slabs: u8,
    /// Commitment to the strips of A.
    #[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
    pub root_a: Hash32,
    /// Commitment to the strips of Bt.
    #[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
    pub root_b: Hash32,
    /// What the worker is paid, in the smallest unit.
    #[cfg_attr(feature = "serde", serde(with = "crate::json::decimal"))]
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
            shape: Shape::new(self.set, self.m, self.n, self.slabs)?,
            root_a: self.root_a,
            root_b: self.root_b,
        })
    }

    /// Commitment to the tiles of C, once there is one.
    pub fn root_c(&self) -> Option<&Hash32> {
        match &self.state {
            TaskState::Delivered { root_c, .. } | TaskState::Finalized { root_c, .. } => {
                Some(root_c)
            }
            TaskState::Open | TaskState::Claimed { .. } => None,
        }
    }
}

/// What the runtime of a chain allows: asked of it by whoever works on the chain, since an upgrade can change all of it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        rename_all = "camelCase",
        bound(
            serialize = "Balance: core::fmt::Display, BlockNumber: serde::Serialize",
            deserialize = "Balance: core::str::FromStr, BlockNumber: serde::Deserialize<'de>"
        )
    )
)]
pub struct Limits<Balance, BlockNumber> {
    /// Expected time from one block to the next, in milliseconds.
    pub block_time_ms: u64,
    /// What an account keeps that has anything on hold, in the smallest unit: no fee and no other hold can take it.
    #[cfg_attr(feature = "serde", serde(with = "crate::json::decimal"))]
    pub existential_deposit: Balance,
    /// The least bounty, in the smallest unit.
    #[cfg_attr(feature = "serde", serde(with = "crate::json::decimal"))]
    pub min_bounty: Balance,
    /// The earliest deadline: this many blocks from the posting.
    pub min_task_duration: BlockNumber,
    /// The latest deadline: this many blocks from the posting.
    pub max_task_duration: BlockNumber,
    /// Blocks that a claim lasts, unless the deadline comes first.
    pub claim_duration: BlockNumber,
    /// Blocks in which a result that is delivered now can be challenged.
    pub challenge_window: BlockNumber,
    /// Tasks that a requester may have which are not finalised.
    pub max_tasks_per_requester: u32,
    /// Tasks that a worker may have claimed and not delivered.
    pub max_claims_per_worker: u32,
    /// Winning tickets that a claim may submit.
    pub max_tickets_per_task: u32,
    /// Ids that one reading of a list of tasks looks at, at most.
    pub max_listed: u32,
}

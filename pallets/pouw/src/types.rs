//! What the pallet stores. The encoding of each is pinned by a test.

use bcai_pouw_primitives::{Hash32, ParamSet, U256};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;

use crate::BalanceOf;

/// Where a ticket is drawn, as `(i, j, l)`: strip of A, strip of Bt, slab.
pub type TicketPlace = (u32, u32, u8);

/// A task, from its posting until its result is forgotten.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Task<AccountId, Balance, BlockNumber> {
    /// Who pays.
    pub requester: AccountId,
    /// Parameter set.
    pub set: ParamSet,
    /// Rows of A.
    pub m: u32,
    /// Rows of Bt.
    pub n: u32,
    /// Slabs of the inner dimension, which is this many times `k`.
    pub slabs: u8,
    /// Commitment to the strips of A.
    pub root_a: Hash32,
    /// Commitment to the strips of Bt.
    pub root_b: Hash32,
    /// On hold at the requester until the task is finalised, cancelled or expired.
    pub bounty: Balance,
    /// Last block in which the task can be claimed, mined and delivered.
    pub deadline: BlockNumber,
    /// Where the task stands.
    pub status: Status<AccountId, Balance, BlockNumber>,
}

/// Where a task stands, with all that is known only there.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Status<AccountId, Balance, BlockNumber> {
    /// Nobody works on it.
    #[codec(index = 0)]
    Open {
        /// Block of its agenda entry: the one after the deadline, or where the agenda stood when a refuted result reopened it later.
        due: BlockNumber,
    },
    /// A worker mines it.
    #[codec(index = 1)]
    Claimed(Claim<AccountId, Balance, BlockNumber>),
    /// A result is committed to and can be challenged.
    #[codec(index = 2)]
    Delivered(Delivery<AccountId, Balance, BlockNumber>),
    /// Paid; kept for those who fetch the result.
    #[codec(index = 3)]
    Finalized(Payout<AccountId, BlockNumber>),
}

/// The work of one worker on one task.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Claim<AccountId, Balance, BlockNumber> {
    /// Who works.
    pub worker: AccountId,
    /// On hold at the worker until the result is finalised; forfeited with the claim or with a wrong result.
    pub bond: Balance,
    /// Block of the claim.
    pub claimed_at: BlockNumber,
    /// Last block in which tickets and the result are taken.
    pub expires_at: BlockNumber,
    /// Hash of block `claimed_at`, written in the block after it.
    pub anchor: Option<Hash32>,
    /// Target of the set at the time of the claim: what every ticket of this claim must not exceed.
    pub target: U256,
    /// Pending credit of the tickets accepted so far, in multiply-accumulates.
    pub credit: u128,
}

/// A result that waits out its challenge window.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Delivery<AccountId, Balance, BlockNumber> {
    /// The work that it closed.
    pub claim: Claim<AccountId, Balance, BlockNumber>,
    /// Commitment to the tiles of C.
    pub root_c: Hash32,
    /// Last block in which a challenge is taken.
    pub challenge_until: BlockNumber,
}

/// What is left of a task once it is paid.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Payout<AccountId, BlockNumber> {
    /// Who was paid.
    pub worker: AccountId,
    /// Commitment to the tiles of C.
    pub root_c: Hash32,
    /// Block of the payment.
    pub finalized_at: BlockNumber,
    /// Work credit given, in multiply-accumulates.
    pub credit: u128,
}

/// Work credit as of its last change; what it is worth later follows by halving, see [`CreditRecord::after`].
#[derive(
    Copy,
    Clone,
    PartialEq,
    Eq,
    Default,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct CreditRecord {
    /// Halvings since genesis at the last change.
    pub halvings: u32,
    /// Credit at that change, in multiply-accumulates.
    pub amount: u128,
}

impl CreditRecord {
    /// The credit after so many halvings since genesis: halved once for each since the last change, rounded down.
    pub fn after(&self, halvings: u32) -> u128 {
        self.amount
            .checked_shr(halvings.saturating_sub(self.halvings))
            .unwrap_or(0)
    }
}

/// What happened in one retarget period, per parameter set.
#[derive(
    Copy,
    Clone,
    PartialEq,
    Eq,
    Default,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Activity {
    /// Claims that ended: delivered or lapsed.
    pub claims: u32,
    /// Tickets that the work of these claims would have given at the target of the period.
    pub tickets: u32,
}

/// How far the sweep of vanished credit has come.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Sweep<AccountId> {
    /// Halvings that this sweep looks from.
    pub halvings: u32,
    /// Account looked at last; `None` before the first.
    pub last: Option<AccountId>,
    /// Whether every record was looked at.
    pub done: bool,
}

impl<AccountId> Default for Sweep<AccountId> {
    fn default() -> Self {
        // Before the first halving nothing can have vanished.
        Self {
            halvings: 0,
            last: None,
            done: true,
        }
    }
}

// The same with a runtime's types.
pub(crate) type AccountOf<T> = <T as frame_system::Config>::AccountId;
pub(crate) type TaskOf<T> = Task<AccountOf<T>, BalanceOf<T>, BlockNumberFor<T>>;
pub(crate) type StatusOf<T> = Status<AccountOf<T>, BalanceOf<T>, BlockNumberFor<T>>;
pub(crate) type ClaimOf<T> = Claim<AccountOf<T>, BalanceOf<T>, BlockNumberFor<T>>;
pub(crate) type DeliveryOf<T> = Delivery<AccountOf<T>, BalanceOf<T>, BlockNumberFor<T>>;

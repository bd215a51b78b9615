//! The runtime API through which nodes and dApps read BCAI's tasks, difficulty and work credit, and try proofs before they pay
//! for submitting them.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

use alloc::vec::Vec;
use bcai_pouw_primitives::{
    Commitment, FraudProof, Hash32, JobInputs, Limits, ParamSet, TaskId, TaskInfo,
    TicketCertificate, VerifyError, U256,
};
use codec::Codec;

sp_api::decl_runtime_apis! {
    /// Proof of useful work: what the chain knows, what it allows, and dry runs of what it verifies.
    #[api_version(3)]
    pub trait PouwApi<AccountId, Balance, BlockNumber>
    where
        AccountId: Codec,
        Balance: Codec,
        BlockNumber: Codec,
    {
        /// A task, until its record is dropped.
        fn task(id: TaskId) -> Option<TaskInfo<AccountId, Balance, BlockNumber>>;
        /// The tasks that exist among the ids `from .. from + limit`, ascending; `limit` is capped at
        /// [`Limits::max_listed`](bcai_pouw_primitives::Limits::max_listed).
        fn tasks(from: TaskId, limit: u32) -> Vec<TaskInfo<AccountId, Balance, BlockNumber>>;
        /// The id that the next task gets.
        fn next_task_id() -> TaskId;
        /// Work credit of an account now, in multiply-accumulates.
        fn work_credit(account: AccountId) -> u128;
        /// At least the sum of all accounts' work credit now.
        fn total_work_credit() -> u128;
        /// How often work credit has been halved since genesis.
        fn halvings() -> u32;
        /// The target that a new claim of this set gets; `None` where the chain doesn't take tasks of it.
        fn target(set: ParamSet) -> Option<U256>;
        /// What posting a task of this shape burns; `None` where the shape isn't legal or the set isn't enabled.
        fn posting_fee(set: ParamSet, m: u32, n: u32, slabs: u8) -> Option<Balance>;
        /// What claiming a task with this bounty puts on hold.
        fn bond(bounty: Balance) -> Balance;
        /// What this chain allows: an upgrade can change it.
        fn limits() -> Limits<Balance, BlockNumber>;
        /// The most that fees can take from an account now.
        fn spendable(account: AccountId) -> Balance;
        /// The most that a call can put on hold of an account now, for a bounty, a bond or a deposit; its fee is taken first.
        fn holdable(account: AccountId) -> Balance;
        /// Tries a certificate without submitting it. Returns its ticket.
        fn verify_ticket(
            commitment: Commitment,
            job: JobInputs,
            certificate: TicketCertificate,
            target: U256,
        ) -> Result<U256, VerifyError>;
        /// Tries a fraud proof without submitting it.
        fn verify_fraud(
            commitment: Commitment,
            root_c: Hash32,
            proof: FraudProof,
        ) -> Result<(), VerifyError>;
    }
}

//! Funded tasks and useful work.

use bcai_pouw_primitives::MAX_TICKETS_PER_TASK;
use frame_support::{parameter_types, traits::ConstU32};
use sp_runtime::Permill;

use crate::{
    constants::{
        money::{BCAI, MILLI},
        time::{DAYS, EPOCH_DURATION, ERA, MINUTES, SLOT_DURATION},
    },
    Balance, Balances, BlockNumber, Runtime, RuntimeHoldReason,
};

parameter_types! {
    pub const MinBounty: Balance = BCAI;
    pub const PostingFee: Balance = 100 * MILLI;
    pub const WorkFee: Balance = MILLI;
    pub const MinBond: Balance = BCAI;
    pub const BondRate: Permill = Permill::from_percent(10);
    pub const ChallengerShare: Permill = Permill::from_percent(50);
    pub const MinTaskDuration: BlockNumber = MINUTES;
    pub const MaxTaskDuration: BlockNumber = 7 * DAYS;
    pub const ClaimDuration: BlockNumber = 60 * MINUTES;
    pub const ChallengeWindow: BlockNumber = (30_000 / SLOT_DURATION) as BlockNumber;
    pub const ResultRetention: BlockNumber = DAYS;
    pub const RetargetPeriod: BlockNumber = EPOCH_DURATION;
    pub const EraLength: BlockNumber = ERA;
}

impl pallet_pouw::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = pallet_pouw::weights::SubstrateWeight<Runtime>;
    type MinBounty = MinBounty;
    type PostingFee = PostingFee;
    type WorkFee = WorkFee;
    type MinBond = MinBond;
    type BondRate = BondRate;
    type ChallengerShare = ChallengerShare;
    type MinTaskDuration = MinTaskDuration;
    type MaxTaskDuration = MaxTaskDuration;
    type ClaimDuration = ClaimDuration;
    type ChallengeWindow = ChallengeWindow;
    type ResultRetention = ResultRetention;
    type RetargetPeriod = RetargetPeriod;
    type TicketsPerPeriod = ConstU32<128>;
    type HardestTargetBits = ConstU32<128>;
    type EasiestTargetBits = ConstU32<4>;
    type EraLength = EraLength;
    type MaxTasksPerRequester = ConstU32<64>;
    type MaxClaimsPerWorker = ConstU32<4>;
    type MaxClaimsPerBlock = ConstU32<32>;
    type MaxTicketsPerTask = ConstU32<MAX_TICKETS_PER_TASK>;
    type MaxIdleSteps = ConstU32<64>;
}

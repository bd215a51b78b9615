//! Funded tasks and useful work: the pallet's configuration, its genesis in the presets, its calls in the hands of proxies.

use alloc::vec;
use bcai_pouw_primitives::difficulty::MAX_STEP;
use frame_support::{parameter_types, traits::ConstU32};
use sp_runtime::Permill;

use crate::{
    constants::{
        money::{deposit, BCAI, MILLI},
        time::{DAYS, EPOCH_DURATION, HOURS, MINUTES},
    },
    fees::FeeReserve,
    Balance, Balances, BlockNumber, PouwConfig, ProxyType, Runtime, RuntimeHoldReason,
};

/// Winning tickets that one claim may submit.
const MAX_TICKETS_PER_TASK: u32 = 128;

/// What 2^30 multiply-accumulates are taken to cost. A token without a market has no price for them; a live chain sets it by that of
/// its miners' machines.
const WORK_COST: Balance = 3 * MILLI;

parameter_types! {
    pub const MinBounty: Balance = BCAI;
    pub const PostingFee: Balance = 100 * MILLI;
    // What somebody who pays itself is spared at most, a third of what the work costs: docs/adversary.md.
    pub const WorkFee: Balance = WORK_COST / 3;
    pub const MinBond: Balance = BCAI;
    pub const BondRate: Permill = Permill::from_percent(10);
    pub const ChallengerShare: Permill = Permill::from_percent(50);
    // A key of 48 bytes, an account and a balance.
    pub const BeneficiaryDeposit: Balance = deposit(1, 96);
    pub const MinTaskDuration: BlockNumber = MINUTES;
    pub const MaxTaskDuration: BlockNumber = 7 * DAYS;
    pub const ClaimDuration: BlockNumber = 60 * MINUTES;
    // Long enough to fetch and check the largest results; the presets shorten it.
    pub const DefaultChallengeWindow: BlockNumber = 6 * HOURS;
    pub const ResultRetention: BlockNumber = DAYS;
    pub const RetargetPeriod: BlockNumber = EPOCH_DURATION;
    pub const CreditHalfLife: BlockNumber = 6 * HOURS;
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
    type BeneficiaryDeposit = BeneficiaryDeposit;
    type FeeReserve = FeeReserve;
    type MinTaskDuration = MinTaskDuration;
    type MaxTaskDuration = MaxTaskDuration;
    type ClaimDuration = ClaimDuration;
    type DefaultChallengeWindow = DefaultChallengeWindow;
    type ResultRetention = ResultRetention;
    type RetargetPeriod = RetargetPeriod;
    // A quarter of what one claim may submit: a single large task that ends in a period already shows that the target is too easy.
    type TicketsPerPeriod = ConstU32<{ MAX_TICKETS_PER_TASK / MAX_STEP }>;
    type HardestTargetBits = ConstU32<96>;
    type EasiestTargetBits = ConstU32<4>;
    type CreditHalfLife = CreditHalfLife;
    type MaxTasksPerRequester = ConstU32<64>;
    type MaxClaimsPerWorker = ConstU32<4>;
    type MaxClaimsPerBlock = ConstU32<32>;
    type MaxTicketsPerTask = ConstU32<MAX_TICKETS_PER_TASK>;
    type MaxIdleSteps = ConstU32<64>;
}

/// Of the presets: both parameter sets at their first targets, as leading zero bits, and a window short enough for tests.
pub fn genesis() -> PouwConfig {
    PouwConfig {
        targets: vec![(0, 4), (1, 10)],
        challenge_window: Some(MINUTES / 2),
    }
}

/// What a proxy of a limited type may do here. One that decides over bonds could have them slashed in its own favour.
pub fn allowed(proxy: ProxyType, call: &pallet_pouw::Call<Runtime>) -> bool {
    use pallet_pouw::Call;
    match proxy {
        ProxyType::Any => true,
        ProxyType::NonTransfer => matches!(
            call,
            Call::submit_ticket { .. } | Call::challenge_result { .. } | Call::finalize_task { .. }
        ),
        ProxyType::Mining => matches!(
            call,
            Call::claim_task { .. }
                | Call::submit_ticket { .. }
                | Call::submit_result { .. }
                | Call::challenge_result { .. }
                | Call::finalize_task { .. }
        ),
    }
}

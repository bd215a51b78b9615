//! Funded tasks and useful work: the pallet's configuration and what votes tune of it, its genesis in the presets, its calls in the hands of proxies.

use alloc::vec;
use bcai_pouw_primitives::difficulty::MAX_STEP;
use frame_support::{parameter_types, traits::ConstU32};
use sp_runtime::Permill;

use crate::{
    constants::{
        money::{deposit, BCAI, EXISTENTIAL_DEPOSIT, MICRO, MILLI},
        time::{DAYS, EPOCH_DURATION, HOURS, MINUTES},
    },
    fees::FeeReserve,
    governance::{
        parameters::{RuntimeParametersKey, RuntimeParametersValue},
        standstill::StandsStill,
        treasury::Shared,
    },
    Balance, Balances, BlockNumber, PouwConfig, ProxyType, Runtime, RuntimeHoldReason, Standstill,
};

/// Winning tickets that one claim may submit.
const MAX_TICKETS_PER_TASK: u32 = 128;

/// What 2^30 multiply-accumulates are taken to cost. A token without a market has no price for them; a live chain sets it by that of
/// its miners' machines.
const WORK_COST: Balance = 3 * MILLI;

crate::parameters! {
    pouw = 0 {
        /// The least bounty.
        0 MinBounty: Balance = BCAI, EXISTENTIAL_DEPOSIT => 1_000 * BCAI;
        /// Burned with every task.
        1 PostingFee: Balance = 100 * MILLI, MILLI => 100 * BCAI;
        /// Burned for every 2^30 multiply-accumulates: what somebody who pays itself is spared at most, a third of what the work costs
        /// (docs/adversary.md).
        2 WorkFee: Balance = WORK_COST / 3, MICRO => BCAI;
        /// The least bond of a claim.
        3 MinBond: Balance = BCAI, 10 * MILLI => 1_000 * BCAI;
        /// The bond of a claim as a share of the bounty.
        4 BondRate: Permill = Permill::from_percent(10), Permill::from_percent(1) => Permill::from_percent(100);
        /// What a challenger gets of a slashed bond.
        5 ChallengerShare: Permill = Permill::from_percent(50), Permill::from_percent(10) => Permill::from_percent(90);
        /// The earliest deadline.
        6 MinTaskDuration: BlockNumber = MINUTES, MINUTES / 6 => HOURS;
        /// The latest deadline.
        7 MaxTaskDuration: BlockNumber = 7 * DAYS, DAYS => 30 * DAYS;
        /// How long a claim lasts.
        8 ClaimDuration: BlockNumber = HOURS, MINUTES => 12 * HOURS;
        /// How long a result can be challenged: long enough to fetch and check the largest ones, which the presets shorten.
        9 ChallengeWindow: BlockNumber = 6 * HOURS, MINUTES / 6 => DAYS;
        /// Tickets that a retarget period should have: a quarter of what one claim may submit, since a single large task that ends in a period
        /// already shows that the target is too easy.
        10 TicketsPerPeriod: u32 = MAX_TICKETS_PER_TASK / MAX_STEP, 4 => 4_096;
        /// Tasks that a requester may have which are not finalised.
        11 MaxTasksPerRequester: u32 = 64, 1 => 1_024;
        /// Tasks that a worker may have claimed and not yet delivered.
        12 MaxClaimsPerWorker: u32 = 4, 1 => 64;
    }
}

parameter_types! {
    // A key of 48 bytes, an account and a balance.
    pub const BeneficiaryDeposit: Balance = deposit(1, 96);
    pub const ResultRetention: BlockNumber = DAYS;
    pub const RetargetPeriod: BlockNumber = EPOCH_DURATION;
    pub const CreditHalfLife: BlockNumber = 6 * HOURS;
}

impl pallet_pouw::Config for Runtime {
    type BlockNumberProvider = Standstill;
    type StandsStill = StandsStill;
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
    type ChallengeWindow = ChallengeWindow;
    type Slashed = Shared;
    type ResultRetention = ResultRetention;
    type RetargetPeriod = RetargetPeriod;
    type TicketsPerPeriod = TicketsPerPeriod;
    type HardestTargetBits = ConstU32<96>;
    type EasiestTargetBits = ConstU32<4>;
    type CreditHalfLife = CreditHalfLife;
    type MaxTasksPerRequester = MaxTasksPerRequester;
    type MaxClaimsPerWorker = MaxClaimsPerWorker;
    type MaxClaimsPerBlock = ConstU32<32>;
    type MaxTicketsPerTask = ConstU32<MAX_TICKETS_PER_TASK>;
    type MaxIdleSteps = ConstU32<
        {
            if cfg!(feature = "upgrade-test") {
                65
            } else {
                64
            }
        },
    >;
}

/// Of the presets: both parameter sets at their first targets, as leading zero bits.
pub fn genesis() -> PouwConfig {
    PouwConfig {
        targets: vec![(0, 4), (1, 10)],
        ..Default::default()
    }
}

/// What a proxy of a limited type may do here. One that decides over bonds could have them slashed in its own favour.
pub fn allowed(proxy: ProxyType, call: &pallet_pouw::Call<Runtime>) -> bool {
    use pallet_pouw::Call;
    match proxy {
        ProxyType::Any => true,
        ProxyType::Governance => false,
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

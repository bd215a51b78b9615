//! Blocks: their limits and weights, time, calls on behalf of others, and schedules.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    derive_impl, parameter_types,
    traits::{
        fungible::HoldConsideration, ConstU16, ConstU32, ConstU64, EqualPrivilegeOnly,
        InstanceFilter, LinearStoragePrice,
    },
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
        Weight,
    },
};
use frame_system::{
    limits::{BlockLength, BlockWeights},
    EnsureRoot,
};
use scale_info::TypeInfo;
use sp_runtime::{traits::BlakeTwo256, Perbill};
use sp_version::RuntimeVersion;

use crate::{
    constants::{money, time},
    AccountId, Babe, Balance, Balances, Block, Nonce, OriginCaller, PalletInfo, Preimage, Runtime,
    RuntimeCall, RuntimeEvent, RuntimeHoldReason, RuntimeOrigin, RuntimeTask, System, VERSION,
};

/// Share of a block that ordinary transactions may fill; the rest is for operational ones.
const NORMAL_RATIO: Perbill = Perbill::from_percent(80);

/// Milliseconds of execution in a block: half a slot, so that the next author still has time to import it.
const MAX_BLOCK_MILLIS: u64 = time::SLOT_DURATION / 2;

parameter_types! {
    pub const Version: RuntimeVersion = VERSION;
    pub Weights: BlockWeights = BlockWeights::with_sensible_defaults(
        Weight::from_parts(MAX_BLOCK_MILLIS.saturating_mul(WEIGHT_REF_TIME_PER_MILLIS), u64::MAX),
        NORMAL_RATIO,
    );
    pub Length: BlockLength = BlockLength::builder()
        .max_length(4 * 1024 * 1024)
        .modify_max_length_for_class(frame_support::dispatch::DispatchClass::Normal, |max| {
            *max = NORMAL_RATIO.mul_floor(*max)
        })
        .build();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BlockWeights = Weights;
    type BlockLength = Length;
    type BlockHashCount = ConstU32<{ time::BLOCK_HASH_COUNT }>;
    type AccountId = AccountId;
    type AccountData = pallet_balances::AccountData<Balance>;
    type Nonce = Nonce;
    type Hash = crate::Hash;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type SS58Prefix = ConstU16<{ money::SS58_PREFIX }>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type MaxConsumers = ConstU32<128>;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Babe;
    type MinimumPeriod = ConstU64<{ time::SLOT_DURATION / 2 }>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
    pub const MultisigDepositBase: Balance = money::deposit(1, 88);
    pub const MultisigDepositFactor: Balance = money::deposit(0, 32);
    pub const ProxyDepositBase: Balance = money::deposit(1, 8);
    pub const ProxyDepositFactor: Balance = money::deposit(0, 33);
    pub const AnnouncementDepositBase: Balance = money::deposit(1, 8);
    pub const AnnouncementDepositFactor: Balance = money::deposit(0, 66);
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = MultisigDepositBase;
    type DepositFactor = MultisigDepositFactor;
    type MaxSignatories = ConstU32<100>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

/// What a proxy may do in the name of the account that named it.
#[derive(
    Copy,
    Clone,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    #[codec(index = 0)]
    Any,
    /// Everything that can't move the account's funds to another: it may not transfer, nor call through other pallets, nor take on bonds,
    /// which its holder could have slashed in its own favour.
    #[codec(index = 1)]
    NonTransfer,
    /// Mining: claims, tickets, results, challenges and payouts, but no tasks and no beneficiary. Its holder decides over bonds: who
    /// delivers a wrong result and refutes it from another account gets the challenger's share of them.
    #[codec(index = 2)]
    Mining,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        match self {
            ProxyType::Any => true,
            ProxyType::NonTransfer => {
                matches!(
                    call,
                    RuntimeCall::System(_)
                        | RuntimeCall::Session(_)
                        | RuntimeCall::Preimage(_)
                        | RuntimeCall::Pouw(
                            pallet_pouw::Call::submit_ticket { .. }
                                | pallet_pouw::Call::challenge_result { .. }
                                | pallet_pouw::Call::finalize_task { .. }
                        )
                )
            }
            ProxyType::Mining => matches!(
                call,
                RuntimeCall::Pouw(
                    pallet_pouw::Call::claim_task { .. }
                        | pallet_pouw::Call::submit_ticket { .. }
                        | pallet_pouw::Call::submit_result { .. }
                        | pallet_pouw::Call::challenge_result { .. }
                        | pallet_pouw::Call::finalize_task { .. }
                )
            ),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (x, y) if x == y => true,
            (ProxyType::Any, _) => true,
            _ => false,
        }
    }
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = ProxyDepositBase;
    type ProxyDepositFactor = ProxyDepositFactor;
    type MaxProxies = ConstU32<32>;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
    type MaxPending = ConstU32<32>;
    type CallHasher = BlakeTwo256;
    type AnnouncementDepositBase = AnnouncementDepositBase;
    type AnnouncementDepositFactor = AnnouncementDepositFactor;
    type BlockNumberProvider = System;
}

parameter_types! {
    pub const PreimageHoldReason: RuntimeHoldReason =
        RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
    pub const PreimageBaseDeposit: Balance = money::deposit(1, 64);
    pub const PreimageByteDeposit: Balance = money::deposit(0, 1);
}

impl pallet_preimage::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<AccountId>;
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHoldReason,
        LinearStoragePrice<PreimageBaseDeposit, PreimageByteDeposit, Balance>,
    >;
}

parameter_types! {
    pub SchedulerMaximumWeight: Weight = Weights::get().max_block.set_ref_time(
        NORMAL_RATIO.mul_floor(Weights::get().max_block.ref_time()),
    );
}

impl pallet_scheduler::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type MaximumWeight = SchedulerMaximumWeight;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type MaxScheduledPerBlock = ConstU32<64>;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

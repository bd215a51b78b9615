//! Blocks and accounts: limits and weights, nonces, time, calls of several or later.

use frame_support::{
    derive_impl, parameter_types,
    traits::{
        fungible::HoldConsideration, ConstU16, ConstU32, ConstU64, EqualPrivilegeOnly, Get,
        InsideBoth, LinearStoragePrice,
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
use sp_runtime::{type_with_default::TypeWithDefault, Perbill};
use sp_version::RuntimeVersion;

use crate::{
    constants::{money, time},
    governance::{parameters::WithinBounds, upgrades},
    AccountId, Babe, Balance, Balances, Block, Migrations, Nonce, OriginCaller, PalletInfo,
    Preimage, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, RuntimeOrigin, RuntimeTask,
    SafeMode, System, VERSION,
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

/// Nonces by which a block raises that of an account created in it.
const NONCES_PER_BLOCK: Nonce = 16;

/// The nonce that an account starts with: higher than all that it used if it existed before.
///
/// An account that is emptied is forgotten with its nonce. If it started at zero when it is funded again, whoever kept one of its old
/// transactions could have it paid a second time while that is still valid, which is for ever without a mortality. So nonces start
/// where an account that sends [`NONCES_PER_BLOCK`] transactions in every block would have come to. The risk is left to an account
/// that, from its creation to its second one, sent more than that on average over all blocks between; it should send mortal ones.
///
/// Four bytes last for 2^32 / 16 = 268 million blocks, more than eight years of one-second blocks: by then an upgrade has to count from
/// a later block, or nonces have to grow.
#[derive(Debug)]
pub struct FirstNonce;

impl Get<Nonce> for FirstNonce {
    fn get() -> Nonce {
        System::block_number().saturating_mul(NONCES_PER_BLOCK)
    }
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BlockWeights = Weights;
    type BlockLength = Length;
    type BlockHashCount = ConstU32<{ time::BLOCK_HASH_COUNT }>;
    type AccountId = AccountId;
    type AccountData = pallet_balances::AccountData<Balance>;
    type Nonce = TypeWithDefault<Nonce, FirstNonce>;
    type Hash = crate::Hash;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type SS58Prefix = ConstU16<{ money::SS58_PREFIX }>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type MaxConsumers = ConstU32<128>;
    type BaseCallFilter = InsideBoth<SafeMode, WithinBounds>;
    type SingleBlockMigrations = upgrades::Single;
    type MultiBlockMigrator = Migrations;
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
    // Everybody can put something there, at the price of a referendum's deposits: its alarms.
    type MaxScheduledPerBlock = ConstU32<512>;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

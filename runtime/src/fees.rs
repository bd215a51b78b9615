//! Balances, what a transaction costs, and who doesn't pay. Fees are burned but for the treasury's share.

use alloc::{collections::BTreeSet, format, string::String};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU8, Get, VariantCountOf},
    weights::{ConstantMultiplier, IdentityFee},
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{
    traits::{Bounded, One},
    FixedPointNumber, Perquintill,
};

use crate::{
    address, constants::money, governance::treasury::Shared, Balance, Balances, BalancesConfig,
    Runtime, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, System, TransactionPayment,
};

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Runtime {
    type Balance = Balance;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type ReserveIdentifier = [u8; 8];
    type ExistentialDeposit = ConstU128<{ money::EXISTENTIAL_DEPOSIT }>;
    type AccountStore = System;
    type DustRemoval = ();
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type DoneSlashHandler = ();
}

parameter_types! {
    /// A byte costs as much as a microsecond of execution.
    pub const ByteFee: Balance = money::MICRO;
    pub const TargetFullness: Perquintill = Perquintill::from_percent(25);
    pub AdjustmentSpeed: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
    pub LeastMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10);
    pub MostMultiplier: Multiplier = Multiplier::max_value();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, Shared>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = ConstantMultiplier<Balance, ByteFee>;
    type FeeMultiplierUpdate = TargetedFeeAdjustment<
        Runtime,
        TargetFullness,
        AdjustmentSpeed,
        LeastMultiplier,
        MostMultiplier,
    >;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_skip_feeless_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
}

/// What a few small calls cost at the fees of now: whoever has less to spend may end its own holds for free.
pub struct FeeReserve;

impl Get<Balance> for FeeReserve {
    fn get() -> Balance {
        // The part of a fee that doesn't move with the multiplier doesn't fall with it either.
        TransactionPayment::next_fee_multiplier()
            .max(Multiplier::one())
            .saturating_mul_int(10 * money::MILLI)
    }
}

/// Errors: balances with which the chain can't start, in one line.
pub fn check(genesis: &BalancesConfig) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut total: Balance = 0;
    for (at, (who, amount)) in genesis.balances.iter().enumerate() {
        let wrong = |reason: String| format!("balances.balances[{at}]: {} {reason}", address(who));
        let least = money::EXISTENTIAL_DEPOSIT;
        if *amount < least {
            return Err(wrong(format!(
                "has {amount}, less than the existential deposit of {least}"
            )));
        }
        if !seen.insert(who) {
            return Err(wrong("is given twice".into()));
        }
        total = total
            .checked_add(*amount)
            .ok_or_else(|| wrong(format!("has {amount}, with which all exceed 2^128 - 1")))?;
    }
    if genesis.dev_accounts.is_some() {
        return Err("balances.devAccounts: accounts belong into balances.balances".into());
    }
    Ok(())
}

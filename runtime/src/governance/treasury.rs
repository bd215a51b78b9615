//! What the chain earns for itself, and how it is spent. `docs/governance.md` argues the shares.

use frame_support::{
    parameter_types,
    traits::{
        fungible::{Balanced, Credit},
        tokens::{PayFromAccount, UnityAssetBalanceConversion},
        EitherOf, EnsureOrigin, Imbalance, OnUnbalanced,
    },
    PalletId,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
use sp_runtime::{traits::IdentityLookup, Permill};

use super::{
    origins::{which, Origin},
    tracks::Period,
};
use crate::{
    constants::{
        money::BCAI,
        time::{blocks_in, DAYS},
    },
    AccountId, Balance, Balances, Runtime, RuntimeEvent, RuntimeOrigin, System, Treasury,
};

/// The most that one spend of track `treasury_small` takes.
const SMALL_SPEND: Balance = 1_000 * BCAI;

/// The most that one spend of track `treasury_big` takes.
const BIG_SPEND: Balance = 100_000 * BCAI;

parameter_types! {
    pub const TreasuryId: PalletId = PalletId(*b"py/trsry");
    pub const NothingBurned: Permill = Permill::zero();
    pub const AnyAmount: Balance = Balance::MAX;
    pub TreasuryAccount: AccountId = Treasury::account_id();
    /// Of fees and of slashed bonds, what is not burned.
    pub const TreasuryShare: Permill = Permill::from_percent(50);
}

/// The treasury's share of what somebody lost; the rest is burned.
pub struct Shared;

impl OnUnbalanced<Credit<AccountId, Balances>> for Shared {
    fn on_nonzero_unbalanced(amount: Credit<AccountId, Balances>) {
        let share = TreasuryShare::get().mul_floor(amount.peek());
        let (share, burned) = amount.split(share);
        drop(burned);
        // An account that is gone takes nothing below the existential deposit: then this is burned as well.
        drop(Balances::resolve(&TreasuryAccount::get(), share));
    }
}

/// Lets the treasury's tracks pass, each with the most that one spend may take.
pub struct Spender;

impl EnsureOrigin<RuntimeOrigin> for Spender {
    type Success = Balance;

    fn try_origin(origin: RuntimeOrigin) -> Result<Balance, RuntimeOrigin> {
        match which(&origin) {
            Some(Origin::TreasurySmall) => Ok(SMALL_SPEND),
            Some(Origin::TreasuryBig) => Ok(BIG_SPEND),
            _ => Err(origin),
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        Ok(Origin::TreasuryBig.into())
    }
}

impl pallet_treasury::Config for Runtime {
    type Currency = Balances;
    type RejectOrigin = EnsureRoot<AccountId>;
    type RuntimeEvent = RuntimeEvent;
    type SpendPeriod = Period<DAYS, { blocks_in(10) }>;
    type Burn = NothingBurned;
    type PalletId = TreasuryId;
    type BurnDestination = ();
    type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
    type SpendFunds = ();
    type MaxApprovals = frame_support::traits::ConstU32<64>;
    type SpendOrigin = EitherOf<EnsureRootWithSuccess<AccountId, AnyAmount>, Spender>;
    type AssetKind = ();
    type Beneficiary = AccountId;
    type BeneficiaryLookup = IdentityLookup<AccountId>;
    type Paymaster = PayFromAccount<Balances, TreasuryAccount>;
    type BalanceConverter = UnityAssetBalanceConversion;
    type PayoutPeriod = Period<{ 30 * DAYS }, { blocks_in(60) }>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
    type BlockNumberProvider = System;
}

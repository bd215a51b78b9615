//! Who authors and who finalises: BABE, GRANDPA, sessions. The authorities are those of genesis until the consensus pallet comes.

use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64},
};
use sp_runtime::traits::OpaqueKeys;

use crate::{
    constants::{money, time},
    AccountId, Babe, Balance, Balances, Runtime, RuntimeEvent, SessionKeys,
};

/// Most authorities that the chain can have.
pub type MaxAuthorities = ConstU32<100>;

impl pallet_babe::Config for Runtime {
    type EpochDuration = ConstU64<{ time::EPOCH_DURATION as u64 }>;
    type ExpectedBlockTime = ConstU64<{ time::SLOT_DURATION }>;
    type EpochChangeTrigger = pallet_babe::ExternalTrigger;
    type DisabledValidators = crate::Session;
    type WeightInfo = ();
    type MaxAuthorities = MaxAuthorities;
    type MaxNominators = ConstU32<0>;
    // Nothing is at stake yet, so there is nobody to report to: no such call can be made. With a proof that anybody can make up,
    // it would be free of charge.
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = MaxAuthorities;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<0>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
    type EventHandler = ();
}

parameter_types! {
    pub const KeyDeposit: Balance = money::deposit(1, 64);
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = sp_runtime::traits::ConvertInto;
    type ShouldEndSession = Babe;
    type NextSessionRotation = Babe;
    type SessionManager = ();
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = KeyDeposit;
}

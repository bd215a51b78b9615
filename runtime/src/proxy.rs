//! Accounts that act for others, and what each kind of them may do.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    parameter_types,
    traits::{ConstU32, InstanceFilter},
};
use scale_info::TypeInfo;
use sp_runtime::traits::BlakeTwo256;

use crate::{
    constants::money, governance, pouw, Balance, Balances, Runtime, RuntimeCall, RuntimeEvent,
    System,
};

parameter_types! {
    pub const ProxyDepositBase: Balance = money::deposit(1, 8);
    pub const ProxyDepositFactor: Balance = money::deposit(0, 33);
    pub const AnnouncementDepositBase: Balance = money::deposit(1, 8);
    pub const AnnouncementDepositFactor: Balance = money::deposit(0, 66);
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
    /// Governance: proposals, votes, delegations, deposits and motions of the committee. Its holder can lock the account's funds, and lose deposits
    /// of referenda that are killed.
    #[codec(index = 3)]
    Governance,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    // A subsystem answers for its own calls; what nobody allows is refused.
    fn filter(&self, call: &RuntimeCall) -> bool {
        match (self, call) {
            (ProxyType::Any, _) => true,
            (_, RuntimeCall::Pouw(call)) => pouw::allowed(*self, call),
            (ProxyType::NonTransfer, RuntimeCall::System(_) | RuntimeCall::Session(_)) => true,
            (ProxyType::NonTransfer | ProxyType::Governance, call) => governance::allowed(call),
            _ => false,
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (x, y) if x == y => true,
            (ProxyType::Any, _) => true,
            (ProxyType::NonTransfer, ProxyType::Governance) => true,
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

//! Who authors and who finalises: BABE, GRANDPA, sessions. The authorities are those of genesis until the consensus pallet comes.

use alloc::{collections::BTreeSet, format, string::String};
use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64, Get},
};
use sp_consensus_babe::{AllowedSlots, BabeConfiguration, BabeEpochConfiguration};
use sp_runtime::traits::OpaqueKeys;

use crate::{
    address,
    constants::{money, time},
    AccountId, Babe, Balance, Balances, Runtime, RuntimeEvent, RuntimeGenesisConfig, SessionKeys,
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

/// How BABE authors: primary slots by lot, the others in turn by VRF, so that none stays empty.
pub const EPOCH_CONFIGURATION: BabeEpochConfiguration = BabeEpochConfiguration {
    c: time::PRIMARY_PROBABILITY,
    allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// What a node needs to author and to check blocks of this epoch.
pub fn babe_configuration() -> BabeConfiguration {
    let epoch = Babe::epoch_config().unwrap_or(EPOCH_CONFIGURATION);
    BabeConfiguration {
        slot_duration: Babe::slot_duration(),
        epoch_length: u64::from(time::EPOCH_DURATION),
        c: epoch.c,
        authorities: Babe::authorities().to_vec(),
        randomness: Babe::randomness(),
        allowed_slots: epoch.allowed_slots,
    }
}

/// Errors: authorities with which the chain can't start, in one line.
pub fn check(genesis: &RuntimeGenesisConfig) -> Result<(), String> {
    let elsewhere = [
        ("babe", genesis.babe.authorities.is_empty()),
        ("grandpa", genesis.grandpa.authorities.is_empty()),
    ];
    for (pallet, is_empty) in elsewhere {
        if !is_empty {
            return Err(format!(
                "{pallet}.authorities must be empty: authorities are those of session.keys"
            ));
        }
    }
    let (c, of) = genesis.babe.epoch_config.c;
    if c == 0 || c > of {
        return Err(format!(
            "babe.epochConfig.c is {c} / {of}, which must be above 0 and at most 1"
        ));
    }
    let keys = &genesis.session.keys;
    let most = <MaxAuthorities as Get<u32>>::get() as usize;
    if keys.is_empty() || keys.len() > most {
        return Err(format!(
            "session.keys has {} entries, which must be 1 to {most}: they author and finalise",
            keys.len()
        ));
    }
    let mut validators = BTreeSet::new();
    let mut babe = BTreeSet::new();
    let mut grandpa = BTreeSet::new();
    let lists = [
        ("keys", keys),
        ("nonAuthorityKeys", &genesis.session.non_authority_keys),
    ];
    for (list, keys) in lists {
        for (at, (_, validator, keys)) in keys.iter().enumerate() {
            for (what, is_new) in [
                ("account", validators.insert(validator)),
                ("babe key", babe.insert(&keys.babe)),
                ("grandpa key", grandpa.insert(&keys.grandpa)),
            ] {
                if !is_new {
                    return Err(format!(
                        "session.{list}[{at}]: {} has the {what} of another entry",
                        address(validator)
                    ));
                }
            }
        }
    }
    Ok(())
}
